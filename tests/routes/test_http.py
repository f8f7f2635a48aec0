import pytest

import app
from chalicelib.storage.numbered import ITEMS
from tests.conftest import Shop


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/items", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/api/items/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("PATCH", "/api/customer-purchase/1", "DELETE, GET, HEAD, OPTIONS, POST, PUT"),
        ("POST", "/api/low-stock-items", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_there_is_405_and_says_which_are(shop: Shop, method: str, path: str, allowed: str) -> None:
    reply = shop.call(method, path)
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.json["type"] == "urn:stockroom:method-not-allowed"


def test_a_trailing_slash_is_accepted(shop: Shop) -> None:
    item = shop.new_item()
    assert shop.get("/api/items/").status == 200
    assert shop.get(f"/api/items/{item}/").status == 200


def test_head_answers_as_get_does_without_the_body(shop: Shop) -> None:
    shop.new_item()
    reply = shop.call("HEAD", "/api/items/1")
    assert (reply.status, reply.text) == (200, "")
    assert shop.call("HEAD", "/api/items/2").status == 404


def test_health_is_ok_when_the_table_answers(shop: Shop) -> None:
    assert shop.get("/api/health").json == {"status": "ok"}


def test_an_error_of_ours_is_told_without_a_stack_trace(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(type(ITEMS), "last_id", lambda _: broken())
    reply = shop.get("/api/health")
    assert (reply.status, reply.json["type"]) == (500, "urn:stockroom:internal-error")
    assert "secret" not in reply.text


def test_every_route_is_under_api() -> None:
    assert all(path.startswith("/api/") for path in app.app.routes)
