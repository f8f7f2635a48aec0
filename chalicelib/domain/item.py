"""An item of the stock and the rules of its quantity."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.domain.errors import Fault, Refused

MOST_PIECES = 10**9


@dataclass(frozen=True)
class Item:
    """What is sold, and how much of it is on the shelf."""

    id: int
    description: str
    price: int
    """Of one piece, in minor units."""
    quantity: int
    """Pieces on hand; those on open invoices are already off."""
    name: str | None = None
    sku: str | None = None
    reorder_point: int | None = None
    """None: the shop's default holds."""
    expires_on: date | None = None
    archived: bool = False
    invoiced: bool = False
    """Has ever been on an invoice, so it can be archived but no longer deleted."""
    version: int = 1
    """Counted up by each change, of the stock too."""

    def low_at(self, default: int) -> int:
        """Pieces at or below which it is low."""
        return default if self.reorder_point is None else self.reorder_point

    def is_low(self, default: int) -> bool:
        return self.quantity <= self.low_at(default)


@dataclass(frozen=True)
class Adjustment:
    """A change of stock that is no sale: goods received, breakage, a stock count."""

    item: int
    at: datetime
    delta: int
    """Pieces added, negative for pieces taken."""
    quantity: int
    """Pieces on hand after it."""
    reason: str


def adjust(item: Item, *, delta: int | None, counted: int | None, reason: str, at: datetime) -> tuple[Item, Adjustment]:
    """Moves the stock by `delta`, or to what was `counted`; one of the two is given. Raises Refused."""
    if delta is None:
        assert counted is not None
        delta = counted - item.quantity
    quantity = item.quantity + delta
    if quantity < 0:
        detail = f"Item {item.id} has {item.quantity} in stock; {-delta} can't be taken from it."
        facts = {"item": item.id, "requested": -delta, "available": item.quantity}
        raise Refused(detail, [Fault("/delta", "insufficient-stock", detail, dict(facts))])
    if quantity > MOST_PIECES:
        detail = f"Item {item.id} has {item.quantity} in stock; with {delta} more it would have over {MOST_PIECES}."
        raise Refused(detail, [Fault("/delta", "too-much-stock", detail, {"item": item.id})])
    after = replace(item, quantity=quantity, version=item.version + 1)
    return after, Adjustment(item.id, at, delta, quantity, reason)
