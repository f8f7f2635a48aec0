"""Work that is put off, as messages on a queue."""

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.config import Config

from chalicelib.storage.transaction import answered

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

MOST_AT_ONCE = 10


@cache
def _client() -> "SQSClient":
    # Imported here, since no request of a user puts work off.
    import boto3

    config = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("sqs", config=config)


class NotQueued(Exception):
    """Some messages could not be queued; the rest may have been."""


class InOrder(NamedTuple):
    """For a queue that keeps the order within each group, and takes what has the same id once only."""

    group: str
    id: str


def send(queue_url: str, messages: Sequence[dict[str, Any]], order: Sequence[InOrder] = ()) -> None:
    """`order` has one for each message, where the queue keeps it.

    Raises NotQueued or Unavailable; sending all of them again does no harm where the work can be done twice.
    """
    entries: list[Any] = [
        {"Id": str(index), "MessageBody": json.dumps(message)} for index, message in enumerate(messages)
    ]
    for entry, place in zip(entries, order, strict=False):
        entry |= {"MessageGroupId": place.group, "MessageDeduplicationId": place.id}
    for start in range(0, len(entries), MOST_AT_ONCE):
        batch = entries[start : start + MOST_AT_ONCE]
        with answered():
            answer = _client().send_message_batch(QueueUrl=queue_url, Entries=batch)
        if failed := answer.get("Failed"):
            raise NotQueued(f"{len(failed)} of {len(batch)} messages were refused, the first with {failed[0]['Code']}")


def hide(queue_url: str, receipt: str, seconds: int) -> None:
    """Nobody gets this message before that; twelve hours at most. Nor any behind it of the same group."""
    with answered():
        _client().change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds)
