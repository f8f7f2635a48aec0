"""Which items the buyer must look at, and why."""

from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.domain.item import Item


class StockRule(NamedTuple):
    """What counts as low, and as expiring, on one day."""

    today: date
    reorder_point: int
    """Where an item has none of its own."""
    expiry_days: int

    @property
    def expires_until(self) -> date:
        return self.today + timedelta(days=self.expiry_days)

    def reasons(self, item: Item) -> list[str]:
        """Empty for an item that needs no attention."""
        reasons = []
        if item.is_low(self.reorder_point):
            low_at = item.low_at(self.reorder_point)
            reasons.append("out of stock" if item.quantity == 0 else f"low stock (reorder point {low_at})")
        if item.expires_on is not None and item.expires_on <= self.expires_until:
            word = "expired" if item.expires_on < self.today else "expires"
            reasons.append(f"{word} on {item.expires_on}")
        return reasons


class StockEntry(NamedTuple):
    """One row of the list."""

    item: Item
    reasons: tuple[str, ...]
