"""From the table's stream over the queue to the bucket, as Lambda would call the functions."""

import json
from typing import Any

import boto3
import pytest

import app
from chalicelib.settings import settings
from chalicelib.storage import queues
from local.pump import pumps
from tests.conftest import Shop


def files() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=settings().bucket_name, Prefix="invoices/")
    return [file["Key"] for file in listed.get("Contents", [])]


def remove_files(*bodies: str) -> dict[str, Any]:
    records = [{"messageId": str(index), "body": body} for index, body in enumerate(bodies)]
    result: dict[str, Any] = app.remove_files({"Records": records}, None)
    return result


@pytest.fixture
def turn(shop: Shop) -> Any:
    """Brings all changes and messages there are to their functions."""
    turns = pumps(app.app, settings().table_name)
    return lambda: [turn() for turn in turns]


def test_the_files_of_a_dropped_invoice_go_and_no_others(shop: Shop, turn: Any) -> None:
    dropped, kept, item = shop.new_customer(), shop.new_customer(), shop.new_item()
    for customer in (dropped, kept):
        shop.order(customer, (item, 1))
        shop.invoice(customer)
        shop.change(customer, (item, 2))
        shop.invoice(customer)
    assert len(files()) == 4
    shop.delete(f"/api/customer-purchase/{dropped}")
    turn()
    assert {name.split("/")[2] for name in files()} == {str(kept)}


def test_other_changes_of_the_table_put_nothing_on_the_queue(
    shop: Shop, turn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, other_item = shop.new_customer(), shop.new_item()
    item, customer = shop.new_item(), shop.new_customer()
    shop.delete(f"/api/items/{item}")
    shop.delete(f"/api/customers/{customer}")
    sent: list[Any] = []
    monkeypatch.setattr(queues, "send", lambda _, messages: sent.extend(messages))
    turn()
    assert sent == []
    shop.order(other, (other_item, 1))
    shop.delete(f"/api/customer-purchase/{other}")
    turn()
    assert len(sent) == 1


def test_a_message_done_twice_does_no_harm(shop: Shop) -> None:
    body = json.dumps({"folder": "invoices/open/1/0123456789abcdef/"})
    assert remove_files(body, body) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    "poison", ["no json", "{}", '{"folder": "invoices/"}', '{"folder": "stock-list/a/b/c/"}', '{"folder": ""}', "[]"]
)
def test_a_message_that_nobody_wrote_fails_alone(shop: Shop, poison: str) -> None:
    customer, item = shop.new_customer(), shop.new_item()
    shop.order(customer, (item, 1))
    shop.invoice(customer)
    (file,) = files()
    good = json.dumps({"folder": file.rpartition("/")[0] + "/"})
    assert remove_files(poison, good) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert files() == []


def test_messages_that_the_queue_refuses_are_not_lost_unnoticed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}

    monkeypatch.setattr(queues, "_client", Refusing)
    with pytest.raises(queues.NotQueued, match="InternalError"):
        queues.send(settings().file_removals_url, [{"folder": "a"}])
