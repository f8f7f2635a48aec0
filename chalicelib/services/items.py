"""What a clerk does with items and their stock."""

from dataclasses import replace
from functools import partial
from typing import Any

from chalicelib.domain.errors import Fault, Refused
from chalicelib.domain.item import Adjustment, Item, adjust
from chalicelib.domain.search import ItemFilter, item_words, stands_first, words
from chalicelib.services.search import Page, as_page, look_along
from chalicelib.services.work import Work
from chalicelib.settings import settings
from chalicelib.storage import stock
from chalicelib.storage.numbered import ITEM_WORDS, ITEMS, archived_is
from chalicelib.storage.search import beginning_with, id_of, marked_low
from chalicelib.storage.transaction import Transaction


def create_item(fields: dict[str, Any], work: Work) -> Item:
    """Raises Refused when the sku is another item's."""
    item = Item(id=ITEMS.next_id(), **fields)

    def prepare() -> tuple[Transaction, Item]:
        _check_sku(item)
        transaction = Transaction()
        ITEMS.add(transaction, item)
        return transaction, item

    return work.settle(prepare)


def list_items(wanted: ItemFilter, after: str, limit: int) -> Page[Item]:
    """At most `limit` behind the place `after`: in id order, or in that of the words that were found."""
    beginning = max(words(wanted.text), key=len, default="")

    def admits(place: str, item: Item) -> bool:
        return wanted.admits(item, settings().reorder_point)

    def admits_once(place: str, item: Item) -> bool:
        return stands_first(place, beginning, item_words(item)) and admits(place, item)

    if wanted.text and not beginning:
        return [], None
    if wanted.sku:
        items = ITEMS.get_all([*ITEMS.owners([wanted.sku]).values()])
        return [(str(id), item) for id, item in items.items() if id > id_of(after) and admits("", item)], None
    if beginning:
        return look_along(partial(beginning_with, ITEM_WORDS, beginning), ITEMS, admits_once, after, limit)
    if wanted.low_stock:
        return look_along(marked_low, ITEMS, admits, after, limit)
    return as_page(*ITEMS.page(id_of(after), limit, archived_is(wanted.archived)))


def get_item(id: int) -> Item:
    """Raises NotFound."""
    return ITEMS.get(id)


def change_item(id: int, changes: dict[str, Any], work: Work) -> Item:
    """Sets the fields given; None takes an optional one away. Raises NotFound, or Refused when the sku is taken."""

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

    def prepare() -> tuple[Transaction, Item]:
        before = ITEMS.get(id)
        work.precondition.check(before.version)
        after, adjustment = adjust(before, delta=delta, counted=counted, reason=reason, at=at)
        transaction = Transaction()
        stock.add_adjustment(transaction, adjustment)
        ITEMS.change(transaction, before, after)
        return transaction, after

    return work.settle(prepare)


def list_adjustments(id: int, before: str, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order, and whether there are more. Raises NotFound."""
    found, more = stock.adjustments(id, before, limit)
    if not found:
        ITEMS.get(id)
    return found, more


def _change(before: Item, changes: dict[str, Any]) -> tuple[Transaction, Item]:
    """Nothing to do where nothing is different."""
    transaction = Transaction()
    after = replace(before, **changes)
    if after.sku != before.sku:
        _check_sku(after)
    after = replace(after, version=before.version + (after != before))
    ITEMS.write(transaction, before, after)
    return transaction, after


def _check_sku(item: Item) -> None:
    if not item.sku:
        return
    for id in ITEMS.owners([item.sku]).values():
        if id != item.id:
            detail = f"The sku {item.sku!r} is that of item {id}; each item has its own, also when it is archived."
            raise Refused(detail, [Fault("/sku", "sku-taken", detail, {"item": id})])
