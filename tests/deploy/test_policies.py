"""Each function does all its work, and what goes over the wire is held against its own policy: no less, no more."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.client import BaseClient

import app
from chalicelib.services import exchange
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.storage.table import item_key
from chalicelib.sync import post
from chalicelib.sync.post import Answered
from deploy.package import PROJECT
from deploy.trial import CHANGED, DROPPED, PEERS, QUEUED, SCHEDULED
from local.clock import run_scheduled
from tests.conftest import Shop, table

Needed = set[tuple[str, str]]
"""Actions, each with the resource it is for: Table, Bucket, or the key of a file."""

BY_LAMBDA_ITSELF = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
"""In the function's name: its log, the events that it failed on, and what it is brought from queue and stream."""


def needed_for(service: str, operation: str, parameters: dict[str, Any]) -> Needed:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/"""
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            kinds = {kind.removesuffix("Item") for action in parameters["TransactItems"] for kind in action}
            return {(f"dynamodb:{kind}Item", "Table") for kind in kinds}
        case "dynamodb", "Query" if "IndexName" in parameters:
            return {("dynamodb:Query", f"index/{parameters['IndexName']}")}
        case "s3", "HeadObject":
            # Without the right to list, a file that isn't there is a 403.
            return {("s3:GetObject", parameters["Key"]), ("s3:ListBucket", "Bucket")}
        case "s3", "ListObjectsV2":
            return {("s3:ListBucket", "Bucket")}
        case "s3", "DeleteObjects":
            return {("s3:DeleteObject", each["Key"]) for each in parameters["Delete"]["Objects"]}
        case "sqs", "SendMessageBatch":
            fifo = parameters["QueueUrl"].endswith(".fifo")
            return {("sqs:SendMessage", "CustomerEvents" if fifo else "FileRemovals")}
        case "sqs", _:
            return {(f"sqs:{operation}", "CustomerEvents")}
        case "ssm", _:
            return {(f"ssm:{operation}", "peers")}
        case "s3", _:
            return {(f"s3:{operation}", parameters["Key"])}
    return {(f"{service}:{operation}", "Table")}


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Needed]:
    needed: Needed = set()
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def record(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        needed.update(needed_for(client.meta.service_model.service_name, operation, parameters))
        return call(client, operation, parameters)

    def link_to(key: str) -> str:
        # Whoever follows the link acts with the rights of who has made it.
        needed.add(("s3:GetObject", key))
        return link(key)

    link = files.link_to
    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", record)
        patch.setattr(files, "link_to", link_to)
        yield needed


def granted_to(function: str) -> list[tuple[str, str]]:
    """Actions with the resource each is for, as a pattern."""
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    policy = json.loads((PROJECT / ".chalice" / config["lambda_functions"][function]["iam_policy_file"]).read_text())
    return [
        (action, resource["Fn::GetAtt"][0] if "Fn::GetAtt" in resource else _in_the_stack(resource["Fn::Sub"]))
        for statement in policy["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def _in_the_stack(name: str) -> str:
    """The key of a file, the name of an index, or that of a parameter."""
    return name.partition("/")[2].removeprefix("${AWS::StackName}/")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def assert_just_enough(needed: Needed, function: str) -> None:
    granted = granted_to(function)
    unused = {(action, resource) for action, resource in granted if action not in BY_LAMBDA_ITSELF}
    for action, resource in needed:
        fitting = {each for each in granted if each[0] == action and fnmatchcase(resource, each[1])}
        assert fitting, f"{function} may not {action} on {resource}"
        unused -= fitting
    assert not unused, f"{function} never needs {unused}"


@pytest.fixture(autouse=True)
def peers(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
    """One that can't be reached, in the Parameter Store."""
    parameter = {"Name": "/stockroom-test/peers", "Value": json.dumps(PEERS), "Type": "SecureString"}
    boto3.client("ssm").put_parameter(**parameter, Overwrite=True)  # type: ignore[arg-type]
    named = settings()._replace(peers_parameter="/stockroom-test/peers")
    monkeypatch.setattr(exchange, "settings", lambda: named)
    monkeypatch.setattr(exchange, "_remembered", None)


