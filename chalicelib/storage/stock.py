"""Adjustments of the stock, and the items that need the buyer's attention."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

from chalicelib.domain.item import Adjustment, Item
from chalicelib.domain.stock_list import StockRule
from chalicelib.storage.numbered import ITEMS, archived_is
from chalicelib.storage.search import newest_first
from chalicelib.storage.table import LOW, AdjustmentRecord, ItemRecord, adjustment_key, item_key
from chalicelib.storage.transaction import Outdated, Transaction


def add_adjustment(transaction: Transaction, adjustment: Adjustment) -> None:
    """Its place in the item's books sorts by time; the rest makes it this one's own."""
    order = f"{adjustment.at:%Y-%m-%dT%H:%M:%S.%fZ}#{uuid4().hex}"
    record = AdjustmentRecord.of(adjustment_key(adjustment.item, order), adjustment)
    transaction.put("adjustment", record, AdjustmentRecord.pk.does_not_exist())


def adjustments(item: int, before: str, limit: int) -> tuple[list[tuple[str, Adjustment]], bool]:
    """The newest first, each with its place in the order; and whether there are more. One round trip."""
    return newest_first(adjustment_key(item, "")[0], before, limit)


def needing_attention(rule: StockRule) -> Iterator[tuple[Item, bool]]:
    """Each with whether it is marked as low."""
    low = (ItemRecord.quantity <= ItemRecord.reorder_point) | (
        ItemRecord.reorder_point.does_not_exist() & (ItemRecord.quantity <= rule.reorder_point)
    )
    expiring = ItemRecord.expires_on <= rule.expires_until
    for record in ITEMS.every(archived_is(False) & (low | expiring)):
        yield record.to_domain(), record.low_stock is not None


def mark_low(id: int) -> None:
    """Needed where the shop's reorder point was raised: every other change of what is low brings the mark along."""
    transaction = Transaction()
    transaction.change(id, ItemRecord(*item_key(id)), [ItemRecord.low_stock.set(LOW)], ItemRecord.pk.exists())
    # One that is gone meanwhile needs no mark.
    with suppress(Outdated):
        transaction.send()
