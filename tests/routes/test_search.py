"""Finding items and customers by what people know of them."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.services import search
from tests.conftest import Shop, records
from tests.wire import seen


@pytest.fixture
def northwind(shop: Shop) -> Shop:
    shop.new_item(description="Chai (10 boxes x 20 bags)", sku="NW-0001")
    shop.new_item(description="Chang", name="Chai latte", sku="NW-0002")
    shop.new_item(description="Camembert Pierrot", quantity=2)
    shop.new_item(description="Gnocchi di nonna Alice", quantity=9, reorder_point=10)
    shop.new_item(description="Tourtière")
    shop.new_item(description="煎茶 (緑茶)")
    shop.new_item(description="№5 𝒯𝑒𝒶", sku="Cafe\u0301")
    return shop


def ids(shop: Shop, path: str) -> list[int]:
    reply = shop.get(path)
    assert reply.status == 200, reply.text
    return [found["id"] for found in reply.json]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chai", [1, 2]),
        ("CHA", [1, 2]),
        ("chai+bags", [1]),
        ("bags+chai", [1]),
        ("chai+nonna", []),
        ("nw-0001", [1]),
        ("0002", [2]),
        ("tourtiere", [5]),
        ("TOURTI%C3%88RE", [5]),
        ("ourti", []),
        ("%E8%8C%B6", [6]),
        ("%E7%B7%91%E8%8C%B6", [6]),
        ("chai%23", [1, 2]),
        ("no5", [7]),
        ("tea", [7]),
        ("x", [1]),
        ("(", []),
    ],
)
def test_items_are_found_by_the_beginnings_of_their_words(northwind: Shop, text: str, found: list[int]) -> None:
    assert sorted(ids(northwind, f"/api/items?text={text}")) == found


def test_an_item_is_found_by_its_sku(northwind: Shop) -> None:
    assert ids(northwind, "/api/items?sku=NW-0002") == [2]
    assert ids(northwind, "/api/items?sku=NW-0002&text=chang") == [2]
    assert ids(northwind, "/api/items?sku=NW-0002&text=tea") == []
    assert ids(northwind, "/api/items?sku=nw-0002") == []
    for sku in ("Caf%C3%A9", "Cafe%CC%81", "%20Caf%C3%A9%20"):
        assert ids(northwind, f"/api/items?sku={sku}") == [7]


def test_what_is_found_follows_changes(northwind: Shop) -> None:
    northwind.patch("/api/items/1", {"description": "Darjeeling", "sku": "T-1"})
    assert ids(northwind, "/api/items?text=chai") == [2]
    assert ids(northwind, "/api/items?text=darj") == [1]
    assert ids(northwind, "/api/items?sku=NW-0001") == []
    northwind.delete("/api/items/1")
    assert ids(northwind, "/api/items?text=darj") == []
    assert not [record for record in records() if record.get("kind") == "entry" and record["id"] == 1]


def test_archived_items_are_found_among_the_archived(northwind: Shop) -> None:
    northwind.new_customer()
    northwind.order(1, (1, 1))
    northwind.delete("/api/items/1")
    assert ids(northwind, "/api/items?text=chai") == [2]
    assert ids(northwind, "/api/items?text=chai&archived=true") == [1]


def test_low_stock_is_what_is_at_or_below_its_reorder_point(northwind: Shop) -> None:
    northwind.new_customer()
    assert ids(northwind, "/api/items?low_stock=true") == [3, 4]
    northwind.order(1, (1, 95), (2, 94))
    assert ids(northwind, "/api/items?low_stock=true") == [1, 3, 4]
    assert ids(northwind, "/api/items?low_stock=true&text=chai") == [1]
    northwind.change(1, (1, 1))
    northwind.post("/api/items/3/adjustments", {"counted": 6, "reason": "stock count"})
    northwind.patch("/api/items/2", {"reorder_point": 6})
    assert ids(northwind, "/api/items?low_stock=true") == [2, 4]
    northwind.delete("/api/customer-purchase/1")
    assert ids(northwind, "/api/items?low_stock=true") == [4]


def test_an_item_with_many_such_words_is_shown_once_wherever_the_page_ends(shop: Shop) -> None:
    for number in range(7):
        shop.new_item(description=f"tea teapot teacup teaspoon number{number}")
    found, path = [], "/api/items?text=tea&limit=2"
    while path:
        reply = shop.get(path)
        found.append([item["id"] for item in reply.json])
        path = reply.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert found == [[1, 2], [3, 4], [5, 6], [7]]


def test_a_search_for_what_is_rare_ends_in_time_and_goes_on_by_its_link(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        shop.new_item(description=f"teapot n{number}")
    monkeypatch.setattr(search, "AT_ONCE", 2)
    monkeypatch.setattr(search, "MOST_TIMES", 2)
    first = shop.get("/api/items?text=teapot+n8")
    assert first.json == []
    second = shop.get(first.headers["Link"].removeprefix("<").split(">")[0])
    third = shop.get(second.headers["Link"].removeprefix("<").split(">")[0])
    assert ([item["id"] for item in third.json], third.headers.get("Link")) == ([9], None)


CUSTOMERS: list[dict[str, Any]] = [
    {"name": "Alfreds Futterkiste", "phone": "030-0074321", "address": "Berlin", "email": "Alf@Example.com"},
    {"name": "Ana Trujillo Emparedados", "phone": "(5) 555-4729", "address": "México D.F."},
    {"name": "Berglunds snabbköp", "phone": "+46 921 123465", "address": "Luleå", "email": "alfa@b.example"},
    {"name": "Short", "phone": "5555", "address": "x", "email": "a#b@example.com"},
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=al", [1]),
        ("name=trujillo+ana", [2]),
        ("name=snabbkop", [3]),
        ("phone=%2B49+30+0074321", [1]),
        ("phone=0074321", [1]),
        ("phone=4321", [1]),
        ("phone=5554729", [2]),
        ("phone=%2B52+5+555-4729", [2]),
        ("phone=0921+123465", [3]),
        ("phone=0922+123465", []),
        ("phone=%2B44+20+5555", [4]),
        ("email=alf@example.com", [1]),
        ("email=ALF", [1, 3]),
        ("email=alf&name=berg", [3]),
        ("name=al&phone=4729", []),
    ],
)
def test_customers_are_found_by_name_phone_and_email(shop: Shop, query: str, found: list[int]) -> None:
    for customer in CUSTOMERS:
        assert shop.post("/api/customers", customer).status == 201
    assert sorted(ids(shop, f"/api/customers?{query}")) == found


def test_a_search_for_an_email_with_a_hash_leads_on(shop: Shop) -> None:
    for _ in range(3):
        shop.post("/api/customers", CUSTOMERS[3])
    found, path = [], "/api/customers?email=a%23b&limit=1"
    while path:
        reply = shop.get(path)
        found += [customer["id"] for customer in reply.json]
        path = reply.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert found == [1, 2, 3]


def test_customers_are_found_by_what_is_true_now(shop: Shop) -> None:
    shop.post("/api/customers", CUSTOMERS[0])
    shop.patch("/api/customers/1", {"phone": "030-1111111", "email": None, "name": "Maria Anders"})
    assert ids(shop, "/api/customers?phone=0074321") == []
    assert ids(shop, "/api/customers?email=alf") == []
    assert ids(shop, "/api/customers?phone=1111111&name=anders") == [1]
    entries = {record["pk"] for record in records() if record.get("kind") == "entry"}
    uid = shop.get("/api/customers/1").json["uid"]
    assert entries == {"CUSTOMER_NAMES#a", "CUSTOMER_NAMES#m", "CUSTOMER_PHONES#1", f"CUSTOMER_UID#{uid}"}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("text=", "text"),
        ("text=" + "x" * 101, "text"),
        ("text=a%0Ab", "text"),
        ("low_stock=yes", "low_stock"),
        ("low_stok=true", "low_stok"),
        ("text=a&text=b", "text"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_wrong_filter_is_named(shop: Shop, query: str, parameter: str) -> None:
    reply = shop.get(f"/api/items?{query}")
    assert (reply.status, reply.json["errors"][0]["parameter"]) == (400, parameter)


def test_no_search_reads_the_whole_table(northwind: Shop) -> None:
    for _ in range(30):
        northwind.new_item()
    searches: dict[str, Callable[[], list[int]]] = {
        "text": lambda: ids(northwind, "/api/items?text=chang"),
        "sku": lambda: ids(northwind, "/api/items?sku=NW-0002"),
        "low_stock": lambda: ids(northwind, "/api/items?low_stock=true"),
    }
    for name, search_for in searches.items():
        looked_at: list[Any] = []
        with seen("Query", looked_at.append), seen("BatchGetItem", looked_at.append):
            assert 1 <= len(search_for()) <= 2
        keys = [key for body in looked_at for each in body.get("RequestItems", {}).values() for key in each["Keys"]]
        assert (len(looked_at), len(keys) <= 2) == (2, True), name
