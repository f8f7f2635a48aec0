from datetime import UTC, datetime

import pytest

from chalicelib.domain.errors import Refused
from chalicelib.domain.invoice import Invoice, Line, OrderLine, StockMove, add_lines, set_lines
from chalicelib.domain.item import Item

TEA = Item(id=1, description="Tea", price=1099, quantity=5)
RICE = Item(id=2, description="Rice", price=250, quantity=50)
SHELF = {1: TEA, 2: RICE}
EMPTY = Invoice(customer=7, identity="i", version="a", status="open", created_at=datetime(2026, 11, 23, tzinfo=UTC))
WITH_TEA = Invoice(7, "i", "a", "open", EMPTY.created_at, (Line(1, "Tea, last year's", 999, 2),))


def refusals(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str | None, str]]:
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_a_line_keeps_the_description_and_price_the_item_has_now() -> None:
    order = add_lines(EMPTY, SHELF, [OrderLine(1, 2)])
    assert order.invoice.lines == (Line(1, "Tea", 1099, 2),)
    assert order.moves == (StockMove(item=1, taken=2, unit_price=1099),)


def test_the_total_is_the_sum_of_the_lines() -> None:
    assert add_lines(EMPTY, SHELF, [OrderLine(1, 2), OrderLine(2, 4)]).invoice.total == 2 * 1099 + 4 * 250


def test_all_the_stock_there_is_can_be_taken_and_not_a_piece_more() -> None:
    assert add_lines(EMPTY, SHELF, [OrderLine(1, 5)]).moves[0].taken == 5
    with pytest.raises(Refused) as refused:
        add_lines(EMPTY, SHELF, [OrderLine(1, 6)])
    assert refused.value.faults[0].facts == {"item": 1, "requested": 6, "available": 5}


def test_every_line_that_fails_is_named_in_the_order_asked() -> None:
    asked = [OrderLine(9, 1), OrderLine(2, 1), OrderLine(1, 3)]
    with pytest.raises(Refused) as refused:
        add_lines(WITH_TEA, SHELF, asked)
    assert refusals(refused) == [("/0/item", "unknown-item"), ("/2/item", "already-on-invoice")]
    assert refused.value.code == "refused"


def test_an_archived_item_is_no_longer_sold_but_still_taken_back() -> None:
    shelf = {1: Item(id=1, description="Tea", price=1099, quantity=5, archived=True)}
    with pytest.raises(Refused, match="1 of 1"):
        add_lines(EMPTY, shelf, [OrderLine(1, 1)])
    with pytest.raises(Refused):
        set_lines(WITH_TEA, shelf, [OrderLine(1, 3)])
    assert set_lines(WITH_TEA, shelf, [OrderLine(1, 1)]).moves == (StockMove(1, -1, None),)


def test_setting_a_line_moves_the_difference_at_the_old_price() -> None:
    order = set_lines(WITH_TEA, SHELF, [OrderLine(1, 4)])
    assert order.invoice.lines == (Line(1, "Tea, last year's", 999, 4),)
    assert order.moves == (StockMove(item=1, taken=2, unit_price=None),)


def test_setting_a_line_counts_the_pieces_the_invoice_has_already() -> None:
    assert set_lines(WITH_TEA, SHELF, [OrderLine(1, 7)]).moves[0].taken == 5
    with pytest.raises(Refused) as refused:
        set_lines(WITH_TEA, SHELF, [OrderLine(1, 8)])
    assert refused.value.faults[0].facts == {"item": 1, "requested": 8, "available": 7}


def test_zero_takes_a_line_off_and_lines_not_named_stay() -> None:
    both = set_lines(WITH_TEA, SHELF, [OrderLine(2, 3)]).invoice
    order = set_lines(both, SHELF, [OrderLine(1, 0)])
    assert [line.item for line in order.invoice.lines] == [2]
    assert order.moves == (StockMove(1, -2, None),)


def test_zero_of_an_item_that_is_not_on_the_invoice_changes_nothing() -> None:
    order = set_lines(WITH_TEA, SHELF, [OrderLine(2, 0)])
    assert (order.invoice, order.moves) == (WITH_TEA, ())


def test_a_total_that_json_could_not_hold_exactly_is_refused() -> None:
    shelf = {1: Item(id=1, description="Gold", price=10**12, quantity=10**9)}
    with pytest.raises(Refused) as refused:
        add_lines(EMPTY, shelf, [OrderLine(1, 1000)])
    assert refusals(refused) == [("", "total-too-large")]
    assert add_lines(EMPTY, shelf, [OrderLine(1, 999)]).invoice.total == 999 * 10**12


def test_an_invoice_that_one_record_could_not_hold_is_refused() -> None:
    long = "ж" * 500
    full = Invoice(7, "i", "a", "open", EMPTY.created_at, tuple(Line(100 + n, long, 1, 1) for n in range(351)))
    shelf = {1: Item(id=1, description=long, price=1, quantity=1)}
    with pytest.raises(Refused) as refused:
        add_lines(full, shelf, [OrderLine(1, 1)])
    assert refusals(refused) == [("", "invoice-full")]
