"""Every route with no key, a wrong key, and each role."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.errors import Unauthorized
from chalicelib.routes.http import route
from chalicelib.services import api_keys
from chalicelib.settings import read_settings
from tests.conftest import Shop

OPEN = {("GET", path) for path in ("/api/health", "/api/openapi.json", "/api/docs", "/api/docs/{file}")}

# Every route there is, with the least role that may call it; one more in app.py must be named here too.
TAKES = {
    ("GET", "/api/items"): "viewer",
    ("POST", "/api/items"): "clerk",
    ("GET", "/api/items/{item}"): "viewer",
    ("PATCH", "/api/items/{item}"): "clerk",
    ("DELETE", "/api/items/{item}"): "clerk",
    ("GET", "/api/items/{item}/adjustments"): "viewer",
    ("POST", "/api/items/{item}/adjustments"): "clerk",
    ("POST", "/api/items/import"): "clerk",
    ("GET", "/api/items/export"): "viewer",
    ("POST", "/api/customers/import"): "clerk",
    ("GET", "/api/customers/export"): "viewer",
    ("GET", "/api/customers"): "viewer",
    ("POST", "/api/customers"): "clerk",
    ("GET", "/api/customers/{customer}"): "viewer",
    ("PATCH", "/api/customers/{customer}"): "clerk",
    ("DELETE", "/api/customers/{customer}"): "clerk",
    ("GET", "/api/customer-purchase/{customer}"): "viewer",
    ("POST", "/api/customer-purchase/{customer}"): "clerk",
    ("PUT", "/api/customer-purchase/{customer}"): "clerk",
    ("DELETE", "/api/customer-purchase/{customer}"): "clerk",
    ("GET", "/api/low-stock-items"): "viewer",
    ("GET", "/api/sync/digest"): "viewer",
    ("GET", "/api/sync/peers"): "admin",
    ("POST", "/api/sync/peers/{peer}/resume"): "admin",
    ("GET", "/api/sync/conflicts"): "admin",
    ("DELETE", "/api/sync/conflicts/{conflict}"): "admin",
    ("POST", "/api/sync/conflicts/{conflict}/apply"): "admin",
    ("GET", "/api/keys"): "admin",
    ("POST", "/api/keys"): "admin",
    ("GET", "/api/keys/{key}"): "admin",
    ("DELETE", "/api/keys/{key}"): "admin",
}
SIGNED = {("POST", "/api/sync/customers")}
"""No key will do here; tests/services/exchange/test_changes.py says what does."""

ROLES = ["viewer", "clerk", "admin"]


def path_of(route: str) -> str:
    return re.sub(r"\{\w+\}", "77", route)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    api_keys._remembered.clear()


def new_key(shop: Shop, role: str, **more: Any) -> Any:
    return shop.post("/api/keys", {"name": f"the {role}", "role": role, **more}).json


@pytest.mark.parametrize(("method", "path"), [*TAKES, *SIGNED])
def test_a_route_answers_401_without_a_key_or_with_a_wrong_one(shop: Shop, method: str, path: str) -> None:
    for header in ("", "Bearer", "Bearer wrong", "Basic local-admin", "Bearer local-admin2", "local-admin", "Bearer é"):
        reply = shop.call(method, path_of(path), b"no json", Authorization=header)
        assert (reply.status, reply.json["type"]) == (401, "urn:stockroom:unauthorized"), header
        assert reply.headers["WWW-Authenticate"] == 'Bearer realm="stockroom"'


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_it_takes_and_no_more(shop: Shop, role: str) -> None:
    key = new_key(shop, role)["key"]
    for (method, path), least in TAKES.items():
        reply = shop.call(method, path_of(path), b"no json", Authorization=f"Bearer {key}")
        if ROLES.index(role) >= ROLES.index(least):
            assert reply.status in (200, 400, 404, 415), (method, path)
        else:
            assert (reply.status, reply.json["type"]) == (403, "urn:stockroom:forbidden"), (method, path)
            assert 'error="insufficient_scope"' in reply.headers["WWW-Authenticate"]


def test_the_table_above_names_every_route_there_is(shop: Shop) -> None:
    answered = {
        (method, path)
        for path, methods in app.app.routes.items()
        for method in set(methods) - {"HEAD", "OPTIONS"}
        if shop.call(method, path_of(path), b"no json").status != 405
    }
    assert answered == set(TAKES) | OPEN | SIGNED


@pytest.mark.parametrize("path", ["/api/health", "/api/openapi.json", "/api/docs", "/api/docs/start.js"])
def test_what_tells_nothing_of_the_shop_is_open(shop: Shop, path: str) -> None:
    assert shop.get(path, Authorization="").status == 200


def test_a_route_that_does_not_say_who_may_call_it_can_not_be_registered() -> None:
    with pytest.raises(TypeError, match="say of each operation who may call it"):
        route(app.app, "/api/naked", GET=lambda _: None)  # type: ignore[arg-type]
    assert "/api/naked" not in app.app.routes


def test_a_key_is_shown_once_and_kept_nowhere(shop: Shop) -> None:
    made = new_key(shop, "clerk")
    assert len(made["key"]) >= 43
    assert made["id"] == 1
    (shown,) = shop.get("/api/keys").json
    assert "key" not in shown
    assert "digest" not in shown
    assert (shown["name"], shown["role"], shown["last_used_at"]) == ("the clerk", "clerk", None)
    assert new_key(shop, "clerk")["key"] != made["key"]


def test_the_use_of_a_key_is_noted(shop: Shop) -> None:
    key = new_key(shop, "viewer")["key"]
    shop.get("/api/items", Authorization=f"Bearer {key}")
    assert shop.get("/api/keys").json[0]["last_used_at"]


def test_a_revoked_key_stops_working_within_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_key(shop, "viewer")
    header = f"Bearer {made['key']}"
    assert shop.get("/api/items", Authorization=header).status == 200
    assert shop.delete(f"/api/keys/{made['id']}").status == 204
    assert timedelta(seconds=60) >= api_keys.REMEMBERED
    monkeypatch.setattr(api_keys, "REMEMBERED", timedelta(0))
    assert shop.get("/api/items", Authorization=header).status == 401
    assert shop.delete(f"/api/keys/{made['id']}").status == 404
    assert shop.get("/api/keys").json == []


def test_an_expired_key_is_refused_even_when_it_is_remembered(shop: Shop) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    made = new_key(shop, "viewer", expires_at=f"{soon:%Y-%m-%dT%H:%M:%SZ}")
    assert api_keys.authenticate(made["key"], soon - timedelta(seconds=1)).id == made["id"]
    with pytest.raises(Unauthorized):
        api_keys.authenticate(made["key"], soon)


def test_a_wrong_key_is_told_what_is_wrong(shop: Shop) -> None:
    reply = shop.post("/api/keys", {"name": "", "role": "owner", "expires_at": "tomorrow"})
    assert sorted(reply.codes) == [("/expires_at", "time"), ("/name", "too-short"), ("/role", "literal-error")]


def test_a_deployed_stage_can_not_have_the_key_of_development() -> None:
    assert read_settings({"LOCAL_ADMIN_KEY": "local-admin"}).local_admin_key == "local-admin"
    with pytest.raises(ValueError, match="LOCAL_ADMIN_KEY is for development"):
        read_settings({"LOCAL_ADMIN_KEY": "local-admin", "AWS_LAMBDA_FUNCTION_NAME": "stockroom-prod-api-handler"})
