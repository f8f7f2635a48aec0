"""What goes over the wire to DynamoDB: seen, and made to fail."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError
from botocore.parsers import ResponseParserError

from chalicelib.storage.table import CONNECTION


class Status(NamedTuple):
    status_code: int


Answer = tuple[Status, dict[str, Any]]


@contextmanager
def seen(operation: str, look: Callable[[dict[str, Any]], object]) -> Iterator[None]:
    """Shows the body of each request of the operation (`*` for all) that is sent."""

    def before_send(request: AWSPreparedRequest, **_: Any) -> None:
        look(json.loads(request.body or b"{}"))  # type: ignore[arg-type]

    with _registered(f"before-send.dynamodb.{operation}", before_send):
        yield


@contextmanager
def answered(operation: str, answer: Callable[[], Answer | None]) -> Iterator[None]:
    """Where `answer` gives one, the call gets it and is never sent."""

    def before_call(**_: Any) -> Answer | None:
        return answer()

    with _registered(f"before-call.dynamodb.{operation}", before_call):
        yield


@contextmanager
def after_call(operation: str, action: Callable[[], object]) -> Iterator[None]:
    """Acts when DynamoDB has carried a call out, before the caller has its answer; the action may raise."""

    def needs_retry(**_: Any) -> None:
        action()

    with _registered(f"needs-retry.dynamodb.{operation}", needs_retry):
        yield


@contextmanager
def _registered(name: str, handler: Callable[..., Any]) -> Iterator[None]:
    events = CONNECTION.client.meta.events
    events.register_first(name, handler)
    try:
        yield
    finally:
        events.unregister(name, handler)


def error(code: str, **more: Any) -> Answer:
    return Status(400), {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}, **more}


def cancelled(*codes: str) -> Answer:
    """A transaction cancelled for these reasons, one for each action in the order of the wire."""
    return error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def no_answer() -> None:
    raise ReadTimeoutError(endpoint_url="http://dynamodb")


def unreadable_answer() -> None:
    raise ResponseParserError("no JSON")


def first_time(action: Callable[[], object]) -> Callable[..., None]:
    calls = count()

    def hook(*_: Any) -> None:
        if next(calls) == 0:
            action()

    return hook
