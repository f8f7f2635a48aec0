"""Random histories of a shop, played against a model of a few lines.

After every step, for every item: what it began with, plus the adjustments, less what is on invoices, is what it has.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chalicelib.storage.orders import read_order
from tests.conftest import Shop, empty_cloud

CUSTOMERS = (1, 2, 3)


class History(RuleBasedStateMachine):
    shop: Shop
    items = Bundle("items")

    @initialize()
    def open_the_shop(self) -> None:
        empty_cloud()
        self.stock: dict[int, int] = {}
        self.invoices: dict[int, dict[int, int]] = {}
        self.archived: set[int] = set()
        self.customers = {number: self.shop.new_customer() for number in CUSTOMERS}

    @rule(target=items, quantity=st.integers(0, 12))
    def receive_an_item(self, quantity: int) -> int:
        item = self.shop.new_item(quantity)
        self.stock[item] = quantity
        return item

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        lines=st.lists(st.tuples(items, st.integers(1, 6)), min_size=1, max_size=4, unique_by=lambda line: line[0]),
    )
    def order(self, customer: int, lines: list[tuple[int, int]]) -> None:
        invoice = self.invoices.get(customer)
        refused = {
            item
            for item, quantity in lines
            if item in (invoice or {}) or item in self.archived or item not in self.stock or self.stock[item] < quantity
        }
        reply = self.shop.order(self.customers[customer], *lines)
        if refused:
            assert reply.status == 409
            assert {error["item"] for error in reply.json["errors"]} == refused
            return
        assert reply.status == (200 if invoice is not None else 201)
        for item, quantity in lines:
            self.stock[item] -= quantity
            self.invoices.setdefault(customer, {})[item] = quantity

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        lines=st.lists(st.tuples(items, st.integers(0, 6)), min_size=1, max_size=4, unique_by=lambda line: line[0]),
    )
    def change(self, customer: int, lines: list[tuple[int, int]]) -> None:
        invoice = self.invoices.get(customer)
        taken = {item: quantity - (invoice or {}).get(item, 0) for item, quantity in lines}
        refused = {
            item
            for item, pieces in taken.items()
            if item not in self.stock or (pieces > 0 and (item in self.archived or self.stock[item] < pieces))
        }
        reply = self.shop.change(self.customers[customer], *lines)
        if refused:
            assert reply.status == 409
            assert {error["item"] for error in reply.json["errors"]} == refused
            return
        if invoice is None and not any(taken.values()):
            assert reply.status == 404
            return
        assert reply.status == (200 if invoice is not None else 201)
        held = self.invoices.setdefault(customer, {})
        for item, quantity in lines:
            self.stock[item] -= taken[item]
            held[item] = quantity
            if not quantity:
                del held[item]

    @rule(customer=st.sampled_from(CUSTOMERS))
    def drop(self, customer: int) -> None:
        reply = self.shop.delete(f"/api/customer-purchase/{self.customers[customer]}")
        assert reply.status == (204 if customer in self.invoices else 404)
        for item, quantity in self.invoices.pop(customer, {}).items():
            self.stock[item] += quantity

    @rule(item=items, delta=st.integers(-6, 6))
    def adjust(self, item: int, delta: int) -> None:
        reply = self.shop.post(f"/api/items/{item}/adjustments", {"delta": delta, "reason": "history"})
        if item not in self.stock:
            assert reply.status == 404
        elif self.stock[item] + delta < 0:
            assert reply.status == 409
        else:
            assert reply.status == 200
            self.stock[item] += delta

    @rule(item=items, counted=st.integers(0, 12))
    def count(self, item: int, counted: int) -> None:
        reply = self.shop.post(f"/api/items/{item}/adjustments", {"counted": counted, "reason": "history"})
        assert reply.status == (200 if item in self.stock else 404)
        if item in self.stock:
            self.stock[item] = counted

    @rule(item=items)
    def delete(self, item: int) -> None:
        reply = self.shop.delete(f"/api/items/{item}")
        assert reply.status == (204 if item in self.stock else 404)
        after = self.shop.get(f"/api/items/{item}")
        if after.status == 404:
            assert all(item not in invoice for invoice in self.invoices.values())
            self.stock.pop(item, None)
        else:
            self.archived.add(item)

    @rule(item=items)
    def bring_back(self, item: int) -> None:
        reply = self.shop.patch(f"/api/items/{item}", {"archived": False})
        assert reply.status == (200 if item in self.stock else 404)
        self.archived.discard(item)

    @invariant()
    def every_piece_is_accounted_for(self) -> None:
        if not hasattr(self, "stock"):
            return
        shown = self.shop.get("/api/items?limit=1000").json + self.shop.get("/api/items?limit=1000&archived=true").json
        assert {item["id"]: item["quantity"] for item in shown} == self.stock
        low = {item for item, quantity in self.stock.items() if quantity <= 5 and item not in self.archived}
        assert {item["id"] for item in self.shop.get("/api/items?low_stock=true&limit=1000").json} == low
        for number, customer in self.customers.items():
            invoice = read_order(customer).invoice
            lines = None if invoice is None else {line.item: line.quantity for line in invoice.lines}
            assert lines == self.invoices.get(number)


def test_no_history_loses_or_invents_a_piece(shop: Shop) -> None:
    History.shop = shop
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
