"""Adjustments of the stock, and the items that need the buyer's attention."""

from collections.abc import Iterator

from pynamodb.expressions.condition import Condition

from chalicelib.domain.item import Adjustment, Item
from chalicelib.domain.stock_list import StockRule
from chalicelib.storage.numbered import ITEMS
from chalicelib.storage.table import AdjustmentRecord, ItemRecord, Record, adjustment_key, item_key
from chalicelib.storage.transaction import Transaction, answered, fetch


def archived_is(archived: bool) -> Condition:
    return ItemRecord.archived == archived


def remove_item(id: int) -> None:
    """Raises Outdated when it is gone or has come on an invoice."""
    with Transaction() as transaction:
        transaction.remove("item", ItemRecord(*item_key(id)), ItemRecord.invoiced == False)  # noqa: E712


def read_adjustment(item: int, order: str) -> tuple[Item, bool]:
    """The item, and whether this entry stands in its books. Raises NotFound."""
    found = fetch([item_key(item), adjustment_key(item, order)])
    values = [record.to_domain() for record in found]
    before = next((value for value in values if isinstance(value, Item)), None)
    if before is None:
        raise ITEMS.missing(item)
    return before, len(values) > 1


def write_adjustment(before: Item, adjustment: Adjustment, order: str) -> None:
    """The new quantity and the entry in the books, together. Raises Outdated, naming `item` or `adjustment`."""
    with Transaction() as transaction:
        transaction.put(
            "adjustment",
            AdjustmentRecord.of(adjustment_key(adjustment.item, order), adjustment),
            AdjustmentRecord.pk.does_not_exist(),
        )
        transaction.change(
            "item",
            ItemRecord(*item_key(adjustment.item)),
            [ItemRecord.quantity.set(adjustment.quantity)],
            ItemRecord.quantity == before.quantity,
        )


def adjustments(item: int, before: str | None, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order; and whether there are more. One round trip."""
    partition = adjustment_key(item, "")[0]
    with answered():
        found = list(
            Record.query(
                partition,
                Record.sk < before if before else None,
                consistent_read=True,
                scan_index_forward=False,
                limit=limit + 1,
            )
        )
    return [(record.sk, record.to_domain()) for record in found[:limit]], len(found) > limit


def needing_attention(rule: StockRule) -> Iterator[Item]:
    low = (ItemRecord.quantity <= ItemRecord.reorder_point) | (
        ItemRecord.reorder_point.does_not_exist() & (ItemRecord.quantity <= rule.reorder_point)
    )
    expiring = ItemRecord.expires_on <= rule.expires_until
    condition = archived_is(False) & (low | expiring)
    return ITEMS.every(condition)
