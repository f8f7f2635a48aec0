import csv
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from chalice.test import Client

import app
from chalicelib.settings import settings
from chalicelib.storage import files, stock
from tests.conftest import Shop

TODAY = datetime.now(UTC).date()


def run() -> dict[str, int]:
    with Client(app.app) as client:
        event = client.events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
        result: dict[str, int] = client.lambda_.invoke("write_stock_list", event).payload
        return result


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    shop.new_item(100, description="Plenty")
    shop.new_item(5, description='Low, "very"', sku="=1+1")
    shop.new_item(20, description="Low by its own measure", reorder_point=20)
    shop.new_item(100, description="Expiring", expires_on=str(TODAY + timedelta(days=5)))
    shop.new_item(100, description="Good for long", expires_on=str(TODAY + timedelta(days=6)))
    shop.new_item(3, description="Few are enough", reorder_point=2)
    return shop


def test_the_list_names_what_is_low_or_expiring_and_why(stocked: Shop) -> None:
    reply = stocked.get("/api/low-stock-items")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.text.splitlines() == [
        "Item ID, Description, Quantity",
        '2, "Low, ""very""", 5, low stock (reorder point 5)',
        "3, Low by its own measure, 20, low stock (reorder point 20)",
        f"4, Expiring, 100, expires on {TODAY + timedelta(days=5)}",
    ]


def test_the_file_of_the_last_run_is_served_until_the_next_run(stocked: Shop) -> None:
    assert run() == {"items": 3}
    stocked.post("/api/items/1/adjustments", {"counted": 0, "reason": "stock count"})
    assert "Plenty" not in stocked.get("/api/low-stock-items").text
    assert run() == {"items": 4}
    assert "1, Plenty, 0, out of stock" in stocked.get("/api/low-stock-items").text


def test_a_raised_reorder_point_of_the_shop_reaches_the_search_with_the_next_list(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = "/api/items?low_stock=true"
    assert [item["id"] for item in stocked.get(low).json] == [2, 3]
    raised = settings()._replace(reorder_point=100)
    for room in ("services.stock_list", "services.items", "storage.table"):
        monkeypatch.setattr(f"chalicelib.{room}.settings", lambda: raised)
    run()
    assert [item["id"] for item in stocked.get(low).json] == [1, 2, 3, 4, 5]


def test_an_item_that_goes_while_the_list_is_written_does_no_harm(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = settings()._replace(reorder_point=100)
    monkeypatch.setattr("chalicelib.services.stock_list.settings", lambda: raised)
    real = stock.mark_low

    def delete_and_mark(id: int) -> None:
        stocked.delete(f"/api/items/{id}")
        real(id)

    monkeypatch.setattr("chalicelib.services.stock_list.mark_low", delete_and_mark)
    assert run()["items"] >= 1


def test_running_twice_writes_the_same(stocked: Shop) -> None:
    run()
    first = [stocked.get(f"/api/low-stock-items?format={name}").text for name in ("txt", "csv", "json")]
    run()
    assert [stocked.get(f"/api/low-stock-items?format={name}").text for name in ("txt", "csv", "json")] == first


@pytest.mark.parametrize("asked", [{"query": "?format=csv"}, {"accept": "text/csv"}])
def test_csv_is_read_back_and_harmless_in_a_spreadsheet(stocked: Shop, asked: dict[str, str]) -> None:
    reply = stocked.get("/api/low-stock-items" + asked.get("query", ""), Accept=asked.get("accept", "*/*"))
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(reply.text.splitlines()))
    assert rows[0][:3] == ["Item ID", "Description", "Quantity"]
    assert rows[1] == ["2", 'Low, "very"', "5", "low stock (reorder point 5)", "'=1+1", "", ""]
    assert [row[0] for row in rows[1:]] == ["2", "3", "4"]


def test_json_has_the_same_items(stocked: Shop) -> None:
    found = stocked.get("/api/low-stock-items", Accept="text/csv;q=0.5, application/json").json
    assert [(row["item"], row["quantity"], row["reasons"]) for row in found] == [
        (2, 5, ["low stock (reorder point 5)"]),
        (3, 20, ["low stock (reorder point 20)"]),
        (4, 100, [f"expires on {TODAY + timedelta(days=5)}"]),
    ]


def test_an_empty_list_is_a_list(shop: Shop) -> None:
    assert shop.get("/api/low-stock-items").text == "Item ID, Description, Quantity\n"
    assert shop.get("/api/low-stock-items?format=json").json == []
    assert len(shop.get("/api/low-stock-items?format=csv").text.splitlines()) == 1


def test_archived_items_are_not_listed(stocked: Shop) -> None:
    customer = stocked.new_customer()
    stocked.order(customer, (2, 1))
    stocked.delete("/api/items/2")
    assert "very" not in stocked.get("/api/low-stock-items").text


def test_a_list_too_long_to_answer_with_is_a_link(stocked: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_ANSWER", 10)
    reply = stocked.get("/api/low-stock-items")
    assert reply.status == 303
    assert "stock-list.txt" in reply.headers["Location"]


def test_the_files_stand_in_the_bucket_under_their_names(stocked: Shop) -> None:
    run()
    s3 = boto3.client("s3")
    file = s3.get_object(Bucket=settings().bucket_name, Key="stock-list/stock-list.json")
    assert file["ContentDisposition"] == 'attachment; filename="stock-list.json"'
    assert len(json.loads(file["Body"].read())) == 3


def test_a_format_there_is_none_of_is_named(shop: Shop) -> None:
    reply = shop.get("/api/low-stock-items?format=xml")
    assert (reply.status, reply.json["errors"][0]["parameter"]) == (400, "format")
