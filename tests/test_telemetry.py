"""What an operator sees: one line for each piece of work, one metric for each thing that matters."""

import json
from io import StringIO
from typing import Any

import pytest

from chalicelib.telemetry import log
from tests.conftest import Shop

SECRETS = ("Ann Arbor", "1 Main St", "734 555")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The JSON lines written since the last look: those of the log, then those of the metrics."""
    written = StringIO()
    # The log took hold of standard output when the app was imported.
    monkeypatch.setattr(log.registered_handler, "stream", written)

    def look() -> list[dict[str, Any]]:
        text = written.getvalue() + capsys.readouterr().out
        written.truncate(0)
        written.seek(0)
        return [json.loads(line) for line in text.splitlines()]

    return look


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
