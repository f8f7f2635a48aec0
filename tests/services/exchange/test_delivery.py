"""What a peer doesn't take comes again, for as long as the schedule has it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import app
from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Unavailable
from chalicelib.services import exchange
from chalicelib.storage import exchange as exchange_storage
from chalicelib.storage import queues
from chalicelib.sync import post, signature
from chalicelib.sync.post import Answered
from deploy.trial import SCHEDULED
from tests.conftest import Shop
from tests.services.exchange.conftest import ANN, Paris, not_hidden, waiting


def message(**attributes: Any) -> dict[str, Any]:
    return {
        "messageId": "1",
        "receiptHandle": "r",
        "body": json.dumps({"peer": "paris", "customer": 1, "occasion": ""}),
        "attributes": {"MessageGroupId": "g", "SentTimestamp": "0", "ApproximateFirstReceiveTimestamp": "0"},
    } | attributes


class At(Clock):
    """A set time, counted from 1970."""

    def __init__(self, since: timedelta):
        super().__init__(lambda: 60)
        self._now = datetime.fromtimestamp(0, UTC) + since

    def now(self) -> datetime:
        return self._now


def hidden_for(paris: Paris, monkeypatch: pytest.MonkeyPatch, since: timedelta) -> int:
    hidden: list[int] = []
    monkeypatch.setattr(queues, "hide", lambda _url, _receipt, seconds: hidden.append(seconds))
    monkeypatch.setattr(signature, "signed", lambda *_: {"webhook-id": "x"})
    monkeypatch.setattr(signature, "is_signed", lambda *_: True)
    assert exchange.send_queued([message()], At(since)) == ["1"]
    [seconds] = hidden
    return seconds


def test_a_peer_that_fails_is_tried_again_as_standard_webhooks_has_it(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.post("/api/customers", ANN)
    paris.status = 500
    since, pauses = timedelta(0), []
    for _ in range(14):
        pauses.append(hidden_for(paris, monkeypatch, since))
        since += timedelta(seconds=pauses[-1])
    hours = [round(pause / 3600, 3) for pause in pauses]
    # Fourteen hours and more are several pauses, since a queue hides a message for twelve.
    assert hours[:6] == [0.001, 0.083, 0.5, 2.0, 5.0, 10.0]
    assert hours[6:13] == [11.833, 2.167, 11.833, 8.167, 11.833, 11.833, 0.333]
    assert since > timedelta(days=3)


def test_a_message_that_comes_a_little_early_or_late_is_tried_once_for_each_time_of_the_schedule(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.post("/api/customers", ANN)
    paris.status = 500
    for second, pause in ((304.1, 1801), (305, 1800), (305.1, 1800)):
        assert hidden_for(paris, monkeypatch, timedelta(seconds=second)) == pause


@pytest.mark.parametrize("nowhere", ["peers", "read_addressee"])
def test_when_our_own_side_is_not_there_the_message_waits_as_for_a_peer(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch, nowhere: str
) -> None:
    def unavailable(*_: Any) -> Any:
        raise Unavailable("Not now.")

    shop.post("/api/customers", ANN)
    monkeypatch.setattr(exchange if nowhere == "peers" else exchange_storage, nowhere, unavailable)
    assert hidden_for(paris, monkeypatch, timedelta(seconds=5)) == 300


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_whatever_is_not_2xx_comes_again(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    shop.post("/api/customers", ANN)
    paris.status = status
    assert hidden_for(paris, monkeypatch, timedelta(0)) == 5


def test_a_peer_that_says_when_is_not_asked_before(shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.post("/api/customers", ANN)
    monkeypatch.setattr(post, "call", lambda *_, **__: Answered(503, "600", b""))
    assert hidden_for(paris, monkeypatch, timedelta(0)) == 600
    for endless in ("99999999", "9" * 10_000):
        monkeypatch.setattr(post, "call", lambda *_, told=endless, **__: Answered(503, told, b""))
        assert hidden_for(paris, monkeypatch, timedelta(0)) == 11 * 3600 + 50 * 60


def test_a_peer_that_is_down_misses_nothing_and_hears_the_last_of_it(
    shop: Shop, paris: Paris, turn: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "hide", not_hidden)
    paris.unreachable = True
    shop.post("/api/customers", ANN)
    shop.patch("/api/customers/1", {"phone": "2"})
    turn()
    assert (waiting(), paris.site.table) == (2, {})
    paris.unreachable = False
    turn()
    assert (waiting(), paris.site.table["ARBOR"].phone) == (0, "2")


def test_what_is_behind_one_that_waits_waits_too_and_nothing_else(
    shop: Shop, paris: Paris, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "hide", lambda *_: None)
    shop.post("/api/customers", ANN)
    shop.post("/api/customers", {**ANN, "uid": "BORLAND"})
    body = json.dumps({"peer": "paris", "customer": 2, "occasion": ""})
    group = {"MessageGroupId": "other", "SentTimestamp": "0", "ApproximateFirstReceiveTimestamp": "0"}
    real = paris.call
    monkeypatch.setattr(
        post,
        "call",
        lambda method, address, sent, headers, **more: (
            Answered(500, "", b"") if b"ARBOR" in sent else real(method, address, sent, headers, **more)
        ),
    )
    records = [message(), message(messageId="2"), message(messageId="3", body=body, attributes=group)]
    assert exchange.send_queued(records, Clock(lambda: 60)) == ["1", "2"]
    assert set(paris.site.table) == {"BORLAND"}


def test_a_peer_that_answers_410_is_stopped_until_it_is_resumed(
    shop: Shop, paris: Paris, turn: Callable[[], None], lines: Any
) -> None:
    paris.status = 410
    shop.post("/api/customers", ANN)
    turn()
    [peer] = shop.get("/api/sync/peers").json
    assert (peer["site"], peer["address"]) == ("paris", "https://paris.example/api/sync")
    assert peer["stopped_at"]
    assert "secrets" not in peer
    assert [line["peer"] for line in lines() if line.get("message") == "peer stopped"] == ["paris"]
    paris.status, paris.calls = 200, []
    shop.patch("/api/customers/1", {"phone": "2"})
    turn()
    assert (paris.calls, waiting()) == ([], 0)
    assert shop.post("/api/sync/peers/paris/resume", None).status == 204
    assert shop.post("/api/sync/peers/rome/resume", None).status == 404
    assert shop.get("/api/sync/peers").json[0]["stopped_at"] is None
    app.compare_customers(SCHEDULED, None)
    turn()
    assert paris.site.table["ARBOR"].phone == "2"
