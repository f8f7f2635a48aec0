"""Calls over HTTP. Imports little, since each of sixteen processes imports it."""

import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What came over HTTP."""

    status_code: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def fetch(method: str, address: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """Follows redirects, as callers do."""
    request = urllib.request.Request(address, body or None, method=method)
    for name, value in (headers or {}).items():
        # Not for the place that a redirect leads to: a key is for the API alone.
        request.add_unredirected_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Gateway:
    """Answers as a test client of the app does. What is no answer of the app is the problem `unanswered`."""

    def __init__(self, address: str):
        self.http = self
        self._address = address

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        try:
            answer = fetch(method, self._address + path, body, headers)
        except OSError:
            answer = Answer(0, Message(), b"")
        if answer.status_code < 300 or b"urn:stockroom:" in answer.body:
            return answer
        return Answer(answer.status_code or 599, Message(), b'{"type": "urn:stockroom:unanswered"}')
