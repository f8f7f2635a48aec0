"""What changes on one side, on the other."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.services import exchange
from tests.conftest import Shop
from tests.services.exchange.conftest import ANN, Paris, waiting
from tests.sync.paris import PARIS


def test_a_customer_added_or_changed_or_archived_here_is_so_there(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    shop.post("/api/customers", {**ANN, "email": "ann@example.com"})
    turn()
    ann = paris.site.table["ARBOR"]
    assert (ann.name, ann.email, ann.version, ann.site, ann.via) == ("Ann Arbor", "ann@example.com", 1, "main", "main")
    shop.patch("/api/customers/1", {"phone": "2", "email": None})
    turn()
    assert (paris.site.table["ARBOR"].phone, paris.site.table["ARBOR"].email) == ("2", None)
    shop.delete("/api/customers/1")
    turn()
    assert paris.site.table["ARBOR"].archived
    assert waiting() == 0


def test_a_customer_added_or_changed_there_is_so_here_and_does_not_come_back(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    paris.site.change("ARBOR", name="Ann Arbor", phone="1", address="1 Main St\nAnn Arbor")
    reply = paris.tell()
    assert (reply.status, reply.json) == (200, {"outcome": "applied"})
    ann = shop.get("/api/customers/1").json
    assert (ann["uid"], ann["address"], ann["version"], ann["site"]) == ("ARBOR", "1 Main St\nAnn Arbor", 1, "paris")
    assert [found["id"] for found in shop.get("/api/customers?name=ann").json] == [1]
    paris.site.change("ARBOR", archived=True)
    paris.tell(id="msg_2")
    assert shop.get("/api/customers/1").json["archived"] is True
    turn()
    assert paris.calls == []


def test_a_request_of_a_user_waits_for_none_of_it(shop: Shop, paris: Paris) -> None:
    paris.unreachable = True
    assert shop.post("/api/customers", ANN).status == 201
    assert paris.calls == []


def test_a_repeated_event_is_known_by_its_id_and_an_older_one_by_its_version(shop: Shop, paris: Paris) -> None:
    paris.site.change("ARBOR", name="Ann", phone="1", address="1")
    first = paris.tell()
    old = paris.site.told("ARBOR")
    paris.site.change("ARBOR", phone="2")
    paris.tell(id="msg_2")
    again = paris.tell()
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (200, first.text, "true")
    assert old is not None
    assert paris.send(old, "msg_3").json == {"outcome": "known"}
    assert shop.get("/api/customers/1").json["phone"] == "2"


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": ""},
        {"webhook_id": "other"},
        {"webhook_timestamp": "1614265330"},
    ],
)
def test_a_wrong_signature_is_401_and_nothing_is_read_further(
    shop: Shop, paris: Paris, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.routes.request.parse", lambda _: pytest.fail("read"))
    reply = paris.send(b"no json", other=headers)
    assert (reply.status, reply.json["type"]) == (401, "urn:stockroom:unauthorized")
    assert paris.send(b"no json", secrets=("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",)).status == 401


def test_an_event_that_comes_again_under_a_new_secret_gets_the_first_answer(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch
) -> None:
    paris.site.change("ARBOR", name="Ann Arbor", phone="1", address="1 Main St")
    first = paris.tell()
    rotated = ("whsec_" + "c3Rv" * 8,)
    known = {"paris": PARIS._replace(secrets=rotated)}
    monkeypatch.setattr(exchange, "_remembered", (known, datetime.max.replace(tzinfo=UTC)))
    assert paris.tell().status == 401
    body = paris.site.told("ARBOR")
    assert body is not None
    again = paris.send(body, secrets=rotated)
    assert (again.status, again.text, again.headers["Idempotent-Replayed"]) == (200, first.text, "true")


def test_a_key_does_not_do_in_place_of_a_signature(shop: Shop, paris: Paris) -> None:
    assert shop.post("/api/sync/customers", {}).status == 401


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"uid": ""}, "/data/uid"),
        ({"version": 0}, "/data/version"),
        ({"version": 10**10}, "/data/version"),
        ({"site": "Paris!"}, "/data/site"),
        ({"customer": {"name": 7}}, "/data/customer/name"),
        ({"seen": {"paris": -1}}, "/data/seen/paris"),
    ],
)
def test_an_event_that_is_none_is_told_where_it_is_wrong(
    shop: Shop, paris: Paris, change: dict[str, Any], pointer: str
) -> None:
    data = {"uid": "ARBOR", "version": 1, "site": "paris", "customer": {"name": "Ann"}} | change
    reply = paris.send(json.dumps({"type": "customer.changed", "data": data}).encode())
    assert (reply.status, reply.codes[0][0]) == (400, pointer)
    assert shop.get("/api/customers").json == []


def test_a_peer_that_keeps_no_account_of_others_is_understood(shop: Shop, paris: Paris) -> None:
    def told(version: int, **customer: str) -> bytes:
        data = {"uid": "ARBOR", "version": version, "site": "paris", "customer": customer, "more": 1}
        return json.dumps({"type": "customer.changed", "timestamp": "2026-11-25T12:00:00Z", "data": data}).encode()

    assert paris.send(told(1, name="Ann\u202e", phone="1" * 100), "msg_1").json == {"outcome": "applied"}
    ann = shop.get("/api/customers/1").json
    assert (ann["name"], ann["phone"], ann["address"]) == ("Ann", "1" * 40, "")
    shop.patch("/api/customers/1", {"address": "1 Main St"})
    assert paris.send(told(3, phone="3"), "msg_2").json == {"outcome": "applied"}
    assert shop.get("/api/customers/1").json["address"] == "1 Main St"
    shop.patch("/api/customers/1", {"phone": "4"})
    assert paris.send(told(4, phone="5"), "msg_3").json == {"outcome": "won"}
