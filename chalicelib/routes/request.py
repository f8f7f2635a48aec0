"""A request as a view sees it: read and checked by what its operation says."""

import re
import time
from collections.abc import Callable, Container, Sequence
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import unquote, urlencode

from chalice.app import Request as ChaliceRequest

from chalicelib.domain.api_key import ApiKey
from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Fault, Malformed, NotFound, Unprocessable
from chalicelib.domain.idempotency import Once, Replayed
from chalicelib.domain.precondition import Precondition
from chalicelib.routes.access import bearer_token
from chalicelib.routes.answer import JSON, Answer, json_text, packed, unpacked
from chalicelib.routes.operation import IDEMPOTENCY_KEY, Operation, Parameter
from chalicelib.routes.problems import HttpError
from chalicelib.routes.strict_json import parse
from chalicelib.services.work import Work
from chalicelib.sync.peer import Peer

LARGEST_PAGE = 5_000_000
"""Bytes as Lambda sends them, with a backslash before each quotation mark and backslash; it sends 6 MB at most."""

SECONDS_OF_A_REQUEST = 25.0
"""The gateway gives up after 29; where the function's own time is shorter, that counts."""

Value = TypeVar("Value")
Result = TypeVar("Result")


class Request:
    def __init__(self, request: ChaliceRequest, path: dict[str, str], operation: Operation):
        assert request.lambda_context is not None
        self.caller: ApiKey | None = None
        self.peer: Peer | None = None
        self._request = request
        self._path = path
        self._operation = operation
        ends = time.monotonic() + min(
            SECONDS_OF_A_REQUEST, request.lambda_context.get_remaining_time_in_millis() / 1000 - 1
        )
        self.clock = Clock(lambda: ends - time.monotonic())
        params = request.query_params
        self._query = {name: list(map(str, params.getlist(name))) for name in params} if params else {}

    def check(self) -> None:
        """Raises Malformed with every parameter that is unknown, stands twice or has a value it can't have."""
        if self._request.method not in ("GET", "HEAD"):
            self._idempotency_key()
        known = {parameter.name: parameter for parameter in self._operation.parameters}
        faults = []
        for name, values in self._query.items():
            if name not in known:
                what = f"Parameters here are {', '.join(known)}." if known else "There are no parameters here."
                faults.append(_fault_of_query(name, f"The query parameter {name!r} is unknown. {what}"))
            elif len(values) > 1:
                faults.append(_fault_of_query(name, f"The query parameter {name} stands twice."))
            elif known[name].read(values[0]) is None:
                faults.append(_fault_of_query(name, f"The query parameter {name} must be {known[name].must}."))
        if faults:
            raise Malformed(" ".join(fault.detail for fault in faults), faults)

    def query(self, parameter: Parameter[Value]) -> Value:
        """Checked already."""
        if parameter.name not in self._query:
            return parameter.default
        value = parameter.read(self._query[parameter.name][0])
        assert value is not None
        return value

    def id(self, name: str) -> int:
        """The id in the path. Raises NotFound for what can't be one."""
        text = self._path[name]
        if not re.fullmatch(r"[1-9][0-9]{0,9}", text, re.ASCII):
            raise NotFound(f"There is no {name} of that id; ids are whole numbers from 1.")
        return int(text)

    def text(self, name: str) -> str:
        """A name in the path. Raises NotFound for what can't be one."""
        text = unquote(self._path[name])
        if not re.fullmatch("[0-9A-Za-z-]{1,64}", text):
            raise NotFound(f"There is no such {name}.")
        return text

    def name(self, name: str, known: Container[str]) -> str:
        """The name in the path. Raises NotFound for one that is unknown."""
        if self._path[name] not in known:
            raise NotFound(f"There is no such {name}.")
        return self._path[name]

    @property
    def has_trailing_slash(self) -> bool:
        return str(self._request.context["path"]).endswith("/")

    def body(self, of: Callable[[], object] = lambda: None) -> Any:
        """The body, checked by its schema. Where it is wrong, `of` may raise first that its resource isn't there."""
        # Imported here: pydantic takes a quarter of a cold start, and who only reads needs none of it.
        from chalicelib.routes.bodies import BODIES

        _, check = BODIES[self._operation.body]
        try:
            raw = self._checked_body()
            return check(parse(raw) if self._operation.takes == JSON else raw)
        except (Malformed, Unprocessable, HttpError):
            of()
            raise

    def carry_out(self, do: Callable[[Work], Result], tell: Callable[[Result], Answer]) -> Answer:
        """Does a write and tells of it, once however often it is sent under one Idempotency-Key."""
        once = self._once(lambda result: packed(tell(result)))
        precondition = Precondition(self._versions("if-match"), self._unwanted_versions())
        if not self._operation.versioned:
            # A list is there, and has no version.
            precondition.check("")
        try:
            return tell(do(Work(self.clock, precondition, once)))
        except Replayed as replayed:
            return unpacked(replayed.answer)

    def has_version(self, version: str | int | None) -> bool:
        """Whether the caller has this version already, be it by a weak tag (RFC 9110, section 13.1.2)."""
        known = self._unwanted_versions()
        return known is not None and version is not None and (not known or str(version) in known)

    def page(self, found: Sequence[tuple[str, Any]], following: str | None) -> Answer:
        """One page of a list, each value with its place, and the place behind which the next page begins, if any.

        The Link header (RFC 8288) leads on. A page that would be too long for an answer of Lambda ends early.
        """
        texts: list[str] = []
        size = 0
        for _, value in found:
            texts.append(json_text(value))
            size += len(texts[-1]) + texts[-1].count('"') + texts[-1].count("\\")
            if size > LARGEST_PAGE:
                break
        headers = {}
        if len(texts) < len(found):
            following = found[len(texts) - 1][0]
        if following:
            query = {name: values[0] for name, values in self._query.items()} | {"cursor": following}
            headers["Link"] = f'<{self.path()}?{urlencode(query)}>; rel="next"'
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

    @property
    def raw_body(self) -> bytes:
        """Raises HttpError when it is too long."""
        raw = self._request.raw_body
        raw = raw.encode() if isinstance(raw, str) else raw
        if len(raw) > self._operation.longest:
            detail = f"The body has {len(raw)} bytes; at most {self._operation.longest} are read."
            raise HttpError(413, "content-too-large", detail)
        return raw

    def _checked_body(self) -> bytes:
        raw = self.raw_body
        kind, _, more = self._request.headers.get("content-type", "").lower().partition(";")
        charset = re.search(r'charset\s*=\s*"?([^\s;"]*)', more)
        if kind.strip() != self._operation.takes or (charset and charset[1] not in ("utf-8", "utf8")):
            detail = f"Send the body in UTF-8, with the header Content-Type: {self._operation.takes}."
            raise HttpError(415, "unsupported-media-type", detail)
        return raw

    def _versions(self, name: str) -> frozenset[str] | None:
        """The entity tags of a header, none for `*`; without their quotes, which some callers forget.

        A weak one keeps its W/, so that it is like none of ours.
        """
        header = self._request.headers.get(name)
        if header is None:
            return None
        if header.strip() == "*":
            return frozenset()
        return frozenset(tag.strip().replace('"', "") for tag in header.split(","))

    def _unwanted_versions(self) -> frozenset[str] | None:
        """Those of If-None-Match, weak ones too (RFC 9110, section 13.1.2)."""
        tags = self._versions("if-none-match")
        return None if tags is None else frozenset(tag.removeprefix("W/") for tag in tags)

    def _once(self, tell: Callable[[Any], bytes]) -> Once | None:
        if self.peer:
            # The id of an event is the same however often it is sent, and of nothing else. The answer holds no secret,
            # and must be read again when the peer signs with another one.
            return Once(f"peer {self.peer.site}", self._header("webhook-id"), "", b"", tell)
        key = self._idempotency_key()
        if key is None or self.caller is None:
            return None
        said = (self._request.method, self.path(), urlencode(self._query, doseq=True))
        request = sha256(b"\0".join([*map(str.encode, said), self.raw_body])).hexdigest()
        return Once(str(self.caller.id), key, request, bearer_token(self._request.headers).encode(), tell)

    def _header(self, name: str) -> str:
        return str(self._request.headers.get(name, ""))

    def _idempotency_key(self) -> str | None:
        header = self._request.headers.get("idempotency-key")
        if header is None:
            return None
        key = str(header).strip()
        if not re.fullmatch(IDEMPOTENCY_KEY, key):
            detail = "The header Idempotency-Key must be 1 to 255 characters of ASCII, bare or in quotes."
            raise Malformed(detail, [Fault(None, "header", detail, {"header": "Idempotency-Key"})])
        return re.sub(r"\\(.)", r"\1", key[1:-1]) if key.startswith('"') else key


def _fault_of_query(name: str, detail: str) -> Fault:
    return Fault(None, "query-parameter", detail, {"parameter": name})
