"""What an operator sees: one line for each piece of work, one metric for each thing that matters."""

import json
from typing import Any

from tests.conftest import Shop

SECRETS = ("Ann Arbor", "1 Main St", "734 555")


def metrics(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        if "_aws" in line
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_each_request_is_one_line_with_route_status_request_id_and_caller(shop: Shop, lines: Any) -> None:
    shop.get("/api/items/77")
    (line,) = lines()
    assert (line["message"], line["route"], line["method"], line["status"]) == (
        "request",
        "/api/items/{item}",
        "GET",
        404,
    )
    assert (len(line["request_id"]), line["caller"]) == (36, 0)
    assert line["milliseconds"] > 0


def test_orders_placed_and_refused_and_pdfs_drawn_are_counted(shop: Shop, lines: Any) -> None:
    customer, item = shop.new_customer(), shop.new_item(1)
    lines()
    shop.order(customer, (item, 1))
    assert metrics(lines()) == {"OrdersPlaced": [1.0]}
    shop.change(customer, (item, 2))
    assert metrics(lines()) == {"OrdersRefused": [1.0]}
    shop.invoice(customer)
    assert metrics(lines()) == {"PdfsDrawn": [1.0]}
    shop.invoice(customer)
    assert metrics(lines()) == {}
    shop.get("/api/low-stock-items")
    assert metrics(lines()) == {"StockListsWritten": [1.0]}


def test_no_line_tells_anything_of_a_customer(shop: Shop, lines: Any) -> None:
    customer, item = shop.new_customer(), shop.new_item(1)
    shop.order(customer, (item, 1))
    shop.order(customer, (item, 5))
    shop.invoice(customer)
    shop.patch(f"/api/customers/{customer}", {"address": "2 Main St", "phone": 734555})
    written = json.dumps(lines())
    assert written.count('"request"') == 6
    assert not [secret for secret in SECRETS if secret in written]
