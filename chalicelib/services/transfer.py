"""Many at once: items and customers brought in from a file, by their sku or uid, and written into one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count as numbers
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import Fault, Malformed, Unavailable
from chalicelib.domain.idempotency import Replayed
from chalicelib.domain.item import Adjustment, Item, adjust
from chalicelib.services.work import ONE_MORE_TRY, DecideAnew, Work
from chalicelib.settings import settings
from chalicelib.storage import stock
from chalicelib.storage.numbered import CUSTOMERS, ITEMS, Numbered
from chalicelib.storage.transaction import MOST_ACTIONS, Transaction

ROWS_READ_AT_ONCE = 25
"""New ones of eight words fill a transaction with ten; known ones that stay as they are take no room in it."""

IMPORTED = "import"
"""The reason that stands in an item's books."""

Value = TypeVar("Value", Item, Customer)
Row = dict[str, Any]
"""The fields that a row names."""
Rows = Mapping[int, Row]
"""By their numbers in the file."""


class Kind(NamedTuple, Generic[Value]):
    """What differs between items and customers."""

    numbered: Numbered[Value]
    own: str
    """The field by which a row finds what is there."""
    required: tuple[str, ...]
    """Fields that a new one must have besides."""
    make: Callable[..., Value]
    merge: Callable[[Value, Row, datetime], tuple[Value, Adjustment | None]]
    """What a row makes of what is there, and how the stock moves by it."""


def _merge_item(before: Item, row: Row, at: datetime) -> tuple[Item, Adjustment | None]:
    after, adjustment = replace(before, **{name: value for name, value in row.items() if name != "quantity"}), None
    if row.get("quantity", before.quantity) != before.quantity:
        after, adjustment = adjust(after, delta=None, counted=row["quantity"], reason=IMPORTED, at=at)
    return replace(after, version=before.version + (after != before)), adjustment


def _merge_customer(before: Customer, row: Row, at: datetime) -> tuple[Customer, None]:
    return before.changed(settings().site, **row), None


def _new_customer(id: int, **row: Any) -> Customer:
    return Customer(id, **row).changed(settings().site)


KIND_OF_ITEMS = Kind(ITEMS, "sku", ("description", "price", "quantity"), Item, _merge_item)
KIND_OF_CUSTOMERS = Kind(CUSTOMERS, "uid", ("name", "phone", "address"), _new_customer, _merge_customer)


def preview(kind: Kind[Value], rows: Rows, work: Work) -> list[str]:
    """What would be done with each row: `create`, `update`, `unchanged`.

    Raises Malformed when new ones lack what they must have.
    """

    def prepare() -> tuple[Transaction, list[str]]:
        found = _there(kind, rows)
        _check_new_ones(kind, rows, found, "nothing was changed")
        now = work.clock.now()
        merged = [kind.merge(before, row, now)[0] if before else None for row, before in found]
        return Transaction(), [_outcome(before, after) for (_, before), after in zip(found, merged, strict=True)]

    return Work(work.clock).settle(prepare)


def carry_out(kind: Kind[Value], rows: Rows, work: Work) -> list[str]:
    """What was done with each row. They go in in chunks, each all or nothing, and once under an Idempotency-Key.

    Raises Malformed when new ones lack what they must have; and Unavailable when the time is over, or a chunk fails:
    what is done then is told.
    """
    work.recall()
    left, outcomes = dict(rows), list[str]()
    lacking = any(name not in row for row in rows.values() for name in kind.required)
    for part in numbers(1):
        if not left:
            break
        try:
            if work.clock.seconds_left() < ONE_MORE_TRY:
                raise Unavailable("The time is over.")
            done = _carry_out_chunk(kind, left, len(outcomes), lacking and part == 1, work.part(part))
        except Unavailable as error:
            raise Unavailable(_told(error, len(outcomes), len(rows), work)) from error
        outcomes += done
        left = dict(islice(left.items(), len(done), None))
    return work.settle(lambda: (Transaction(), outcomes))


