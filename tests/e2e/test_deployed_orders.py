"""Sixteen processes buy from the deployed stack over HTTP, also while the processes that serve them are killed."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from random import Random
from threading import Event, Thread

import pytest

from tests.concurrency.buyer import Errand, buy
from tests.concurrency.crew import Crew
from tests.e2e.deployed import Deployed
from tests.e2e.gateway import Gateway

PIECES = 12
MOST_KILLED = 10


@pytest.fixture(scope="module")
def crew(deployed: Deployed) -> Iterator[Crew]:
    with Crew(16, {"STOCKROOM_KEY": deployed.key}, partial(Gateway, deployed.address)) as crew:
        yield crew


def test_sixteen_processes_buy_twenty_items_out_and_not_one_piece_is_sold_twice_or_lost(
    deployed: Deployed, crew: Crew
) -> None:
    answers = buy_out(deployed, crew, lively=6)
    assert set(answers) >= {(200, ""), (201, ""), (409, "insufficient-stock")}
    assert set(answers) <= {(200, ""), (201, ""), (204, ""), (409, "insufficient-stock")}


def test_nothing_is_oversold_or_lost_when_workers_are_killed_midway(deployed: Deployed, crew: Crew) -> None:
    killed: list[int] = []
    # What was not answered is sent again with its key, whether it was done or not.
    answers = buy_out(deployed, crew, lively=6, meanwhile=workers_killed(deployed, killed))
    assert len(killed) >= 5
    assert sum(count for (_, code), count in answers.items() if code == "unanswered") >= 1
    assert set(answers) >= {(200, ""), (201, ""), (409, "insufficient-stock")}
    assert {code for _, code in answers} == {"", "insufficient-stock", "unanswered"}


def buy_out(
    deployed: Deployed, crew: Crew, lively: int, meanwhile: AbstractContextManager[None] | None = None
) -> Counter[tuple[int, str]]:
    """Holds what was acknowledged to each buyer against the table. Returns how many answers of each kind there were."""
    items = [deployed.new_item(PIECES) for _ in range(20)]
    customers = [deployed.new_customer() for _ in range(12)]
    # Eight buy for a customer of their own; the other eight in pairs, each of a pair one half of the items.
    errands = [Errand(customer, items, True, customer, lively) for customer in customers[:8]]
    for customer in customers[8:]:
        errands += [Errand(customer, half, False, half[0] * customer, lively) for half in (items[:10], items[10:])]

    with meanwhile or nullcontext():
        ledgers = crew.run(buy, errands)

    assert [text for ledger in ledgers for text in ledger.contradictions] == []
    stock, invoices = deployed.books.stock(), deployed.books.open_invoices()
    assert {stock[item] for item in items} == {0}
    for errand, ledger in zip(errands, ledgers, strict=True):
        on_invoice = {item: count for item, count in invoices.get(errand.customer, {}).items() if item in errand.items}
        assert on_invoice == ledger.lines
    received = sum((ledger.received for ledger in ledgers), Counter[int]())
    sold = sum((Counter(invoices.get(customer, {})) for customer in customers), Counter[int]())
    assert {item: PIECES + received[item] for item in items} == {item: sold[item] for item in items}
    return sum((ledger.answers for ledger in ledgers), Counter[tuple[int, str]]())


@contextmanager
def workers_killed(deployed: Deployed, killed: list[int]) -> Iterator[None]:
    over = Event()

    def kill() -> None:
        random = Random(1)
        # So few, since each that is killed costs a cold start, and the orders are to get on.
        while len(killed) < MOST_KILLED and not over.wait(0.4):
            # None is there before the first call, and one may have ended since it was seen.
            with suppress(IndexError, ProcessLookupError):
                worker = random.choice(deployed.workers())
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)

    thread = Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
