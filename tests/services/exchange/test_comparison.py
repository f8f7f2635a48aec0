"""Who the peers are, and whether they hold the same."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from chalicelib.services import exchange
from chalicelib.settings import settings
from chalicelib.sync import post
from chalicelib.sync.post import Answered
from deploy.trial import SCHEDULED
from local.pump import pumps
from tests.conftest import Shop
from tests.services.exchange.conftest import ANN, LISTED, Paris, waiting
from tests.sync.paris import PARIS, signed


def test_the_nightly_comparison_sends_what_differs_and_only_that(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    for number in range(20):
        shop.post("/api/customers", {**ANN, "uid": f"U{number}"})
    turn()
    assert app.compare_customers(SCHEDULED, None) == {"queued": {"paris": 0}}
    # A restore has taken two customers from the peer.
    for uid in ("U3", "U7"):
        del paris.site.table[uid]
    queued = app.compare_customers(SCHEDULED, None)["queued"]["paris"]
    assert 2 <= queued <= 6
    turn()
    assert shop.get("/api/sync/digest").json["pages"] == paris.site.digests()


def test_a_peer_that_can_not_be_compared_is_told_of_and_holds_up_nothing(shop: Shop, paris: Paris) -> None:
    paris.status = 404
    assert app.compare_customers(SCHEDULED, None) == {"queued": {"paris": -1}}
    paris.unreachable = True
    assert app.compare_customers(SCHEDULED, None) == {"queued": {"paris": -1}}


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"[]", b'{"pages": null}', b'{"pages": 7}', b"[" * 100_000, b"<html>", b"\xff"]
)
def test_a_peer_that_answers_with_no_digest_leaves_the_others_compared(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    shop.post("/api/customers", ANN)
    known = {"paris": PARIS, "rome": PARIS._replace(site="rome", address="https://rome.example/api/sync")}
    monkeypatch.setattr(exchange, "_remembered", (known, datetime.max.replace(tzinfo=UTC)))

    def call(method: str, address: str, *_: Any, **__: Any) -> Answered:
        return Answered(200, "", answer if "paris" in address else b'{"pages": {}}')

    monkeypatch.setattr(post, "call", call)
    assert app.compare_customers(SCHEDULED, None) == {"queued": {"paris": -1, "rome": 1}}


def test_a_peer_gets_the_digest_with_its_signature(shop: Shop, paris: Paris) -> None:
    shop.post("/api/customers", ANN)
    headers = signed(b"")
    assert shop.get("/api/sync/digest", Authorization="", **headers).status == 200
    assert shop.get("/api/sync/digest", Authorization="").status == 401
    assert shop.get("/api/sync/digest", Authorization="", **headers | {"webhook_signature": "v1,AAAA"}).status == 401


def test_without_peers_nothing_is_queued_and_nobody_is_known(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_remembered", None)
    monkeypatch.setattr(exchange, "read_parameter", lambda _: "")
    shop.post("/api/customers", ANN)
    for turn in pumps(app.app, settings().table_name):
        turn()
    assert waiting() == 0
    assert shop.get("/api/sync/peers").json == []
    assert app.compare_customers(SCHEDULED, None) == {"queued": {}}


def test_when_the_list_of_peers_is_made_wrong_the_earlier_ones_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "peers.json"
    file.write_text(json.dumps({"peers": [LISTED]}))
    named = settings()._replace(peers_file=str(file))
    monkeypatch.setattr(exchange, "settings", lambda: named)
    monkeypatch.setattr(exchange, "_remembered", None)
    now = datetime.now(UTC)
    assert [*exchange.peers(now)] == ["paris"]

    file.write_text('{"peers": []}')
    assert [*exchange.peers(now + timedelta(seconds=59))] == ["paris"]
    assert [*exchange.peers(now + timedelta(seconds=60))] == []

    file.write_text(json.dumps({"peers": [LISTED]}))
    assert [*exchange.peers(now + timedelta(seconds=120))] == ["paris"]
    file.write_text('{"peers": [{"site": "paris"}]}')
    assert [*exchange.peers(now + timedelta(seconds=180))] == ["paris"]

    monkeypatch.setattr(exchange, "_remembered", None)
    refused = shop.get("/api/sync/peers")
    assert (refused.status, refused.json["type"]) == (503, "urn:stockroom:unavailable")
    assert "its log says why" in refused.json["detail"]
