"""What a request body may hold. Each wrong value is told with its place, all of them at once.

The docstrings, and those of the fields, are what callers read in the OpenAPI document.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from chalicelib.domain.errors import Fault, Malformed, TooManyLines
from chalicelib.domain.invoice import MOST_LINES_AT_ONCE, OrderLine
from chalicelib.routes.fields import (
    Address,
    Day,
    Delta,
    Description,
    Email,
    Id,
    Moment,
    Name,
    Ordered,
    Phone,
    Pieces,
    Price,
    Reason,
    Site,
    Sku,
    TaxId,
    Uid,
    Version,
    whole,
)
from chalicelib.routes.strict_json import escape, faults_of_keys


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)


class ItemFields(Body):
    """What can be left out, and be taken away with null."""

    name: Name | None = None
    sku: Sku | None = None
    """The shop's own code for the item; no other item has it."""
    reorder_point: Pieces | None = None
    """Pieces at or below which it is low; without it the shop's default holds."""
    expires_on: Day | None = None
    """It is listed for the buyer some days ahead."""


class NewItem(ItemFields):
    description: Description
    """What the invoice says."""
    price: Price
    """Of one piece, in the currency's major unit: 10.99, or "10.99"."""
    quantity: Pieces
    """Pieces on the shelf today."""


class ItemChange(ItemFields):
    """What is not named is not changed."""

    # The defaults are never used.
    description: Description = ""
    price: Price = 0
    archived: bool = False
    """No longer sold; `false` brings it back."""


class NewAdjustment(Body):
    """Either `delta` or `counted`, and why."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["delta"]}, {"required": ["counted"]}]})

    delta: Delta = 0
    """Pieces that came in, or with a minus went out."""
    counted: Pieces = 0
    """Pieces that were found on the shelf."""
    reason: Reason

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        if len({"delta", "counted"} & self.model_fields_set) != 1:
            raise PydanticCustomError("delta-or-counted", "must hold either delta or counted")
        return self


class CustomerFields(Body):
    """What can be left out, and be taken away with null."""

    email: Email | None = None
    tax_id: TaxId | None = None


class NewCustomer(CustomerFields):
    uid: Uid = ""
    """The customer's id on all sites that know the customer, such as a number from another system. Made when left
    out; it stays."""
    name: Name
    phone: Phone
    address: Address
    """May have lines."""


class CustomerChange(CustomerFields):
    """What is not named is not changed."""

    # The defaults are never used.
    name: Name = ""
    phone: Phone = ""
    address: Address = ""
    archived: bool = False
    """Buys no longer; `false` brings the customer back."""


class NewApiKey(Body):
    name: Name
    """Who or what calls with it."""
    role: Literal["viewer", "clerk", "admin"]
    """A viewer may read, a clerk may also write, an admin may also make and revoke keys."""
    expires_at: Moment | None = None


class CustomerState(BaseModel):
    """What a site holds of a customer. Other fields are not looked at."""

    model_config = ConfigDict(strict=True, use_attribute_docstrings=True)

    uid: Uid
    version: Version
    """Counted up by each change, on whatever site."""
    site: Site
    """That has made this version."""
    seen: Annotated[dict[Site, Version], Field(max_length=100, json_schema_extra={"additionalProperties": False})] = {}
    """By site, the last of its versions that this one knows of. Left out by who keeps no account of it: then it knows
    of all that come before its own."""
    archived: bool = False
    customer: Annotated[dict[str, Annotated[str, Field(max_length=5000)] | None], Field(max_length=100)]
    """The fields, by the names that the peer has for them."""


class CustomerEvent(BaseModel):
    """As Standard Webhooks recommends."""

    model_config = ConfigDict(strict=True)

    type: Literal["customer.changed"]
    data: CustomerState


class AddedLine(Body):
    item: Id
    quantity: Ordered


class SetLine(Body):
    item: Id
    quantity: Pieces
    """0 takes the line off."""


# JSON schema can't say that each item is named once only; that no two lines are the same is as near as it gets.
_LINES = Field(min_length=1, max_length=MOST_LINES_AT_ONCE, json_schema_extra={"uniqueItems": True})
AddedLines = TypeAdapter(Annotated[list[AddedLine], _LINES])
SetLines = TypeAdapter(Annotated[list[SetLine], _LINES])


def order_lines(schema: TypeAdapter[Any]) -> Callable[[Any], list[OrderLine]]:
    """The check of a list of lines, in which an item may stand once only."""

    def check(value: Any) -> list[OrderLine]:
        if isinstance(value, list) and len(value) > MOST_LINES_AT_ONCE:
            raise TooManyLines(
                f"{len(value)} lines in one request; at most {MOST_LINES_AT_ONCE} can be ordered at once."
            )
        return [OrderLine(line.item, line.quantity) for line in checked(schema.validate_python, value, _twice(value))]

    return check


def fields_of(schema: type[BaseModel]) -> Callable[[Any], dict[str, Any]]:
    """The check of an object; only the fields that were named come back."""

    def check(value: Any) -> dict[str, Any]:
        valid: BaseModel = checked(schema.model_validate, value, [])
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
    for index, item in enumerate(map(whole, items)):
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
    "string_unicode": "has a field whose name is not Unicode text.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
    "list_type": "must be a list of lines.",
    "too_short": "must not be empty.",
    "model_type": "must be an object.",
}


def _fault(found: Any) -> Fault:
    return Fault("".join(f"/{escape(str(step))}" for step in found["loc"]), *told(found))


def told(found: Any) -> tuple[str, str]:
    """Code and words of what pydantic has found."""
    words = _WORDS.get(found["type"])
    return found["type"].replace("_", "-"), words.format(**found.get("ctx", {})) if words else f"{found['msg']}."
