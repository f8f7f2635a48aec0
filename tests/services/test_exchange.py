"""The exchange with one peer: our side on moto, with its stream and its queue; the other side in memory."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import app
from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Unavailable
from chalicelib.services import exchange
from chalicelib.settings import settings
from chalicelib.storage import exchange as exchange_storage
from chalicelib.storage import queues
from chalicelib.sync import post, signature
from chalicelib.sync.post import Answered
from deploy.trial import SCHEDULED
from local.pump import pumps
from tests.conftest import Reply, Shop, empty_cloud
from tests.sync.paris import PARIS, SECRETS, know_paris, signed
from tests.sync.sites import Site, two_sites

ANN = {"uid": "ARBOR", "name": "Ann Arbor", "phone": "1", "address": "1 Main St"}
LISTED = {"site": PARIS.site, "address": PARIS.address, "secrets": list(SECRETS)}


class Paris:
    """The peer behind `post.call`."""

    def __init__(self, shop: Shop):
        self.shop = shop
        _, self.site = two_sites()
        self.site.peer = self.site.peer._replace(site="main")
        self.status = 200
        """What it answers; from 300 on it hears nothing."""
        self.unreachable = False
        self.calls: list[str] = []

    def call(self, method: str, address: str, body: bytes, headers: dict[str, str], *, loopback: bool) -> Answered:
        self.calls.append(headers["webhook-id"])
        assert signature.is_signed(SECRETS, headers, body)
        if self.unreachable:
            raise post.Unreachable("paris.example: NewConnectionError")
        if self.status >= 300:
            return Answered(self.status, "", b"")
        if address.endswith("/digest"):
            assert method == "GET"
            return Answered(200, "", json.dumps({"pages": self.site.digests()}).encode())
        assert (method, address) == ("POST", "https://paris.example/api/sync/customers")
        self.site.hear(body)
        return Answered(self.status, "", b"{}")

    def tell(self, uid: str = "ARBOR", id: str = "msg_1") -> Reply:
        """Tells us of a customer."""
        body = self.site.told(uid)
        assert body is not None
        return self.send(body, id)

    def send(
        self, body: bytes, id: str = "msg_1", secrets: tuple[str, ...] = SECRETS, other: dict[str, str] | None = None
    ) -> Reply:
        sent = signed(body, id, secrets) | (other or {})
        return self.shop.call("POST", "/api/sync/customers", body, Authorization="", **sent)


@pytest.fixture
def paris(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paris]:
    paris = Paris(shop)
    know_paris(monkeypatch)
    monkeypatch.setattr(post, "call", paris.call)
    yield paris
    empty_queue()


def empty_queue() -> None:
    """As new; SQS empties a queue once a minute only."""
    sqs, url = boto3.client("sqs"), settings().customer_events_url
    names: Any = ["FifoQueue", "DeduplicationScope", "FifoThroughputLimit"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    sqs.delete_queue(QueueUrl=url)
    sqs.create_queue(QueueName=url.rpartition("/")[2], Attributes=attributes)


@pytest.fixture
def turn(shop: Shop, paris: Paris) -> Callable[[], None]:
    """Brings all changes and messages there are to their functions."""
    turns = pumps(app.app, settings().table_name)

    def bring() -> None:
        for turn in turns:
            turn()

    return bring


def waiting() -> int:
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=settings().customer_events_url, AttributeNames=names)
    return sum(map(int, answer["Attributes"].values()))


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


def conflict(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    """Both change the same customer at once; Paris wins, being later in the alphabet."""
    shop.post("/api/customers", ANN)
    turn()
    shop.patch("/api/customers/1", {"phone": "ours"})
    paris.site.change("ARBOR", phone="theirs")
    paris.tell()
    turn()


def test_of_two_changes_at_once_both_end_with_the_same_and_the_loser_is_kept(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    conflict(shop, paris, turn)
    assert shop.get("/api/customers/1").json["phone"] == paris.site.table["ARBOR"].phone == "theirs"
    [lost] = shop.get("/api/sync/conflicts").json
    assert (lost["customer"], lost["uid"], lost["won"]) == (1, "ARBOR", "2-paris")
    assert (lost["lost"]["phone"], lost["lost"]["version"], lost["lost"]["site"]) == ("ours", 2, "main")
    assert shop.get("/api/sync/digest").json["pages"] == paris.site.digests()


def test_a_change_that_lost_is_made_once_more_and_told(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    reply = shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None)
    assert (reply.status, reply.json["phone"], reply.json["version"]) == (200, "ours", 3)
    assert shop.get("/api/sync/conflicts").json == []
    turn()
    assert paris.site.table["ARBOR"].phone == "ours"
    assert shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None).status == 404


def test_what_has_changed_since_in_other_fields_stays_when_a_change_is_made_once_more(
    shop: Shop, paris: Paris, turn: Callable[[], None]
) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    assert lost["lost"] == {"phone": "ours", "version": 2, "site": "main"}
    shop.patch("/api/customers/1", {"email": "ann@example.com"})
    applied = shop.post(f"/api/sync/conflicts/{lost['id']}/apply", None).json
    assert (applied["phone"], applied["email"]) == ("ours", "ann@example.com")


def test_two_who_say_the_same_are_in_no_conflict(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    shop.post("/api/customers", ANN)
    paris.site.change("ARBOR", **{name: value for name, value in ANN.items() if name != "uid"})
    assert paris.tell().json == {"outcome": "won"}
    assert shop.get("/api/sync/conflicts").json == []
    assert shop.get("/api/sync/digest").json["pages"] == paris.site.digests()


def test_a_peer_can_not_have_seen_what_comes_after_its_own_version(shop: Shop, paris: Paris) -> None:
    shop.post("/api/customers", ANN)
    for phone in ("2", "3"):
        shop.patch("/api/customers/1", {"phone": phone})
    state = {"uid": "ARBOR", "version": 2, "site": "paris", "seen": {"main": 3}, "customer": {"phone": "theirs"}}
    reply = paris.send(json.dumps({"type": "customer.changed", "data": state}).encode())
    assert reply.json == {"outcome": "lost"}
    assert shop.get("/api/customers/1").json["version"] == 3


def test_a_change_that_lost_is_dismissed(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    conflict(shop, paris, turn)
    [lost] = shop.get("/api/sync/conflicts").json
    assert shop.delete(f"/api/sync/conflicts/{lost['id']}").status == 204
    assert shop.get("/api/sync/conflicts").json == []
    assert shop.delete(f"/api/sync/conflicts/{lost['id']}").status == 404


def test_conflicts_are_listed_page_by_page_the_newest_first(shop: Shop, paris: Paris, turn: Callable[[], None]) -> None:
    shop.post("/api/customers", ANN)
    turn()
    for number in range(3):
        shop.patch("/api/customers/1", {"phone": f"ours {number}"})
        paris.site.change("ARBOR", phone=f"theirs {number}")
        paris.tell(id=f"msg_{number}")
    first = shop.get("/api/sync/conflicts?limit=2")
    rest = shop.get(first.headers["Link"].removeprefix("<").split(">")[0])
    assert [each["lost"]["phone"] for each in first.json + rest.json] == ["ours 2", "ours 1", "ours 0"]


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


def not_hidden(url: str, receipt: str, seconds: int) -> None:
    boto3.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)


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


def test_random_histories_end_the_same_on_both_sides(
    shop: Shop, paris: Paris, turn: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our side is the real one here: its API, table, stream and queue. The peer is down at times, and what it says
    comes late, twice and in any order."""
    monkeypatch.setattr(queues, "hide", not_hidden)
    steps = st.lists(
        st.tuples(
            st.sampled_from(["ours", "theirs", "tell", "turn", "down", "archive"]),
            st.sampled_from(["ann", "bea"]),
            st.sampled_from(["1", "2", "3"]),
        ),
        min_size=5,
        max_size=25,
    )

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(steps=steps, seed=st.integers(0, 2**32))
    def check(steps: list[tuple[str, str, str]], seed: int) -> None:
        empty_cloud()
        empty_queue()
        _, fresh = two_sites()
        paris.site, paris.unreachable = replace(fresh, peer=paris.site.peer), False
        play(shop, paris, paris.site, turn, steps, Random(seed))
        pages = shop.get("/api/sync/digest").json["pages"]
        assert pages == paris.site.digests()
        for customer in shop.get("/api/customers?limit=10").json + shop.get("/api/customers?archived=true").json:
            theirs = paris.site.table[customer["uid"]]
            assert (customer["phone"], customer["version"], customer["site"]) == (
                theirs.phone,
                theirs.version,
                theirs.site,
            )

    check()


