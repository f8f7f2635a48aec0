from datetime import date

import pytest

from local.demo import customers_csv, items_csv, load_demo
from tests.conftest import Shop

MONDAY = date(2026, 3, 2)


@pytest.fixture
def demo(shop: Shop) -> Shop:
    load_demo(MONDAY)
    return shop


def test_the_demo_shop_has_all_items_and_customers_in_the_order_of_their_files(demo: Shop) -> None:
    items = demo.get("/api/items").json
    assert [(item["id"], item["sku"]) for item in items] == [(id, f"NW-{id:04}") for id in range(1, 78)]
    assert [customer["id"] for customer in demo.get("/api/customers").json] == list(range(1, 92))


def test_an_item_has_what_its_product_has(demo: Shop) -> None:
    item = demo.get("/api/items/1").json
    assert item["name"] == "Chai"
    assert item["description"] == "Chai (10 boxes x 20 bags)"
    assert (item["price"], item["quantity"], item["reorder_point"]) == (18.0, 39, 10)
    assert demo.get("/api/items/65").json["price"] == 21.05


def test_northwind_goes_in_and_comes_out_the_same(demo: Shop) -> None:
    assert demo.get("/api/items/export").text == items_csv(MONDAY)
    assert demo.get("/api/customers/export").text == customers_csv()
    for what, text in (("items", items_csv(MONDAY)), ("customers", customers_csv())):
        again = demo.call("POST", f"/api/{what}/import", text.encode(), Content_Type="text/csv")
        assert again.json["counts"] == {"create": 0, "update": 0, "unchanged": len(again.json["rows"])}


def test_a_customers_address_leaves_out_what_is_not_known(demo: Shop) -> None:
    assert demo.get("/api/customers/1").json["address"] == "Obere Str. 57\nBerlin 12209\nGermany"
    assert demo.get("/api/customers/10").json["address"] == "23 Tsawassen Blvd.\nTsawassen BC T2F 8M4\nCanada"
    assert demo.get("/api/customers/37").json["address"] == "8 Johnstown Road\nCork Co. Cork\nIreland"


def test_some_perishables_expire_within_days(demo: Shop) -> None:
    expiring = {item["id"]: item["expires_on"] for item in demo.get("/api/items").json if item["expires_on"]}
    assert expiring[11] == "2026-03-04"
    assert expiring[37] == "2026-03-01"
    assert len(expiring) == 6
