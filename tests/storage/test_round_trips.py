"""The table of access patterns in docs/architecture.md, counted on the wire."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import PROJECT, Reply, Shop
from tests.sync.paris import CONFLICT, know_paris, lose_a_change, signed
from tests.wire import seen


@pytest.fixture(autouse=True)
def one_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    know_paris(monkeypatch)


def tell(shop: Shop, **customer: Any) -> Reply:
    """As the peer does."""
    told = {"site": "paris", "customer": {"name": "Bea", "phone": "2", "address": "b"}, **customer}
    body = json.dumps({"type": "customer.changed", "data": told}).encode()
    return shop.call("POST", "/api/sync/customers", body, Authorization="", **signed(body, str(customer)))


def stocked(shop: Shop) -> None:
    for quantity in (100, 100, 100, 4):
        shop.new_item(quantity)
    shop.patch("/api/items/1", {"sku": "T-1"})
    ann = {"uid": "ANN", "name": "Ann", "phone": "734 555 0100", "address": "a", "email": "ann@example.com"}
    shop.post("/api/customers", ann)
    shop.new_customer()
    shop.order(2, (3, 1))
    lose_a_change(1, "ANN")


CALLS: dict[str, tuple[Callable[[Shop], Any], list[str]]] = {
    "GET /items, one page": (lambda shop: shop.get("/api/items?limit=2"), ["Query"]),
    "GET /items, last page": (lambda shop: shop.get("/api/items"), ["Query", "BatchGetItem"]),
    "GET /items?text=": (lambda shop: shop.get("/api/items?text=tea"), ["Query", "BatchGetItem"]),
    "GET /items?sku=": (lambda shop: shop.get("/api/items?sku=T-1"), ["BatchGetItem", "BatchGetItem"]),
    "GET /items?low_stock=true": (lambda shop: shop.get("/api/items?low_stock=true"), ["Query", "BatchGetItem"]),
    "GET /customers?name=": (lambda shop: shop.get("/api/customers?name=ann"), ["Query", "BatchGetItem"]),
    "GET /customers?phone=": (lambda shop: shop.get("/api/customers?phone=0100"), ["Query", "BatchGetItem"]),
    "GET /customers?email=": (lambda shop: shop.get("/api/customers?email=ann@example.com"), ["Query", "BatchGetItem"]),
    "GET /items/{item}": (lambda shop: shop.get("/api/items/1"), ["BatchGetItem"]),
    "POST /items": (lambda shop: shop.new_item(), ["UpdateItem", "TransactWriteItems"]),
    "POST /items, with a sku": (
        lambda shop: shop.new_item(sku="T-2"),
        ["UpdateItem", "BatchGetItem", "TransactWriteItems"],
    ),
    "POST /customers": (lambda shop: shop.new_customer(), ["UpdateItem", "TransactWriteItems"]),
    "PATCH /items/{item}": (
        lambda shop: shop.patch("/api/items/1", {"price": 1}),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "DELETE /items/{item}": (lambda shop: shop.delete("/api/items/1"), ["BatchGetItem", "TransactWriteItems"]),
    "POST /items/{item}/adjustments": (
        lambda shop: shop.post("/api/items/1/adjustments", {"delta": 1, "reason": "goods received"}),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "GET /items/{item}/adjustments": (
        lambda shop: shop.get("/api/items/1/adjustments"),
        ["Query", "BatchGetItem"],
    ),
    "GET /customers/{customer}": (lambda shop: shop.get("/api/customers/1"), ["BatchGetItem"]),
    "PATCH /customers/{customer}": (
        lambda shop: shop.patch("/api/customers/1", {"phone": "2"}),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "DELETE /customers/{customer}": (
        lambda shop: shop.delete("/api/customers/1"),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "POST /customer-purchase/{customer}": (
        lambda shop: shop.order(1, (1, 1), (2, 1)),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "PUT /customer-purchase/{customer}": (
        lambda shop: shop.change(2, (3, 2), (4, 1)),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "GET /customer-purchase/{customer}": (lambda shop: shop.invoice(2), ["BatchGetItem"]),
    "DELETE /customer-purchase/{customer}": (
        lambda shop: shop.delete("/api/customer-purchase/2"),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "POST /sync/customers, of a new one": (
        lambda shop: tell(shop, uid="BEA", version=1),
        ["BatchGetItem", "UpdateItem", "TransactWriteItems"],
    ),
    "POST /sync/customers, of a known one": (
        lambda shop: tell(shop, uid="ANN", version=2),
        ["BatchGetItem", "BatchGetItem", "TransactWriteItems"],
    ),
    "GET /sync/digest": (lambda shop: shop.get("/api/sync/digest"), ["Query", "BatchGetItem"]),
    "GET /sync/peers": (lambda shop: shop.get("/api/sync/peers"), ["BatchGetItem"]),
    "POST /sync/peers/{peer}/resume": (
        lambda shop: shop.post("/api/sync/peers/paris/resume", None),
        ["TransactWriteItems"],
    ),
    "GET /sync/conflicts": (lambda shop: shop.get("/api/sync/conflicts"), ["Query"]),
    "POST /sync/conflicts/{conflict}/apply": (
        lambda shop: shop.post(f"/api/sync/conflicts/{CONFLICT}/apply", None),
        ["BatchGetItem", "BatchGetItem", "TransactWriteItems"],
    ),
    "DELETE /sync/conflicts/{conflict}": (
        lambda shop: shop.delete(f"/api/sync/conflicts/{CONFLICT}"),
        ["BatchGetItem", "TransactWriteItems"],
    ),
    "GET /health": (lambda shop: shop.get("/api/health"), ["BatchGetItem"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_access_costs_the_calls_that_the_documentation_names(shop: Shop, name: str) -> None:
    stocked(shop)
    call, expected = CALLS[name]
    calls: list[str] = []
    operations = {operation for _, names in CALLS.values() for operation in names}
    with ExitStack() as stack:
        for operation in operations:
            stack.enter_context(seen(operation, lambda _, name=operation: calls.append(name)))  # type: ignore[misc]
        reply = call(shop)
    assert isinstance(reply, int) or reply.status < 300
    assert calls == expected


def test_the_documentation_has_the_same_table() -> None:
    text = (PROJECT / "docs/architecture.md").read_text().split("### What each access costs")[1].split("\n## ")[0]
    documented = {name: calls.split(", ") for name, calls in re.findall(r"^\| `(.+?)` \| (.+?) \|", text, re.MULTILINE)}
    assert documented == {name: expected for name, (_, expected) in CALLS.items()}


def test_an_order_of_96_lines_is_two_round_trips(shop: Shop) -> None:
    made = [shop.new_item(5) for _ in range(96)]
    customer = shop.new_customer()
    bodies: list[int] = []
    with seen("*", lambda body: bodies.append(len(body.get("TransactItems", [])))):
        assert shop.order(customer, *((item, 1) for item in made)).status == 201
    assert bodies == [0, 98]
