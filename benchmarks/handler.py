"""The app as Lambda calls it, with the wire cut: DynamoDB's answers are canned, and what is sent is kept."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders

from app import app

BATCHES = 60
BATCH_SECONDS = 0.05


@contextmanager
def cut_wire(client: BaseClient, answers: Mapping[str, Any]) -> Iterator[deque[tuple[str, Any]]]:
    """Gives each call of a DynamoDB client the body that `answers` holds for its operation, and nothing to the network.

    Yields the newest calls, operation and body of each.
    """
    sent: deque[tuple[str, Any]] = deque(maxlen=10)

    def answer(operation: str, body: bytes, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent.append((operation, request.body))
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(body))

    handlers: dict[str, Callable[..., Any]] = {
        f"before-send.dynamodb.{operation}": partial(answer, operation, json.dumps(body).encode())
        for operation, body in answers.items()
    }
    for event, handler in handlers.items():
        client.meta.events.register_first(event, handler)
    try:
        yield sent
    finally:
        for event, handler in handlers.items():
            client.meta.events.unregister(event, handler)


class _Raw:
    def __init__(self, body: bytes):
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class Context:
    """What the app asks Lambda's context for."""

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


HEADERS = {
    "Accept": "application/json",
    "Authorization": "Bearer local-admin",
    "Content-Type": "application/json",
    "Host": "shop.execute-api.us-east-1.amazonaws.com",
    "User-Agent": "curl/8.5.0",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}


def call(
    method: str, path: str, steps: dict[str, str] | None = None, query: dict[str, str] | None = None, body: Any = None
) -> Callable[[], Any]:
    """A call of the Lambda function for one request, with the event that API Gateway sends; `path` is the route's."""
    event = {
        "resource": path,
        "path": path.format(**steps or {}),
        "httpMethod": method,
        "headers": HEADERS,
        "multiValueHeaders": {name: [value] for name, value in HEADERS.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": steps,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": "/api" + path.format(**steps or {}),
            "stage": "api",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": HEADERS["User-Agent"]},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
    context = Context()

    def handle() -> Any:
        answer = app(event, context)
        assert answer["statusCode"] in (200, 201), answer["body"]
        return answer

    return handle


def milliseconds(*ways: Callable[[], object]) -> list[float]:
    """CPU time of one call each way: the median of batches, taken in turns so that a busy machine is busy for all."""
    repeats = []
    for way in ways:
        way()
        start, count = time.process_time(), 0
        while time.process_time() - start < BATCH_SECONDS:
            way()
            count += 1
        repeats.append(count)
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(BATCHES):
        for way, count, times in zip(ways, repeats, taken, strict=True):
            start = time.process_time()
            for _ in range(count):
                way()
            times.append((time.process_time() - start) / count * 1000)
    return [median(times) for times in taken]
