from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.item import Item
from chalicelib.storage.numbered import ITEMS, archived_is
from chalicelib.storage.table import CONNECTION, CounterRecord, counter_key
from chalicelib.storage.transaction import Outdated, Transaction


def add(item: Item) -> None:
    transaction = Transaction()
    ITEMS.add(transaction, item)
    transaction.send()


def change(item: Item, **changes: Any) -> None:
    transaction = Transaction()
    ITEMS.change(transaction, item, replace(item, **changes, version=item.version + 1))
    transaction.send()


def put(*ids: int) -> None:
    for id in ids:
        add(Item(id=id, description=f"Item {id}", price=1, quantity=id % 7))
    CounterRecord(*counter_key("items"), value=max(ids)).save()


def pages(limit: int) -> list[list[int]]:
    found, after, more = [], 0, True
    while more:
        items, more = ITEMS.page(after, limit, archived_is(False))
        found.append([item.id for item in items])
        after = items[-1].id if items else after
    return found


IDS = [1, 2, 998, 999, 1000, 1001, 2999, 3000, 7000, 10000]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10, 11, 1000])
def test_a_list_runs_over_partitions_and_gaps_in_the_order_of_ids(cloud: None, limit: int) -> None:
    put(*IDS)
    assert pages(limit) == [IDS[start : start + limit] for start in range(0, len(IDS), limit)]


def test_archived_items_do_not_make_a_page_short(cloud: None) -> None:
    put(*range(1, 30))
    for id in range(1, 25):
        change(ITEMS.get(id), archived=True)
    assert pages(3) == [[25, 26, 27], [28, 29]]


def test_all_that_meet_a_condition_are_found_in_every_partition(cloud: None) -> None:
    put(*IDS)
    found = ITEMS.every(archived_is(False))
    assert [item.id for item in found] == IDS


def test_ids_are_never_given_twice(cloud: None) -> None:
    assert [ITEMS.next_id() for _ in range(3)] == [1, 2, 3]
    assert ITEMS.last_id() == 3


def test_a_record_that_is_there_is_not_overwritten(cloud: None) -> None:
    put(1)
    with pytest.raises(Outdated):
        add(Item(id=1, description="Another", price=1, quantity=1))
    assert ITEMS.get(1).description == "Item 1"


def test_every_field_comes_back_as_it_was(cloud: None) -> None:
    from datetime import date

    item = Item(1, "Tea", 10**12, 10**9, "Chai", "T-1", 0, date(2026, 12, 31), archived=True, invoiced=True)
    add(item)
    assert ITEMS.get(1) == item


def test_what_is_not_there_is_not_found(cloud: None) -> None:
    with pytest.raises(NotFound, match="no item 7"):
        ITEMS.get(7)


def test_a_change_of_a_record_that_has_changed_since_is_outdated(cloud: None) -> None:
    put(1)
    before = ITEMS.get(1)
    change(before, price=2)
    with pytest.raises(Outdated):
        change(before, price=3)
    assert (ITEMS.get(1).price, ITEMS.get(1).version) == (2, 2)


def test_all_records_share_one_connection(cloud: None) -> None:
    assert CounterRecord._get_connection().connection is CONNECTION