def use_everything(shop: Shop) -> None:
    customer, other = shop.new_customer(), shop.new_customer()
    sold, unsold = shop.new_item(10), shop.new_item(1)
    assert shop.get("/api/health").status == 200
    for path in (
        "/api/items",
        "/api/items?low_stock=true",
        f"/api/items/{sold}",
        "/api/customers",
        f"/api/customers/{customer}",
    ):
        assert shop.get(path).status == 200
    assert shop.patch(f"/api/items/{sold}", {"price": 3}).status == 200
    assert shop.patch(f"/api/customers/{other}", {"name": "Bea"}).status == 200
    assert shop.post(f"/api/items/{sold}/adjustments", {"delta": 5, "reason": "received"}).status == 200
    assert shop.get(f"/api/items/{sold}/adjustments").status == 200
    assert shop.order(customer, (sold, 1)).status == 201
    assert shop.change(customer, (sold, 2)).status == 200
    assert shop.get(f"/api/customer-purchase/{customer}").status == 303
    assert shop.delete(f"/api/customers/{customer}").status == 409
    assert shop.delete(f"/api/customer-purchase/{customer}").status == 204
    for path in (f"/api/customers/{other}", f"/api/items/{sold}", f"/api/items/{unsold}"):
        assert shop.delete(path).status == 204
    assert shop.get("/api/low-stock-items").status == 200
    assert (
        shop.post("/api/customers/import", b"uid,name,phone,address\nA,Ann,1,2\n", Content_Type="text/csv").status
        == 200
    )
    assert shop.get("/api/sync/peers").json[0]["site"] == "paris"
    # Longer than an answer may be, so that it becomes a file.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "LARGEST_ANSWER", 10)
        assert shop.get("/api/items/export").status == 303


def test_the_api_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as needed:
        use_everything(shop)
    assert_just_enough(needed, "api_handler")


def test_the_writer_of_the_stock_list_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    item = shop.new_item(1)
    # As if the shop's reorder point had been lower until now.
    low_mark = {"UpdateExpression": "REMOVE low_stock", "Key": dict(zip(("pk", "sk"), item_key(item), strict=True))}
    table().update_item(**low_mark)
    with recorded(monkeypatch) as needed:
        assert run_scheduled(app.app, "write_stock_list", datetime.now(UTC)) == {"items": 1}
    assert_just_enough(needed, "write_stock_list")


def test_who_reads_the_stream_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as needed:
        app.relay_drops({"Records": [DROPPED]}, None)
    assert_just_enough(needed, "relay_drops")


def test_who_removes_files_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, item = shop.new_customer(), shop.new_item(1)
    shop.order(customer, (item, 1))
    file = urlsplit(shop.get(f"/api/customer-purchase/{customer}").headers["Location"]).path
    message = json.dumps({"folder": file.removeprefix("/").rpartition("/")[0] + "/"})
    with recorded(monkeypatch) as needed:
        answer = app.remove_files({"Records": [{"messageId": "1", "body": message}]}, None)
    assert answer == {"batchItemFailures": []}
    assert_just_enough(needed, "remove_files")


def test_who_reads_the_stream_of_customers_may_do_just_what_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as needed:
        app.relay_customers({"Records": [CHANGED]}, None)
    assert_just_enough(needed, "relay_customers")


def test_who_tells_peers_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = shop.new_customer()
    body = json.dumps({"peer": "paris", "customer": customer, "occasion": ""})
    sqs, url = boto3.client("sqs"), settings().customer_events_url
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="a", MessageDeduplicationId="a")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {**QUEUED, "body": body, "receiptHandle": message["ReceiptHandle"]}
    with recorded(monkeypatch) as needed:
        assert app.send_customers({"Records": [record]}, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
        monkeypatch.setattr(post, "call", lambda *_, **__: Answered(410, "", b""))
        assert app.send_customers({"Records": [record]}, None) == {"batchItemFailures": []}
    assert_just_enough(needed, "send_customers")


def test_who_compares_may_do_just_what_it_does(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.new_customer()
    monkeypatch.setattr(post, "call", lambda *_, **__: Answered(200, "", b'{"pages": {}}'))
    with recorded(monkeypatch) as needed:
        assert app.compare_customers(SCHEDULED, None) == {"queued": {"paris": 1}}
    assert_just_enough(needed, "compare_customers")


def test_every_function_of_the_app_has_a_policy() -> None:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    assert set(config["lambda_functions"]) == {"api_handler", *(source.name for source in app.app.event_sources)}
