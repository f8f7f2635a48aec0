"""What a request body may hold. Each wrong value is told with its place, all of them at once."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from annotated_types import GroupedMetadata, MaxLen, MinLen
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chalicelib.domain import money
from chalicelib.domain.errors import Fault, Malformed, TooManyLines
from chalicelib.domain.invoice import MOST_LINES_AT_ONCE, OrderLine
from chalicelib.domain.item import MOST_PIECES
from chalicelib.routes.strict_json import escape, faults_of_keys
from chalicelib.settings import settings

LAST_ID = 10**10 - 1

# Half a surrogate pair can't be written as UTF-8 at all.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _one_line(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if _CONTROL.search(text):
        raise PydanticCustomError("control-character", "must be one line, without control characters")
    return text


def _lines(text: str) -> str:
    return "\n".join(_one_line(line) for line in text.strip().splitlines())


def _price(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,4})?", value, re.ASCII):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("price", 'must be a number, or a decimal string such as "10.99"')
    try:
        return money.to_minor(Decimal(value), settings().currency)
    except ValueError as error:
        raise PydanticCustomError("price", "{why}", {"why": str(error)}) from None


def _written(pattern: str, read: Callable[[str], date], code: str, must: str) -> Callable[[Any], date]:
    """The check of a day or a time, which is to be written in this one form."""

    def check(value: Any) -> date:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            try:
                return read(value)
            except ValueError:
                pass
        raise PydanticCustomError(code, must)

    return check


_DAY = r"\d{4}-\d{2}-\d{2}"
_day = _written(_DAY, date.fromisoformat, "date", 'must be a date such as "2026-12-31"')
_moment = _written(
    rf"{_DAY}T\d{{2}}:\d{{2}}:\d{{2}}Z",
    datetime.fromisoformat,
    "time",
    'must be a time in UTC such as "2026-12-31T23:59:59Z"',
)


@dataclass(frozen=True)
class Text(GroupedMetadata):
    """What a text must be: tidied, not empty, and of at most so many characters."""

    longest: int
    tidy: Callable[[str], str] = _one_line

    def __iter__(self) -> Iterator[Any]:
        # Measured last, since tidying can leave nothing of a text.
        yield AfterValidator(self.tidy)
        yield MinLen(1)
        yield MaxLen(self.longest)


Name = Annotated[str, Text(200)]
Sku = Annotated[str, Text(64)]
Description = Annotated[str, Text(500)]
Reason = Annotated[str, Text(200)]
Phone = Annotated[str, Text(40)]
Address = Annotated[str, Text(500, tidy=_lines)]
Email = Annotated[str, Text(254), Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Uid = Annotated[str, Text(64)]
TaxId = Annotated[str, Text(40)]
Pieces = Annotated[int, Field(ge=0, le=MOST_PIECES)]
Price = Annotated[int, BeforeValidator(_price)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[int, Field(ge=1, le=LAST_ID)]


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class ItemFields(Body):
    """What can be left out, and be taken away with null."""

    name: Name | None = None
    sku: Sku | None = None
    reorder_point: Pieces | None = None
    expires_on: Day | None = None


class NewItem(ItemFields):
    description: Description
    price: Price
    quantity: Pieces


class ItemChange(ItemFields):
    """The defaults are never used: what is not named is not changed."""

    description: Description = ""
    price: Price = 0
    archived: bool = False


class NewAdjustment(Body):
    delta: Annotated[int, Field(ge=-MOST_PIECES, le=MOST_PIECES)] | None = None
    counted: Pieces | None = None
    reason: Reason

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        if (self.delta is None) == (self.counted is None):
            raise PydanticCustomError("delta-or-counted", "must hold either delta or counted")
        return self


class CustomerFields(Body):
    email: Email | None = None
    tax_id: TaxId | None = None


class NewCustomer(CustomerFields):
    uid: Uid = ""
    """The customer's id on all sites that know the customer, such as a number from another system; made when left
    out."""
    name: Name
    phone: Phone
    address: Address


class CustomerChange(CustomerFields):
    name: Name = ""
    phone: Phone = ""
    address: Address = ""


class NewApiKey(Body):
    name: Name
    role: Literal["viewer", "clerk", "admin"]
    expires_at: Moment | None = None


class AddedLine(Body):
    item: Id
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)]


class SetLine(Body):
    item: Id
    quantity: Pieces


AddedLines = TypeAdapter(Annotated[list[AddedLine], Field(min_length=1)])
SetLines = TypeAdapter(Annotated[list[SetLine], Field(min_length=1)])


def order_lines(schema: TypeAdapter[Any]) -> Callable[[Any], list[OrderLine]]:
    """The check of a list of lines, in which an item may stand once only."""

    def check(value: Any) -> list[OrderLine]:
        if isinstance(value, list) and len(value) > MOST_LINES_AT_ONCE:
            raise TooManyLines(
                f"{len(value)} lines in one request; at most {MOST_LINES_AT_ONCE} can be ordered at once."
            )
        return [OrderLine(line.item, line.quantity) for line in checked(schema.validate_python, value, _twice(value))]

    return check


def fields_of(schema: type[Body]) -> Callable[[Any], dict[str, Any]]:
    """The check of an object; only the fields that were named come back."""

    def check(value: Any) -> dict[str, Any]:
        valid: Body = checked(schema.model_validate, value, [])
        return valid.model_dump(exclude_unset=True)

    return check


def checked(validate: Callable[[Any], Any], value: Any, faults: list[Fault]) -> Any:
    """Raises Malformed with every fault: those given, those of the keys, and those that the schema finds."""
    faults = faults + faults_of_keys(value)
    try:
        valid = validate(value)
    except ValidationError as error:
        faults += [_fault(found) for found in error.errors(include_url=False, include_input=False)]
    if faults:
        detail = "A fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise Malformed(f"{detail} in the body; nothing was changed.", faults)
    return valid


def _twice(value: Any) -> list[Fault]:
    items = [line.get("item") if isinstance(line, dict) else None for line in value] if isinstance(value, list) else []
    seen: set[int] = set()
    faults = []
    for index, item in enumerate(items):
        if not isinstance(item, int):
            continue
        if item in seen:
            faults.append(Fault(f"/{index}/item", "duplicate-item", "stands in an earlier line already; name it once."))
        seen.add(item)
    return faults


_WORDS = {
    "missing": "is missing.",
    "extra_forbidden": "is not a field of this request.",
    "int_type": "must be a whole number.",
    "bool_type": "must be true or false.",
    "literal_error": "must be {expected}.",
    "string_type": "must be text.",
    "string_unicode": "has a field whose name is not Unicode text.",
    "string_too_short": "must not be empty.",
    "string_too_long": "must have at most {max_length} characters.",
    "string_pattern_mismatch": "must look like name@example.com.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
    "list_type": "must be a list of lines.",
    "too_short": "must not be empty.",
    "model_type": "must be an object.",
}


def _fault(found: Any) -> Fault:
    pointer = "".join(f"/{escape(str(step))}" for step in found["loc"])
    detail = _WORDS.get(found["type"], found["msg"] + ".").format(**found.get("ctx", {}))
    return Fault(pointer, found["type"].replace("_", "-"), detail)


# Named, so that the seam can look one up without importing pydantic for whoever only reads.
CHECKS: dict[str, Callable[[Any], Any]] = {
    "NewItem": fields_of(NewItem),
    "ItemChange": fields_of(ItemChange),
    "NewAdjustment": fields_of(NewAdjustment),
    "NewApiKey": fields_of(NewApiKey),
    "NewCustomer": fields_of(NewCustomer),
    "CustomerChange": fields_of(CustomerChange),
    "AddedLines": order_lines(AddedLines),
    "SetLines": order_lines(SetLines),
}
