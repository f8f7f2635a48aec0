"""Many callers at once, each a process with connections of its own, on an engine whose transactions are real.

On moto these tests would prove nothing: its transactions are not safe under threads.
"""

from collections import Counter
from collections.abc import Iterable

from tests.concurrency.buyer import Errand, buy
from tests.concurrency.conftest import Books
from tests.concurrency.crew import Call, Crew, send


def test_sixteen_processes_buy_twenty_items_out_and_not_one_piece_is_sold_twice_or_lost(
    crew: Crew, books: Books
) -> None:
    items = new_items(crew, 20, 60)
    customers = new_customers(crew, 12)
    # Eight buy for a customer of their own; the other eight in pairs, each of a pair one half of the items.
    errands = [Errand(customer, items, True, customer) for customer in customers[:8]]
    for customer in customers[8:]:
        errands += [Errand(customer, half, False, half[0] * customer) for half in (items[:10], items[10:])]

    ledgers = crew.run(buy, errands)

    assert [text for ledger in ledgers for text in ledger.contradictions] == []
    stock, invoices = books.stock(), books.open_invoices()
    assert {stock[item] for item in items} == {0}
    assert books.low_and_not_marked() == []
    for errand, ledger in zip(errands, ledgers, strict=True):
        on_invoice = {item: count for item, count in invoices.get(errand.customer, {}).items() if item in errand.items}
        assert on_invoice == ledger.lines
    received = sum((ledger.received for ledger in ledgers), Counter[int]())
    sold = sum((Counter(lines) for lines in invoices.values()), Counter[int]())
    assert {item: 60 + received[item] for item in items} == {item: sold[item] for item in items}
    answers = sum((ledger.answers for ledger in ledgers), Counter[tuple[int, str]]())
    assert set(answers) == {(200, ""), (201, ""), (204, ""), (409, "insufficient-stock")}


def test_eight_processes_that_add_to_one_invoice_lose_no_line(crew: Crew, books: Books) -> None:
    items = new_items(crew, 80, 1)
    [customer] = new_customers(crew, 1)

    answers = crew.run(send, [[order(customer, [item]) for item in items[start::8]] for start in range(8)])

    assert sorted(answer.status for each in answers for answer in each) == [200] * 79 + [201]
    assert books.open_invoices()[customer] == dict.fromkeys(items, 1)
    assert {books.stock()[item] for item in items} == {0}


def test_invoices_of_300_lines_are_dropped_while_others_order_and_the_stock_adds_up(crew: Crew, books: Books) -> None:
    items = new_items(crew, 304, 20)
    customers = new_customers(crew, 16)
    filled, others = customers[:4], customers[4:]
    fill = [[order(customer, items[start : start + 75]) for start in range(0, 300, 75)] for customer in filled]
    assert {answer.status for each in crew.run(send, fill) for answer in each} == {200, 201}
    drop = [[Call("DELETE", f"/api/customer-purchase/{customer}")] for customer in filled]
    # The same customers buy on meanwhile: each meets an invoice that is half dropped, sooner or later in it.
    again = [[order(customer, [items[-1 - late]], late * 0.3)] for late, customer in enumerate(filled)]
    crowd = [
        [order(customer, items[start : start + 10], 0.1) for start in range(place * 10, 300, 75)]
        for place, customer in enumerate(others[:8])
    ]

    answers = crew.run(send, drop + again + crowd)

    assert [answer.status for [answer] in answers[:4]] == [204] * 4
    assert {answer.status for each in answers[4:] for answer in each} <= {200, 201}
    invoices = books.open_invoices()
    for place, (customer, [answer]) in enumerate(zip(filled, answers[4:8], strict=True)):
        # Who got a new invoice came after the drop, and keeps it.
        assert invoices.get(customer, {}) == ({items[-1 - place]: 1} if answer.status == 201 else {})
    sold = sum((Counter(lines) for lines in invoices.values()), Counter[int]())
    stock = books.stock()
    assert {item: 20 - sold[item] for item in items} == {item: stock[item] for item in items}


def test_nobody_is_refused_for_pieces_that_the_same_customer_holds(crew: Crew, books: Books) -> None:
    [item], [customer] = new_items(crew, 1, 8), new_customers(crew, 1)
    quantities = [[1 + (start * 5 + step * 3) % 8 for step in range(20)] for start in range(8)]
    path = f"/api/customer-purchase/{customer}"

    answers = crew.run(
        send, [[Call("PUT", path, [{"item": item, "quantity": n}]) for n in each] for each in quantities]
    )

    # One after the other, in whatever order, each of them could be had.
    assert {answer.status for each in answers for answer in each} == {200, 201}
    assert books.stock()[item] + books.open_invoices()[customer][item] == 8


def new_items(crew: Crew, count: int, quantity: int) -> list[int]:
    body = {"description": "Espresso beans, dark roast, 1 kg", "price": 18.5, "quantity": quantity}
    calls = [Call("POST", "/api/items", body)] * count
    made = crew.run(send, [calls[start :: crew.size] for start in range(crew.size)])
    return sorted(answer.json["id"] for each in made for answer in each)


def new_customers(crew: Crew, count: int) -> list[int]:
    body = {"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main St"}
    [made] = crew.run(send, [[Call("POST", "/api/customers", body)] * count])
    return [answer.json["id"] for answer in made]


def order(customer: int, items: Iterable[int], pause: float = 0) -> Call:
    """One piece of each."""
    body = [{"item": item, "quantity": 1} for item in items]
    return Call("POST", f"/api/customer-purchase/{customer}", body, pause)
