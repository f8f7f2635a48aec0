"""What a clerk does with items and their stock."""

from typing import Any
from uuid import uuid4

from chalicelib.domain.clock import Clock
from chalicelib.domain.item import Adjustment, Item, adjust
from chalicelib.services.settling import settle
from chalicelib.storage import stock
from chalicelib.storage.numbered import ITEMS
from chalicelib.storage.transaction import Outdated


def create_item(fields: dict[str, Any], clock: Clock) -> Item:
    item = Item(id=ITEMS.next_id(), **fields)
    settle(lambda: ITEMS.create(item), clock)
    return item


def list_items(after: int, limit: int, archived: bool) -> tuple[list[Item], bool]:
    """At most `limit` behind the id `after`, in id order, and whether there are more.

    Either those for sale, or the archived ones.
    """
    return ITEMS.page(after, limit, stock.archived_is(archived))


def get_item(id: int) -> Item:
    """Raises NotFound."""
    return ITEMS.get(id)


def change_item(id: int, changes: dict[str, Any], clock: Clock) -> Item:
    """Sets the fields given; None takes an optional one away. Raises NotFound."""
    if changes:
        settle(lambda: ITEMS.change(id, changes), clock)
    return ITEMS.get(id)


def delete_item(id: int, clock: Clock) -> None:
    """An item that has ever been on an invoice is archived, any other is gone. Raises NotFound."""

    def attempt() -> None:
        if ITEMS.get(id).invoiced:
            ITEMS.change(id, {"archived": True})
        else:
            stock.remove_item(id)

    settle(attempt, clock)


def adjust_stock(id: int, delta: int | None, counted: int | None, reason: str, clock: Clock) -> Item:
    """Moves the stock of an item by `delta`, or to what was `counted`, and writes it into the item's books.

    Raises NotFound, or Refused when the stock would fall below 0.
    """
    at = clock.now()
    # Sorts by time; the rest makes it this call's own, so that a try whose answer was lost is recognised.
    order = f"{at:%Y-%m-%dT%H:%M:%SZ}#{uuid4().hex}"

    def attempt() -> Item:
        before = ITEMS.get(id)
        item, adjustment = adjust(before, delta=delta, counted=counted, reason=reason, at=at)
        try:
            stock.write_adjustment(before, adjustment, order)
        except Outdated as outdated:
            if "adjustment" not in outdated.records:
                raise
            return ITEMS.get(id)
        return item

    return settle(attempt, clock)


def list_adjustments(id: int, before: str | None, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order, and whether there are more. Raises NotFound."""
    found, more = stock.adjustments(id, before, limit)
    if not found:
        ITEMS.get(id)
    return found, more
