"""The kinds of values in request bodies: each is checked, tidied, and described by a JSON schema that means the same.

Whatever the schema lets through is accepted, and nothing else; the tests that fuzz the API hold the two together.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from chalicelib.domain import money
from chalicelib.domain.item import MOST_PIECES
from chalicelib.domain.text import HARMFUL, LONGEST, is_harmful, lines_of, tidied
from chalicelib.settings import SITE, settings

LAST_ID = 10**10 - 1

_BLANK = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"

LINE = rf"^[^{HARMFUL}]*[^{HARMFUL}{_BLANK}][^{HARMFUL}]*$"
LINES = rf"^(?:[^{HARMFUL}]|[\r\n])*[^{HARMFUL}{_BLANK}](?:[^{HARMFUL}]|[\r\n])*$"
EMAIL = rf"^[^@{HARMFUL}{_BLANK}]+@[^@{HARMFUL}{_BLANK}]+$"


def text(longest: int, pattern: str = LINE) -> Any:
    """A text of at most so many characters as it is sent; it is kept without blanks around it, in one normal form."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("string-type", "must be text")
        if not value or not value.strip():
            raise PydanticCustomError("too-short", "must not be empty")
        if len(value) > longest:
            raise PydanticCustomError("too-long", "must have at most {longest} characters", {"longest": longest})
        if any(map(is_harmful, lines_of(value) if pattern is LINES else [value])):
            must = "must have no control characters, and none that reverse the order of the text"
            raise PydanticCustomError("control-character", must)
        if not re.fullmatch(pattern, value):
            raise PydanticCustomError("email", "must look like name@example.com")
        kept = tidied(value)
        if len(kept) > longest:
            raise PydanticCustomError(
                "too-long", "has more than {longest} characters as it is kept", {"longest": longest}
            )
        return kept

    schema = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern}
    return Annotated[str, BeforeValidator(check), WithJsonSchema(schema)]


def whole(value: Any) -> Any:
    """2.0 is the same JSON number as 2."""
    if isinstance(value, Decimal) and -20 < value.adjusted() < 20 and value == value.to_integral_value():
        return int(value)
    return value


def _price(value: Any) -> int:
    currency = settings().currency
    text = value if isinstance(value, str) else None
    if text and re.fullmatch(r"[0-9]{1,40}(\.[0-9]{1,40})?", text):
        value = Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("price", 'must be a number, or a decimal string such as "10.99"')
    try:
        minor = money.to_minor(Decimal(value), currency)
        if text and not re.fullmatch(money.pattern(currency), text):
            raise ValueError(f"must have at most {money.decimals(currency)} decimals, and no zeros in front")
        return minor
    except ValueError as error:
        raise PydanticCustomError("price", "{why}", {"why": str(error)}) from None


def price_schema(currency: str) -> dict[str, Any]:
    """In major units."""
    places = money.decimals(currency)
    highest = money.to_number(money.MOST_EACH, currency)
    step = {"multipleOf": float(Decimal(1).scaleb(-places))} if places else {"multipleOf": 1}
    return {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": highest, **step},
            {"type": "string", "pattern": money.pattern(currency)},
        ]
    }


def _written(pattern: str, read: Callable[[str], Any], code: str, must: str) -> Callable[[Any], Any]:
    """The check of a day or a time, which is to be written in this one form."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            try:
                return read(value)
            except (ValueError, OverflowError):
                pass
        raise PydanticCustomError(code, must)

    return check


_DAY = r"\d{4}-\d{2}-\d{2}"
_day = _written(_DAY, date.fromisoformat, "date", 'must be a date such as "2026-12-31"')


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text.upper()).astimezone(UTC).replace(microsecond=0)


_moment = _written(
    rf"{_DAY}[Tt]\d{{2}}:\d{{2}}:\d{{2}}(\.\d+)?([Zz]|[+-]\d{{2}}:\d{{2}})",
    _utc,
    "time",
    'must be a time such as "2026-12-31T23:59:59Z"',
)

Site = Annotated[str, Field(pattern=SITE)]
Version = Annotated[int, Field(ge=1, le=10**9), BeforeValidator(whole)]
Name = text(LONGEST["name"])
Sku = text(64)
Description = text(500)
Reason = text(200)
Phone = text(LONGEST["phone"])
Address = text(LONGEST["address"], LINES)
Email = text(LONGEST["email"], EMAIL)
Uid = text(LONGEST["uid"])
TaxId = text(LONGEST["tax_id"])
Whole = BeforeValidator(whole)
Pieces = Annotated[int, Field(ge=0, le=MOST_PIECES), Whole]
Delta = Annotated[int, Field(ge=-MOST_PIECES, le=MOST_PIECES), Whole]
Ordered = Annotated[int, Field(ge=1, le=MOST_PIECES), Whole]
Price = Annotated[int, BeforeValidator(_price), WithJsonSchema(price_schema(settings().currency))]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Id = Annotated[int, Field(ge=1, le=LAST_ID), Whole]
