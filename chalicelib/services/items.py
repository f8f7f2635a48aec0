"""What a clerk does with items and their stock."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from chalicelib.domain.item import Adjustment, Item, adjust
from chalicelib.services.work import Work
from chalicelib.storage import stock
from chalicelib.storage.numbered import ITEMS
from chalicelib.storage.transaction import Transaction


def create_item(fields: dict[str, Any], work: Work) -> Item:
    item = Item(id=ITEMS.next_id(), **fields)

    def prepare() -> tuple[Transaction, Item]:
        transaction = Transaction()
        ITEMS.add(transaction, item)
        return transaction, item

    return work.settle(prepare)


def list_items(after: int, limit: int, archived: bool) -> tuple[list[Item], bool]:
    """At most `limit` behind the id `after`, in id order, and whether there are more.

    Either those for sale, or the archived ones.
    """
    return ITEMS.page(after, limit, stock.archived_is(archived))


def get_item(id: int) -> Item:
    """Raises NotFound."""
    return ITEMS.get(id)


def change_item(id: int, changes: dict[str, Any], work: Work) -> Item:
    """Sets the fields given; None takes an optional one away. Raises NotFound."""

    def prepare() -> tuple[Transaction, Item]:
        before = ITEMS.get(id)
        work.precondition.check(before.version)
        return _change(before, changes)

    return work.settle(prepare)


def delete_item(id: int, work: Work) -> None:
    """An item that has ever been on an invoice is archived, any other is gone. Raises NotFound."""

    def prepare() -> tuple[Transaction, Item]:
        before = ITEMS.get(id)
        work.precondition.check(before.version)
        if before.invoiced:
            return _change(before, {"archived": True})
        transaction = Transaction()
        ITEMS.remove(transaction, before)
        return transaction, before

    work.settle(prepare)


def adjust_stock(id: int, delta: int | None, counted: int | None, reason: str, work: Work) -> Item:
    """Moves the stock of an item by `delta`, or to what was `counted`, and writes it into the item's books.

    Raises NotFound, or Refused when the stock would fall below 0.
    """
    at = work.clock.now()
    # Sorts by time; the rest makes it this call's own.
    order = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}#{uuid4().hex}"

    def prepare() -> tuple[Transaction, Item]:
        before = ITEMS.get(id)
        work.precondition.check(before.version)
        after, adjustment = adjust(before, delta=delta, counted=counted, reason=reason, at=at)
        transaction = Transaction()
        stock.add_adjustment(transaction, adjustment, order)
        ITEMS.change(transaction, before, after)
        return transaction, after

    return work.settle(prepare)


def list_adjustments(id: int, before: str | None, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order, and whether there are more. Raises NotFound."""
    found, more = stock.adjustments(id, before, limit)
    if not found:
        ITEMS.get(id)
    return found, more


def _change(before: Item, changes: dict[str, Any]) -> tuple[Transaction, Item]:
    """Nothing to do where nothing is different."""
    transaction = Transaction()
    after = replace(before, **changes)
    if after != before:
        after = replace(after, version=before.version + 1)
        ITEMS.change(transaction, before, after)
    return transaction, after
