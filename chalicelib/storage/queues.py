"""Work that is put off, as messages on a queue."""

import json
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

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


def send(queue_url: str, messages: Sequence[dict[str, Any]]) -> None:
    """Raises NotQueued or Unavailable; sending all of them again does no harm where the work can be done twice."""
    for start in range(0, len(messages), MOST_AT_ONCE):
        batch = messages[start : start + MOST_AT_ONCE]
        entries = [{"Id": str(index), "MessageBody": json.dumps(message)} for index, message in enumerate(batch)]
        with answered():
            answer = _client().send_message_batch(QueueUrl=queue_url, Entries=entries)  # type: ignore[arg-type]
        if failed := answer.get("Failed"):
            raise NotQueued(
                f"{len(failed)} of {len(entries)} messages were refused, the first with {failed[0]['Code']}"
            )
