from datetime import UTC, datetime

import pytest

from chalicelib.domain.errors import Refused
from chalicelib.domain.item import MOST_PIECES, Adjustment, Item, adjust

TEA = Item(id=1, description="Tea", price=1099, quantity=5)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_delivery_is_added() -> None:
    item, adjustment = adjust(TEA, delta=24, counted=None, reason="delivery", at=NOW)
    assert item.quantity == 29
    assert adjustment == Adjustment(1, NOW, 24, 29, "delivery")


def test_a_count_is_written_into_the_books_as_a_difference() -> None:
    item, adjustment = adjust(TEA, delta=None, counted=3, reason="count", at=NOW)
    assert (item.quantity, adjustment.delta) == (3, -2)


def test_the_stock_can_fall_to_nothing_but_not_below() -> None:
    assert adjust(TEA, delta=-5, counted=None, reason="breakage", at=NOW)[0].quantity == 0
    with pytest.raises(Refused) as refused:
        adjust(TEA, delta=-6, counted=None, reason="breakage", at=NOW)
    assert refused.value.code == "insufficient-stock"
    assert refused.value.faults[0].facts == {"item": 1, "requested": 6, "available": 5}


def test_the_stock_can_not_rise_without_bound() -> None:
    assert adjust(TEA, delta=MOST_PIECES - 5, counted=None, reason="delivery", at=NOW)[0].quantity == MOST_PIECES
    with pytest.raises(Refused, match="over"):
        adjust(TEA, delta=MOST_PIECES - 4, counted=None, reason="delivery", at=NOW)
