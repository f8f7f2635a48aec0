"""What a clerk does with items and their stock."""

from typing import Any
from uuid import uuid4

from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.item import Adjustment, Item, adjust
from chalicelib.services.settling import settle
from chalicelib.storage import stock
from chalicelib.storage.numbered import ITEMS


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

    tried = False

    def attempt() -> None:
        nonlocal tried
        try:
            item = ITEMS.get(id)
        except NotFound:
            if tried:
                return
            raise
        tried = True
        if item.invoiced:
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
    order = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}#{uuid4().hex}"

    def attempt() -> Item:
        before, booked = stock.read_adjustment(id, order)
        if booked:
            # By an earlier attempt, whose answer got lost on the way.
            return before
        item, adjustment = adjust(before, delta=delta, counted=counted, reason=reason, at=at)
        stock.write_adjustment(before, adjustment, order)
        return item

    return settle(attempt, clock)


def list_adjustments(id: int, before: str | None, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order, and whether there are more. Raises NotFound."""
    found, more = stock.adjustments(id, before, limit)
    if not found:
        ITEMS.get(id)
    return found, more
