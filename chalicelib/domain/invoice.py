"""The invoice and the decision on an order: pure, so that every rule can be tested without a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain import money
from chalicelib.domain.errors import Fault, Refused
from chalicelib.domain.item import Item

MOST_LINES_AT_ONCE = 96
"""Different items in one request: with invoice, customer and idempotency record they fit a transaction of 100."""

MOST_BYTES = 380_000
"""What the lines of one invoice may take in its record; DynamoDB holds 400 KB (409,600 bytes) in one."""


@dataclass(frozen=True)
class Line:
    """So many pieces of an item, billed."""

    item: int
    description: str
    unit_price: int
    """In minor units, as it was when the item came on the invoice; later changes of the item never reach it."""
    quantity: int

    @property
    def amount(self) -> int:
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class Invoice:
    """What a customer has ordered and not given back."""

    customer: int
    identity: str
    """Given once, when it is opened: tells it from the others that the customer has had."""
    version: str
    """Made anew for each write, never used twice: a number would come again after the invoice is dropped."""
    status: str
    """`open`, or `dropping` while an invoice of many lines gives its stock back; nobody is shown one of those."""
    created_at: datetime
    lines: tuple[Line, ...] = ()
    number: str | None = None
    """None as long as the invoice is open."""

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


class OrderLine(NamedTuple):
    """What a caller asks for: so many pieces of this item."""

    item: int
    quantity: int


class StockMove(NamedTuple):
    """What an order does to one item."""

    item: int
    taken: int
    """Pieces taken from the stock; negative for pieces given back."""
    unit_price: int | None
    """The price the decision rests on, where it rests on one."""


class Order(NamedTuple):
    """A decision: the invoice as it will be, and the stock that moves with it, all at once or not at all."""

    invoice: Invoice
    moves: tuple[StockMove, ...]


def add_lines(invoice: Invoice, items: Mapping[int, Item], asked: Sequence[OrderLine]) -> Order:
    """New lines only: changing a line that is there is `set_lines`' task. Raises Refused with every line that fails."""
    there = {line.item for line in invoice.lines}
    faults = [
        Fault(
            f"/{index}/item",
            "already-on-invoice",
            f"Item {line.item} is already on the open invoice; change its quantity with PUT.",
            {"item": line.item},
        )
        for index, line in enumerate(asked)
        if line.item in there
    ]
    return _decide(invoice, items, asked, faults)


def set_lines(invoice: Invoice, items: Mapping[int, Item], asked: Sequence[OrderLine]) -> Order:
    """Each named line gets its quantity, 0 takes it off, lines not named stay. Raises as `add_lines` does."""
    return _decide(invoice, items, asked, [])


def _decide(invoice: Invoice, items: Mapping[int, Item], asked: Sequence[OrderLine], faults: list[Fault]) -> Order:
    lines = {line.item: line for line in invoice.lines}
    moves = []
    settled = {fault.facts["item"] for fault in faults}
    for index, wanted in enumerate(asked):
        if wanted.item in settled:
            continue
        before = lines.get(wanted.item)
        taken = wanted.quantity - (before.quantity if before else 0)
        item = items.get(wanted.item)
        if item is None:
            faults.append(_unknown(index, wanted))
            continue
        if taken > 0 and (fault := _refusal(index, item, wanted.quantity, wanted.quantity - taken)):
            faults.append(fault)
            continue
        if wanted.quantity:
            lines[item.id] = replace(before or Line(item.id, item.description, item.price, 0), quantity=wanted.quantity)
        else:
            lines.pop(item.id, None)
        if taken:
            moves.append(StockMove(item.id, taken, None if before else item.price))
    decided = replace(invoice, lines=tuple(lines.values()))
    faults += _too_large(decided)
    if faults:
        faults.sort(key=lambda fault: int(fault.pointer.split("/")[1]) if fault.pointer else -1)
        raise Refused(_summary(len(faults), len(asked)), faults)
    return Order(decided, tuple(moves))


def _unknown(index: int, wanted: OrderLine) -> Fault:
    detail = f"There is no item {wanted.item}."
    return Fault(f"/{index}/item", "unknown-item", detail, {"item": wanted.item})


def _refusal(index: int, item: Item, requested: int, held: int) -> Fault | None:
    """`held` are the pieces that the invoice has already."""
    if item.archived:
        detail = f"Item {item.id} ({item.description}) is archived and no longer sold."
        return Fault(f"/{index}/item", "archived-item", detail, {"item": item.id})
    available = item.quantity + held
    if requested > available:
        detail = f"Item {item.id} ({item.description}): {requested} asked for, {available} can be had."
        facts = {"item": item.id, "requested": requested, "available": available}
        return Fault(f"/{index}/quantity", "insufficient-stock", detail, dict(facts))
    return None


def _too_large(invoice: Invoice) -> Iterable[Fault]:
    if invoice.total > money.MOST:
        yield Fault(
            "", "total-too-large", "The invoice would come to more than can be billed at once (10^15 minor units)."
        )
    # 80 bytes are what the numbers and the attribute names of a line take.
    if sum(80 + len(line.description.encode()) for line in invoice.lines) > MOST_BYTES:
        yield Fault("", "invoice-full", "The open invoice has no room for more lines.")


def _summary(refused: int, asked: int) -> str:
    return f"{refused} of {asked} lines can't be filled; nothing was changed."