def play(
    shop: Shop,
    paris: Paris,
    site: Site,
    turn: Callable[[], None],
    steps: list[tuple[str, str, str]],
    random: Random,
) -> None:
    said: list[tuple[str, bytes]] = []
    for what, uid, phone in steps:
        here = shop.get("/api/customers").json + shop.get("/api/customers?archived=true").json
        ids = {customer["uid"]: customer["id"] for customer in here}
        before = site.table.get(uid)
        match what:
            case "ours" if uid in ids:
                shop.patch(f"/api/customers/{ids[uid]}", {"phone": phone})
            case "ours":
                shop.post("/api/customers", {**ANN, "uid": uid, "phone": phone})
            case "archive" if uid in ids:
                shop.delete(f"/api/customers/{ids[uid]}")
            case "theirs":
                site.change(uid, phone=phone)
            case "tell" if said:
                id, told = random.choice(said)
                assert paris.send(told, id).status == 200
            case "turn":
                turn()
            case "down":
                paris.unreachable = not paris.unreachable
        now = site.table.get(uid)
        if now is not None and now is not before:
            body = site.told(uid)
            said += [(f"msg_{uid}_{now.revision}", body)] if body else []
    paris.unreachable = False
    for id, told in random.sample(said, len(said)):
        assert paris.send(told, id).status == 200
    for _ in range(60):
        turn()
        if not waiting():
            return
    raise AssertionError("messages keep waiting")
