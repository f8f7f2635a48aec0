"""The one seam between HTTP and the services: requests are read here, and every answer is made here.

A view is a function of one Request that returns an Answer; what goes wrong in it is raised, and told as a problem.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from chalice.app import Chalice, Response
from chalice.app import Request as ChaliceRequest

from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Fault, Malformed, NotFound, StockroomError, TooManyLines
from chalicelib.routes.access import Guarded, admit
from chalicelib.routes.problems import HttpError, problem
from chalicelib.routes.strict_json import parse
from chalicelib.telemetry import log, observed

LONGEST_BODY = 256 * 1024
"""Bytes; 96 lines take 4,000."""

LARGEST_PAGE = 4_000_000
"""Bytes; Lambda answers with 6 MB at most, in which each quotation mark and backslash takes two."""

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]

SECONDS_OF_A_REQUEST = 25.0
"""The gateway gives up after 29; where the function's own time is shorter, that counts."""


@dataclass
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Request:
    def __init__(self, request: ChaliceRequest, path: dict[str, str]):
        assert request.lambda_context is not None
        self._request = request
        self._path = path
        self._query: dict[str, str] = dict(request.query_params or {})
        ends = time.monotonic() + min(
            SECONDS_OF_A_REQUEST, request.lambda_context.get_remaining_time_in_millis() / 1000 - 1
        )
        self.clock = Clock(lambda: ends - time.monotonic())

    def id(self, name: str) -> int:
        """The id in the path. Raises NotFound for what can't be one."""
        text = self._path[name]
        if not re.fullmatch(r"[1-9][0-9]{0,9}", text, re.ASCII):
            raise NotFound(f"There is no {name} of that id; ids are whole numbers from 1.")
        return int(text)

    def body(self, schema: str, of: Callable[[], object] = lambda: None) -> Any:
        """The body, checked by this schema. Where it is wrong, `of` may raise first that its resource isn't there."""
        # Imported here: pydantic takes a quarter of a cold start, and who only reads needs none of it.
        from chalicelib.routes.schemas import CHECKS

        try:
            return CHECKS[schema](parse(self._raw_body()))
        except (Malformed, TooManyLines, HttpError):
            of()
            raise

    def query(self, name: str, pattern: str, default: str, meaning: str) -> str:
        """Raises Malformed when the value doesn't match the pattern, and says what it should be."""
        value = self._query.get(name, default)
        if not re.fullmatch(pattern, value, re.ASCII):
            detail = f"The query parameter {name} must be {meaning}."
            raise Malformed(detail, [Fault(None, "query-parameter", detail, {"parameter": name})])
        return value

    def limit(self) -> int:
        return int(self.query("limit", r"[1-9][0-9]{0,2}|1000", "100", "a whole number from 1 to 1000"))

    def after(self) -> int:
        """The id behind which a page begins."""
        return int(self.query("cursor", r"[0-9]{1,10}", "0", "one that a Link header has named"))

    def page(self, found: Sequence[tuple[int | str, Any]], more: bool) -> Answer:
        """One page of a list, each value behind its cursor; the Link header (RFC 8288) leads on when there is more.

        A page that would be too long for an answer of Lambda ends early.
        """
        texts: list[str] = []
        size = 0
        for _, value in found:
            texts.append(_json(value))
            size += len(texts[-1])
            if size > LARGEST_PAGE:
                break
        headers = {}
        if more or len(texts) < len(found):
            query = urlencode({**self._query, "cursor": found[len(texts) - 1][0]})
            headers["Link"] = f'<{self.path()}?{query}>; rel="next"'
        return Answer(f"[{','.join(texts)}]\n", headers=headers)

    def path(self, *steps: object) -> str:
        """Of this resource or one below it, as seen from outside, with the stage of the deployment in it."""
        return "/".join([str(self._request.context["path"]).rstrip("/"), *map(str, steps)])

    def accepts(self, *kinds: str) -> str:
        """Which of these media types the caller wants most; the first where it names none of them."""
        wanted = {}
        for part in self._request.headers.get("accept", "").split(","):
            kind, _, parameters = part.partition(";")
            quality = re.search(r"\bq=([01](?:\.\d{0,3})?)", parameters)
            wanted[kind.strip().lower()] = float(quality[1]) if quality else 1.0
        best = max(kinds, key=lambda kind: wanted.get(kind, 0.0))
        return best if wanted.get(best, 0.0) >= wanted.get("*/*", 0.0) and best in wanted else kinds[0]

    def _raw_body(self) -> bytes:
        raw = self._request.raw_body
        raw = raw.encode() if isinstance(raw, str) else raw
        if len(raw) > LONGEST_BODY:
            detail = f"The body has {len(raw)} bytes; at most {LONGEST_BODY} are read."
            raise HttpError(413, "content-too-large", detail)
        kind = self._request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            detail = "Send the body as JSON, with the header Content-Type: application/json."
            raise HttpError(415, "unsupported-media-type", detail)
        return raw


View = Callable[[Request], Answer]


def route(app: Chalice, path: str, **views: Guarded[View]) -> None:
    """Registers the views of one path, by method. The other methods are answered here: the gateway would say 403.

    Raises TypeError for a view that doesn't say who may call it.
    """
    if not all(isinstance(view, Guarded) for view in views.values()):
        raise TypeError(f"{path}: say of each view who may call it: anyone, viewer, clerk or admin")
    allowed = sorted({*views, "HEAD"} if "GET" in views else views)

    def handle(**steps: str) -> Response:
        request = app.current_request
        assert request is not None
        method = request.method
        guarded = views.get("GET" if method == "HEAD" else method)
        with observed("request", request.lambda_context, route=path, method=method) as seen:
            try:
                if guarded is None:
                    detail = f"{method} is not possible here, but {' and '.join(allowed)}."
                    raise HttpError(405, "method-not-allowed", detail, {"Allow": ", ".join(allowed)})
                asked = Request(request, steps)
                if guarded.role is not None:
                    seen["caller"] = admit(request.headers, guarded.role, asked.clock.now()).id
                answer = guarded.view(asked)
            except Exception as error:
                # The last stop: behind it, Chalice would tell a stack trace, or an error in a form of its own.
                answer = _answer_to(error)
            seen["status"] = answer.status
        return _response(answer, with_body=method != "HEAD")

    # No content types: Chalice would refuse the others in a form of its own, before the view can say 404.
    app.route(path, methods=METHODS, name=path, content_types=[])(handle)


def _answer_to(error: Exception) -> Answer:
    if not isinstance(error, StockroomError):
        log.exception("unexpected error")
    status, body, headers = problem(error)
    return Answer(body, status, {"Content-Type": "application/problem+json", **headers})


def _response(answer: Answer, with_body: bool) -> Response:
    body = answer.body
    if not isinstance(body, str):
        body = _json(body) + "\n"
    headers: dict[str, str | list[str]] = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        **answer.headers,
    }
    return Response(body if with_body else "", headers, answer.status)


def _json(value: object) -> str:
    # In ASCII: what no caller's text can break, and a length in characters that is one in bytes.
    return json.dumps(value, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
