"""What a view takes and answers, said once: requests are checked by it, and the OpenAPI document is made of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from chalicelib.routes.answer import JSON, Answer

if TYPE_CHECKING:
    from chalicelib.routes.request import Request

Value = TypeVar("Value")


LONGEST_BODY = 256 * 1024
"""Bytes; 96 lines take 4,000."""


class Parameter(NamedTuple, Generic[Value]):
    """Of the query. What stands there more than once, or has no parameter, is refused."""

    name: str
    description: str
    schema: Mapping[str, Any]
    """JSON schema of the value."""
    read: Callable[[str], Value | None]
    """None for what the value can't be."""
    must: str
    """What it must be, in words."""
    default: Value


class Operation(NamedTuple):
    """A view, and what callers are told of it."""

    view: Callable[["Request"], Answer]
    body: str
    """Name of the schema in schemas.py that the body is checked by; "" for none."""
    takes: str
    """Media type of the body."""
    longest: int
    """Bytes of the body."""
    parameters: Sequence[Parameter[Any]]
    answers: Mapping[int, str | Mapping[str, str]]
    """By status, the name of the schema in openapi.py, or several by media type; "" for no content."""
    versioned: bool
    """What it is about has an ETag, so that it takes preconditions."""
    refusals: Sequence[str]
    """Codes of a 409 that it may answer with."""


def operation(
    answers: Mapping[int, str | Mapping[str, str]],
    *,
    body: str = "",
    takes: str = JSON,
    longest: int = LONGEST_BODY,
    parameters: Sequence[Parameter[Any]] = (),
    versioned: bool = False,
    refusals: Sequence[str] = (),
) -> Callable[[Callable[["Request"], Answer]], Operation]:
    """Turns a view into an operation. Its docstring is what callers read of it: one line, and more below it."""
    return lambda view: Operation(view, body, takes, longest, parameters, answers, versioned, refusals)


def whole_number(name: str, lowest: int, highest: int, default: int, description: str) -> Parameter[int]:
    def read(text: str) -> int | None:
        value = int(text) if re.fullmatch("[0-9]{1,10}", text, re.ASCII) else -1
        return value if lowest <= value <= highest else None

    schema = {"type": "integer", "minimum": lowest, "maximum": highest, "default": default}
    return Parameter(name, description, schema, read, f"a whole number from {lowest} to {highest}", default)


def flag(name: str, description: str) -> Parameter[bool]:
    schema = {"type": "boolean", "default": False}
    return Parameter(name, description, schema, {"true": True, "false": False}.get, "true or false", False)


def choice(name: str, options: Sequence[str], description: str) -> Parameter[str]:
    schema = {"type": "string", "enum": list(options)}
    known = dict(zip(options, options, strict=True))
    return Parameter(name, description, schema, known.get, f"one of {', '.join(options)}", "")


def text(name: str, pattern: str, must: str, description: str) -> Parameter[str]:
    """`pattern` is one that Python and ECMAScript (so JSON Schema) read alike."""
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return Parameter(name, description, schema, lambda value: value if re.fullmatch(pattern, value) else None, must, "")


LIMIT = whole_number("limit", 1, 1000, 100, "Entries on a page, at most.")
IDEMPOTENCY_KEY = r'^([!#-~]([ -~]{0,253}[!-~])?|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
"""Bare, or a string of RFC 9651."""

ONE_LINE = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,100}"

CURSOR = text(
    "cursor",
    "(?:[^\\u0000-\\u001f]{1,64}#)?[0-9]{1,10}",
    "one that a Link header has named",
    "Where a page begins, from a Link.",
)
CURSOR_ID = whole_number("cursor", 0, 10**10 - 1, 0, "Where a page begins: the id behind which it does.")
ARCHIVED = flag("archived", "Those that are archived, instead of the others.")
