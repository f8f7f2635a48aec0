"""What can go wrong between the table and an order. Each fault is injected on the wire."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.errors import Refused, Unavailable
from chalicelib.domain.invoice import OrderLine
from chalicelib.services import customers, items, purchases
from chalicelib.services.work import Work
from tests.conftest import Shop
from tests.services.conftest import StoppedClock
from tests.wire import Answer, after_call, answered, cancelled, error, first_time, no_answer, seen

WRITE = "TransactWriteItems"


def once(*results: Answer | None) -> Callable[[], Answer | None]:
    """Answers the first calls with these, and leaves the rest alone."""
    left: Iterator[Answer | None] = iter(results)
    return lambda: next(left, None)


@pytest.mark.parametrize(
    "answer",
    [
        cancelled("None", "None", "TransactionConflict"),
        cancelled("None", "None", "ThrottlingError"),
        cancelled("None", "None", "ProvisionedThroughputExceeded"),
        error("TransactionInProgressException"),
        error("TransactionConflictException"),
    ],
)
def test_a_conflict_is_waited_out_and_tried_again(stocked: Shop, clock: StoppedClock, answer: Answer) -> None:
    with answered(WRITE, once(answer, answer)):
        invoice, is_new = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert (is_new, invoice.lines[0].quantity, stocked.quantity(1)) == (True, 2, 8)
    assert len(clock.slept) == 2


def test_pauses_are_random_and_grow(stocked: Shop, clock: StoppedClock) -> None:
    with answered(WRITE, once(*[cancelled("None", "None", "TransactionConflict")] * 12)):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert len(set(clock.slept)) == 12
    assert all(pause <= min(1.0, 0.02 * 2**tries) for tries, pause in enumerate(clock.slept))
    assert max(clock.slept[6:]) > max(clock.slept[:3])


def test_a_conflict_without_end_is_unavailable_within_the_time_of_the_request(
    stocked: Shop, clock: StoppedClock
) -> None:
    with (
        answered(WRITE, lambda: cancelled("None", "None", "TransactionConflict")),
        pytest.raises(Unavailable, match="Send the request again"),
    ):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert clock.slept
    assert clock.seconds_left() > 2
    assert stocked.quantity(1) == 10


def test_the_caller_is_told_503_and_when_to_try_again(stocked: Shop) -> None:
    with answered("BatchGetItem", lambda: error("AccessDeniedException")):
        assert stocked.get("/api/items/1").status == 500
    with after_call("BatchGetItem", no_answer):
        reply = stocked.get("/api/items/1")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert reply.json["type"] == "urn:stockroom:unavailable"


def test_a_write_whose_answer_was_lost_happens_once_only(stocked: Shop, clock: StoppedClock) -> None:
    with after_call(WRITE, first_time(no_answer)):
        invoice, is_new = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert (is_new, stocked.quantity(1)) == (True, 8)
    assert stocked.invoice(1).json["version"] == invoice.version


def test_a_change_whose_answer_was_lost_happens_once_only(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (1, 2))
    with after_call(WRITE, first_time(no_answer)):
        invoice, is_new = purchases.change_order(1, [OrderLine(1, 5), OrderLine(2, 1)], Work(clock))
    assert (is_new, [line.quantity for line in invoice.lines]) == (False, [5, 1])
    assert (stocked.quantity(1), stocked.quantity(2)) == (5, 9)


def test_a_drop_whose_answer_was_lost_happens_once_only(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (1, 2))
    with after_call(WRITE, first_time(no_answer)):
        purchases.drop_order(1, Work(clock))
    assert (stocked.quantity(1), stocked.invoice(1).status) == (10, 404)


def test_an_adjustment_whose_answer_was_lost_happens_once_only(stocked: Shop, clock: StoppedClock) -> None:
    with after_call(WRITE, first_time(no_answer)):
        item = items.adjust_stock(1, 24, None, "goods received", Work(clock))
    assert (item.quantity, stocked.quantity(1)) == (34, 34)
    assert len(stocked.get("/api/items/1/adjustments").json) == 1


def test_an_item_whose_answer_was_lost_is_made_once_only(stocked: Shop, clock: StoppedClock) -> None:
    with after_call(WRITE, first_time(no_answer)):
        item = items.create_item({"description": "Salt", "price": 100, "quantity": 1}, Work(clock))
    assert [found["id"] for found in stocked.get("/api/items").json] == [1, 2, item.id]


def test_a_price_changed_in_between_is_read_anew(stocked: Shop, clock: StoppedClock) -> None:
    def reprice() -> None:
        items.change_item(1, {"price": 1}, Work(clock))

    # Hooked to the read's answer, so that it comes between read and write.
    with after_call("BatchGetItem", first_time(reprice)):
        invoice, _ = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert invoice.lines[0].unit_price == 1
    assert stocked.quantity(1) == 8


def test_an_invoice_changed_in_between_keeps_both_changes(stocked: Shop, clock: StoppedClock) -> None:
    def other_order() -> None:
        purchases.place_order(1, [OrderLine(2, 3)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)):
        invoice, is_new = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert (is_new, [(line.item, line.quantity) for line in invoice.lines]) == (False, [(2, 3), (1, 2)])
    assert (stocked.quantity(1), stocked.quantity(2)) == (8, 7)


def test_an_invoice_dropped_and_made_anew_in_between_is_not_overwritten(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (2, 1))

    def other_invoice() -> None:
        purchases.drop_order(1, Work(clock))
        purchases.place_order(1, [OrderLine(2, 4)], Work(clock))

    with after_call("BatchGetItem", first_time(other_invoice)):
        invoice, _ = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert [(line.item, line.quantity) for line in invoice.lines] == [(2, 4), (1, 2)]
    assert (stocked.quantity(1), stocked.quantity(2)) == (8, 6)


def test_stock_sold_in_between_is_refused_with_what_was_really_there(stocked: Shop, clock: StoppedClock) -> None:
    def other_sale() -> None:
        items.adjust_stock(1, None, 1, "stock count", Work(clock))
        items.adjust_stock(2, None, 0, "stock count", Work(clock))

    with (
        after_call("BatchGetItem", first_time(other_sale)),
        pytest.raises(Refused) as refused,
    ):
        purchases.place_order(1, [OrderLine(1, 2), OrderLine(2, 10)], Work(clock))
    told = [(fault.facts["item"], fault.facts["requested"], fault.facts["available"]) for fault in refused.value.faults]
    assert told == [(1, 2, 1), (2, 10, 0)]
    assert len(clock.slept) == 1
    assert stocked.invoice(1).status == 404


@pytest.mark.parametrize("first_lines", [[OrderLine(1, 2)], [OrderLine(2, 1), OrderLine(1, 2)]])
def test_an_item_archived_in_between_is_refused(
    stocked: Shop, clock: StoppedClock, first_lines: list[OrderLine]
) -> None:
    with (
        after_call("BatchGetItem", first_time(lambda: items.change_item(1, {"archived": True}, Work(clock)))),
        pytest.raises(Refused) as refused,
    ):
        purchases.place_order(1, first_lines, Work(clock))
    assert [fault.code for fault in refused.value.faults] == ["archived-item"]
    assert stocked.quantity(2) == 10


def test_an_item_deleted_in_between_is_unknown(stocked: Shop, clock: StoppedClock) -> None:
    with (
        after_call("BatchGetItem", first_time(lambda: items.delete_item(1, Work(clock)))),
        pytest.raises(Refused) as refused,
    ):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert [fault.code for fault in refused.value.faults] == ["unknown-item"]


def test_a_customer_archived_in_between_is_refused(stocked: Shop, clock: StoppedClock) -> None:
    with (
        after_call("BatchGetItem", first_time(lambda: stocked.delete("/api/customers/1"))),
        pytest.raises(Refused, match="Customer 1 is archived"),
    ):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert stocked.quantity(1) == 10


def low(shop: Shop) -> list[int]:
    return [item["id"] for item in shop.get("/api/items?low_stock=true").json]


def test_an_item_that_gets_low_by_two_orders_neither_of_which_knew_is_marked(
    stocked: Shop, clock: StoppedClock
) -> None:
    other = stocked.new_customer()

    def other_order() -> None:
        purchases.place_order(other, [OrderLine(1, 3)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)):
        purchases.place_order(1, [OrderLine(1, 3)], Work(clock))
    assert (stocked.quantity(1), low(stocked)) == (4, [1])


def test_an_item_whose_reorder_point_rises_in_between_is_marked(stocked: Shop, clock: StoppedClock) -> None:
    def raise_reorder_point() -> None:
        items.change_item(1, {"reorder_point": 8}, Work(clock))

    with after_call("BatchGetItem", first_time(raise_reorder_point)):
        purchases.place_order(1, [OrderLine(1, 3)], Work(clock))
    assert (stocked.quantity(1), low(stocked)) == (7, [1])


def test_the_last_pieces_sold_in_between_are_not_sold_again(stocked: Shop, clock: StoppedClock) -> None:
    other = stocked.new_customer()

    def other_order() -> None:
        purchases.place_order(other, [OrderLine(1, 6)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)), pytest.raises(Refused) as refused:
        purchases.place_order(1, [OrderLine(1, 7)], Work(clock))
    assert (refused.value.code, stocked.quantity(1)) == ("insufficient-stock", 4)


def test_an_invoice_that_changes_while_it_is_dropped_gives_all_back(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (1, 2))

    def other_order() -> None:
        purchases.place_order(1, [OrderLine(2, 3)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)):
        purchases.drop_order(1, Work(clock))
    assert (stocked.quantity(1), stocked.quantity(2), stocked.invoice(1).status) == (10, 10, 404)


def test_an_item_sold_while_it_is_deleted_is_archived(stocked: Shop, clock: StoppedClock) -> None:
    def other_order() -> None:
        purchases.place_order(1, [OrderLine(1, 3)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)):
        items.delete_item(1, Work(clock))
    assert stocked.get("/api/items/1").json["archived"] is True


def test_a_customer_who_orders_while_being_archived_is_not_archived(stocked: Shop, clock: StoppedClock) -> None:
    def other_order() -> None:
        purchases.place_order(1, [OrderLine(1, 3)], Work(clock))

    with after_call("BatchGetItem", first_time(other_order)), pytest.raises(Refused, match="open invoice"):
        customers.delete_customer(1, Work(clock))
    assert stocked.get("/api/customers/1").json["archived"] is False


def test_a_drop_of_a_long_invoice_fits_into_transactions_under_a_key_too(shop: Shop) -> None:
    customer = shop.new_customer()
    made = [shop.new_item(2) for _ in range(120)]
    for part in (made[:60], made[60:]):
        shop.order(customer, *((item, 1) for item in part))
    sizes: list[int] = []
    with seen(WRITE, lambda body: sizes.append(len(body["TransactItems"]))):
        reply = shop.call("DELETE", f"/api/customer-purchase/{customer}", Idempotency_Key="a")
    assert (reply.status, sizes) == (204, [100, 23])


def test_a_drop_that_was_cut_off_is_finished_by_whoever_comes_next(shop: Shop, clock: StoppedClock) -> None:
    customer = shop.new_customer()
    made = [shop.new_item(2) for _ in range(150)]
    for part in (made[:75], made[75:]):
        shop.order(customer, *((item, 1) for item in part))
    calls = count()
    with (
        answered(WRITE, lambda: None if next(calls) == 0 else cancelled("None", "TransactionConflict")),
        pytest.raises(Unavailable),
    ):
        purchases.drop_order(customer, Work(clock))
    assert shop.invoice(customer).status == 404
    assert shop.order(customer, (made[0], 2)).status == 201
    left = [item["quantity"] for item in shop.get("/api/items?limit=1000").json]
    assert left == [0] + [2] * 149


def test_an_order_placed_while_the_old_invoice_is_half_dropped_is_not_dropped_with_it(
    shop: Shop, clock: StoppedClock
) -> None:
    customer, late = shop.new_customer(), shop.new_item(100)
    made = [shop.new_item(2) for _ in range(150)]
    for part in (made[:75], made[75:]):
        shop.order(customer, *((item, 1) for item in part))

    def other_order() -> None:
        assert purchases.place_order(customer, [OrderLine(late, 1)], Work(clock))[1]

    with after_call(WRITE, first_time(other_order)):
        purchases.drop_order(customer, Work(clock))
    assert [line["item"] for line in shop.invoice(customer).json["lines"]] == [late]
    assert shop.quantity(late) == 99


def test_cancellation_reasons_are_told_apart_by_what_they_belong_to(stocked: Shop, clock: StoppedClock) -> None:
    """The wire's order is checks, deletes, puts, updates, whatever the order of the calls was."""
    sent: list[list[str]] = []

    def note(body: dict[str, Any]) -> None:
        sent.append([next(iter(action)) for action in body["TransactItems"]])

    with seen(WRITE, note):
        purchases.place_order(1, [OrderLine(1, 1), OrderLine(2, 1)], Work(clock))
    assert sent == [["ConditionCheck", "Put", "Update", "Update"]]
