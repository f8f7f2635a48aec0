from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.item import Item
from chalicelib.domain.stock_list import StockRule

RULE = StockRule(today=date(2026, 11, 23), reorder_point=5, expiry_days=5)
PLENTY = Item(id=1, description="Tea", price=1099, quantity=100)


@pytest.mark.parametrize(
    ("quantity", "reorder_point", "reasons"),
    [
        (6, None, []),
        (5, None, ["low stock (reorder point 5)"]),
        (0, None, ["out of stock"]),
        (25, 25, ["low stock (reorder point 25)"]),
        (26, 25, []),
        (1, 0, []),
        (0, 0, ["out of stock"]),
    ],
)
def test_an_item_is_low_at_its_reorder_point_or_the_shops(
    quantity: int, reorder_point: int | None, reasons: list[str]
) -> None:
    assert RULE.reasons(replace(PLENTY, quantity=quantity, reorder_point=reorder_point)) == reasons


@pytest.mark.parametrize(
    ("expires_on", "reasons"),
    [
        (date(2026, 11, 29), []),
        (date(2026, 11, 28), ["expires on 2026-11-28"]),
        (date(2026, 11, 23), ["expires on 2026-11-23"]),
        (date(2026, 11, 22), ["expired on 2026-11-22"]),
    ],
)
def test_an_item_is_listed_from_some_days_before_it_expires(expires_on: date, reasons: list[str]) -> None:
    assert RULE.reasons(replace(PLENTY, expires_on=expires_on)) == reasons


def test_both_reasons_are_given() -> None:
    item = replace(PLENTY, quantity=2, expires_on=date(2026, 11, 1))
    assert RULE.reasons(item) == ["low stock (reorder point 5)", "expired on 2026-11-01"]
