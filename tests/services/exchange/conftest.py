"""The exchange with one peer: our side on moto, with its stream and its queue; the other side in memory."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import app
from chalicelib.settings import settings
from chalicelib.sync import post, signature
from chalicelib.sync.post import Answered
from local.pump import pumps
from tests.conftest import Reply, Shop
from tests.sync.paris import PARIS, SECRETS, know_paris, signed
from tests.sync.sites import two_sites

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


def not_hidden(url: str, receipt: str, seconds: int) -> None:
    boto3.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
