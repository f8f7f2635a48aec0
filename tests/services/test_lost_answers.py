"""Answers that get lost after the work was done, and stores that don't answer at all."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.errors import Refused, Unavailable
from chalicelib.domain.invoice import OrderLine
from chalicelib.services import customers, items, purchases
from chalicelib.services.work import Work
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.storage.orders import read_order
from tests.conftest import Shop
from tests.services.conftest import StoppedClock
from tests.services.test_order_faults import WRITE
from tests.wire import Status, after_call, answered, cancelled, error, first_time, no_answer, seen, unreadable_answer


def test_two_changes_of_one_item_at_once_are_not_refused_for_the_pieces_they_share(
    stocked: Shop, clock: StoppedClock
) -> None:
    stocked.order(1, (1, 7))

    def other_change() -> None:
        purchases.change_order(1, [OrderLine(1, 10)], Work(clock))

    with after_call("BatchGetItem", first_time(other_change)):
        invoice, _ = purchases.change_order(1, [OrderLine(1, 9)], Work(clock))
    assert (invoice.lines[0].quantity, stocked.quantity(1)) == (9, 1)


def test_two_orders_of_one_item_at_once_tell_the_second_that_it_is_on_the_invoice(
    stocked: Shop, clock: StoppedClock
) -> None:
    with (
        after_call("BatchGetItem", first_time(lambda: purchases.place_order(1, [OrderLine(1, 10)], Work(clock)))),
        pytest.raises(Refused) as refused,
    ):
        purchases.place_order(1, [OrderLine(1, 10)], Work(clock))
    assert refused.value.code == "already-on-invoice"


def test_an_invoice_and_items_read_at_two_moments_refuse_nothing(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (1, 2))
    torn = read_order(1, [1])
    purchases.change_order(1, [OrderLine(1, 10)], Work(clock))
    torn.items.update(read_order(1, [1]).items)
    looks = iter([torn])
    with pytest.MonkeyPatch.context() as patch:
        real = read_order
        patch.setattr(purchases, "read_order", lambda *asked: next(looks, None) or real(*asked))
        invoice, _ = purchases.change_order(1, [OrderLine(1, 9)], Work(clock))
    assert invoice.lines[0].quantity == 9


def test_a_drop_whose_answer_was_lost_leaves_the_next_invoice_alone(stocked: Shop, clock: StoppedClock) -> None:
    stocked.order(1, (1, 2))

    def other_order_and_no_answer() -> None:
        purchases.place_order(1, [OrderLine(2, 3)], Work(clock))
        no_answer()

    with after_call(WRITE, first_time(other_order_and_no_answer)):
        purchases.drop_order(1, Work(clock))
    assert [line["item"] for line in stocked.invoice(1).json["lines"]] == [2]
    assert (stocked.quantity(1), stocked.quantity(2)) == (10, 7)


def test_an_order_whose_answer_was_lost_is_told_as_it_was_done_whoever_came_in_between(
    stocked: Shop, clock: StoppedClock
) -> None:
    def other_order_and_no_answer() -> None:
        purchases.place_order(1, [OrderLine(2, 3)], Work(clock))
        no_answer()

    with after_call(WRITE, first_time(other_order_and_no_answer)):
        invoice, is_new = purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert (is_new, [line.item for line in invoice.lines]) == (True, [1])
    assert [line["item"] for line in stocked.invoice(1).json["lines"]] == [1, 2]


def test_taking_the_last_pieces_whose_answer_was_lost_is_not_refused(stocked: Shop, clock: StoppedClock) -> None:
    with after_call(WRITE, first_time(no_answer)):
        item = items.adjust_stock(1, -10, None, "breakage", Work(clock))
    assert (item.quantity, stocked.quantity(1)) == (0, 0)


@pytest.mark.parametrize("delete", [items.delete_item, customers.delete_customer])
def test_a_deletion_whose_answer_was_lost_is_done(
    stocked: Shop, clock: StoppedClock, delete: Callable[..., None]
) -> None:
    with after_call(WRITE, first_time(no_answer)):
        delete(1, Work(clock))


def throttled_the_second_time() -> Callable[[], Any]:
    calls = count(1)
    return lambda: error("ThrottlingException") if next(calls) == 2 else None


@pytest.mark.parametrize("fault", [no_answer, unreadable_answer])
def test_a_write_whose_answer_was_lost_and_that_is_turned_away_the_next_time_happens_once_only(
    stocked: Shop, clock: StoppedClock, fault: Callable[[], None]
) -> None:
    tokens: set[str] = set()
    with (
        seen(WRITE, lambda body: tokens.add(body["ClientRequestToken"])),
        after_call(WRITE, first_time(fault)),
        answered(WRITE, throttled_the_second_time()),
    ):
        items.adjust_stock(1, 24, None, "goods received", Work(clock))
    assert (stocked.quantity(1), len(stocked.get("/api/items/1/adjustments").json), len(tokens)) == (34, 1, 1)


def test_one_that_dynamodb_is_still_at_is_sent_again_as_it_is(stocked: Shop, clock: StoppedClock) -> None:
    tokens: list[str] = []
    with (
        seen(WRITE, lambda body: tokens.append(body["ClientRequestToken"])),
        after_call(WRITE, first_time(no_answer)),
        answered(WRITE, iter([None, error("TransactionInProgressException")] + [None] * 9).__next__),
    ):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
    assert (len(set(tokens)), stocked.quantity(1)) == (1, 8)


def test_after_a_conflict_the_decision_is_made_anew_on_what_is_there(stocked: Shop, clock: StoppedClock) -> None:
    turned_away = iter([cancelled("None", "None", "TransactionConflict")] + [None] * 9).__next__
    tokens: list[str] = []
    with seen(WRITE, lambda body: tokens.append(body["ClientRequestToken"])), answered(WRITE, turned_away):
        purchases.place_order(1, [OrderLine(1, 2)], Work(clock))
        purchases.change_order(1, [OrderLine(1, 3)], Work(clock))
    assert len(set(tokens)) == len(tokens)


def test_whoever_is_never_answered_is_told_that_it_may_have_been_done(stocked: Shop, clock: StoppedClock) -> None:
    with after_call(WRITE, no_answer), pytest.raises(Unavailable, match="not known whether this was done"):
        items.adjust_stock(2, 24, None, "goods received", Work(StoppedClock(seconds=10.0)))
    assert stocked.quantity(2) == 34


def test_a_store_that_hangs_leaves_time_to_say_so(stocked: Shop) -> None:
    clock = StoppedClock()

    def hang() -> Any:
        # As long as a call may: connect and read, twice.
        clock.slept.append(8.0)
        no_answer()

    with answered(WRITE, hang), pytest.raises(Unavailable):
        purchases.place_order(1, [OrderLine(1, 1)], Work(clock))
    assert clock.seconds_left() > 0


def test_keys_that_dynamodb_leaves_out_are_asked_for_with_pauses_and_not_for_ever(
    stocked: Shop, clock: StoppedClock
) -> None:
    calls = count()

    def leave_out() -> Any:
        next(calls)
        return Status(200), {"Responses": {}, "UnprocessedKeys": {settings().table_name: {"Keys": []}}}

    with answered("BatchGetItem", leave_out), pytest.raises(Unavailable):
        purchases.place_order(1, [OrderLine(1, 1)], Work(clock))
    assert 2 < next(calls) < 200
    assert len(clock.slept) > 2


@pytest.mark.parametrize(("operation", "code"), [("HeadObject", "503"), ("PutObject", "SlowDown")])
def test_a_bucket_that_is_busy_is_503(stocked: Shop, operation: str, code: str) -> None:
    stocked.order(1, (1, 1))
    events, name = files._client().meta.events, f"before-call.s3.{operation}"
    _, body = error(code)
    body["ResponseMetadata"] = {"HTTPStatusCode": 503}

    def busy(**_: Any) -> Any:
        return Status(503), body

    events.register_first(name, busy)
    try:
        assert stocked.get("/api/customer-purchase/1").status == 503
    finally:
        events.unregister(name, busy)


def test_files_that_the_bucket_keeps_are_not_taken_for_removed(cloud: None) -> None:
    client = files._client()
    files.write_file("invoices/open/1/a/b.pdf", b"", "application/pdf", "b.pdf")

    def keep(**_: Any) -> Any:
        return Status(200), {"Errors": [{"Key": "b.pdf", "Code": "InternalError"}]}

    client.meta.events.register_first("before-call.s3.DeleteObjects", keep)
    try:
        with pytest.raises(files.NotRemovedError, match="InternalError"):
            files.remove_folder("invoices/open/1/a/")
    finally:
        client.meta.events.unregister("before-call.s3.DeleteObjects", keep)