def _told(error: Unavailable, done: int, rows: int, work: Work) -> str:
    known = f"{done} of {rows} rows are known to be done. {error}"
    if work.once:
        return f"{known} Send the request again under its Idempotency-Key, and it goes on from there."
    return f"{known} The rest is to be sent by itself: quantities of rows that are sent again would be set again."


def _carry_out_chunk(kind: Kind[Value], rows: Rows, done: int, check_all: bool, work: Work) -> list[str]:
    """Of the first of these rows: as many as one transaction holds. All of them are checked before anything is done."""

    def prepare() -> tuple[Transaction, list[str]]:
        if check_all:
            _check_new_ones(kind, rows, _there(kind, rows), "nothing was changed")
        chunk = _chunk(kind, rows, done, work.clock.now())
        new = [before for before, _, _ in chunk].count(None)
        next_id = kind.numbered.next_id(new) if new else 0
        transaction = Transaction()
        for before, after, adjustment in chunk:
            if before is None:
                after = replace(after, id=next_id)
                next_id += 1
            kind.numbered.write(transaction, before, after)
            if adjustment:
                stock.add_adjustment(transaction, adjustment)
        return transaction, [_outcome(before, after) for before, after, _ in chunk]

    try:
        return work.settle(prepare)
    except Replayed as replayed:
        kept: list[str] = json.loads(replayed.answer)
        return kept


def _chunk(
    kind: Kind[Value], rows: Rows, done: int, now: datetime
) -> list[tuple[Value | None, Value, Adjustment | None]]:
    """Of as many of these rows as a transaction holds: what is there, what will be, and how the stock moves."""
    first = dict(islice(rows.items(), ROWS_READ_AT_ONCE))
    found = _there(kind, first)
    _check_new_ones(kind, first, found, f"{done} rows before them are done")
    chunk = []
    actions = 0
    for row, before in found:
        # New ones get their ids when it is known how many there are.
        after, adjustment = kind.merge(before, row, now) if before else (kind.make(id=0, **row), None)
        actions += kind.numbered.actions(before, after) + bool(adjustment)
        # The answer that is kept under an Idempotency-Key is one more.
        if actions >= MOST_ACTIONS:
            break
        chunk.append((before, after, adjustment))
    return chunk


def _there(kind: Kind[Value], rows: Rows) -> list[tuple[Row, Value | None]]:
    """Each row with what it finds."""
    left = [*rows.values()]
    parts = [left[start : start + MOST_ACTIONS] for start in range(0, len(left), MOST_ACTIONS)]
    return [pair for part in parts for pair in zip(part, _find(kind, part), strict=True)]


def _find(kind: Kind[Value], rows: Sequence[Row]) -> list[Value | None]:
    """What each of at most 100 rows finds. Two round trips. Raises DecideAnew when the two don't fit together."""
    ids: dict[str, int] = kind.numbered.owners([row[kind.own] for row in rows])
    values = kind.numbered.get_all(sorted(set(ids.values())))
    for own, id in ids.items():
        if id not in values or getattr(values[id], kind.own) != own:
            raise DecideAnew(f"{own} has found another owner")
    return [values.get(ids.get(row[kind.own], 0)) for row in rows]


def _check_new_ones(kind: Kind[Value], rows: Rows, found: list[tuple[Row, Value | None]], so_far: str) -> None:
    detail = f"is missing: there is none of this {kind.own}, and a new one must have it."
    faults = [
        Fault(None, "missing", detail, {"row": number, "column": name})
        for number, (row, before) in zip(rows, found, strict=True)
        for name in kind.required
        if before is None and name not in row
    ]
    if faults:
        raise Malformed(f"New ones lack what they must have; {so_far}.", faults)


def _outcome(before: Value | None, after: Value | None) -> str:
    return "create" if before is None else "unchanged" if after == before else "update"
