"""What a view answers with, and the response that is made of it."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chalice.app import Response

from chalicelib.settings import settings

JSON = "application/json"
PROBLEM = "application/problem+json"

EXPOSED = "ETag, Idempotent-Replayed, Link, Location, Retry-After, WWW-Authenticate"
"""Headers that a page from another origin may read."""

# https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Answer:
    """What a view gives back, before it becomes HTTP."""

    body: Any
    """Text goes out as it is, anything else as JSON."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    version: str | int | None = None
    """Of the one thing that is told of; its ETag is made of it."""


def text_of(answer: Answer) -> str:
    return answer.body if isinstance(answer.body, str) else json_text(answer.body) + "\n"


def headers_of(answer: Answer) -> dict[str, str]:
    """Without those that every response has."""
    tag = {} if answer.version is None else {"ETag": f'"{answer.version}"', "Cache-Control": "private, no-cache"}
    return {"Content-Type": JSON, "Cache-Control": "no-store", **tag, **answer.headers}


def response(answer: Answer, origin: str | None, *, with_body: bool) -> Response:
    headers: dict[str, str | list[str]] = {**GUARDS, **allowed_origin(origin), **headers_of(answer)}
    return Response(text_of(answer) if with_body else "", headers, answer.status)


def allowed_origin(origin: str | None) -> dict[str, str]:
    """https://fetch.spec.whatwg.org/#http-cors-protocol"""
    allowed = settings().cors_origins
    if not allowed:
        return {}
    if origin not in allowed and "*" not in allowed:
        return {"Vary": "Origin"}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin or "*", "Access-Control-Expose-Headers": EXPOSED}


def packed(answer: Answer) -> bytes:
    """To be kept, and sent again byte for byte."""
    return json.dumps([answer.status, headers_of(answer), text_of(answer)]).encode()


def unpacked(kept: bytes) -> Answer:
    status, headers, body = json.loads(kept)
    return Answer(body, status, headers | {"Idempotent-Replayed": "true"})


def json_text(value: object) -> str:
    # In ASCII: what no caller's text can break, and a length in characters that is one in bytes.
    return json.dumps(value, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
