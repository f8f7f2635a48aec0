"""A shop on moto, in process: one thread, so that it is exact.

With STOCKROOM_DYNAMODB_ENDPOINT in the environment, its table is there instead; its bucket and queues stay on moto.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from chalice.test import Client, HTTPResponse
from moto import mock_aws

from deploy.package import Package, package
from local.cloud import create_resources, leave_aws
from local.moto_tables import mend_transactions
from tests.engines import make_table

mend_transactions()
leave_aws(os.environ)
DYNAMODB = os.environ.get("STOCKROOM_DYNAMODB_ENDPOINT")
if DYNAMODB:
    # Read by botocore. moto leaves requests to addresses that aren't AWS's alone.
    os.environ |= dict.fromkeys(("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"), DYNAMODB)
with mock_aws():
    os.environ |= create_resources("stockroom-test") | {"LOCAL_ADMIN_KEY": "local-admin"}

# Only now, since the app reads its environment when it is imported.
import app  # noqa: E402
from chalicelib.settings import settings  # noqa: E402
from chalicelib.telemetry import log  # noqa: E402

PROJECT = Path(__file__).parent.parent


@dataclass
class Reply:
    """An answer of the API, unpacked."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Pointer and code of each error of a problem."""
        return [(error["pointer"], error["code"]) for error in self.json["errors"]]


class Shop:
    """The API as its callers see it, and a few things to put into it."""

    def __init__(self, client: Client):
        self._client = client

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """`body` goes out as JSON, or as it is when it is bytes; header names are written with `_` for `-`."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "Authorization": "Bearer local-admin"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        response: HTTPResponse = self._client.http.request(method, path, headers=sent, body=raw)
        return Reply(response.status_code, response.headers, response.body.decode())

    def get(self, path: str, **headers: str) -> Reply:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any) -> Reply:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> Reply:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Reply:
        return self.call("DELETE", path)

    def new_item(self, quantity: int = 100, price: float = 10.99, description: str = "Tea", **more: Any) -> int:
        body = {"description": description, "price": price, "quantity": quantity, **more}
        return int(self.post("/api/items", body).json["id"])

    def new_customer(self, name: str = "Ann Arbor") -> int:
        body = {"name": name, "phone": "+1 734 555 0100", "address": "1 Main St\nAnn Arbor"}
        return int(self.post("/api/customers", body).json["id"])

    def order(self, customer: int, *lines: tuple[int, int]) -> Reply:
        return self.post(f"/api/customer-purchase/{customer}", _lines(lines))

    def change(self, customer: int, *lines: tuple[int, int]) -> Reply:
        return self.put(f"/api/customer-purchase/{customer}", _lines(lines))

    def invoice(self, customer: int) -> Reply:
        return self.get(f"/api/customer-purchase/{customer}", Accept="application/json")

    def quantity(self, item: int) -> int:
        return int(self.get(f"/api/items/{item}").json["quantity"])


def _lines(lines: tuple[tuple[int, int], ...]) -> list[dict[str, int]]:
    return [{"item": item, "quantity": quantity} for item, quantity in lines]


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What `make package STAGE=prod` makes. Made once for all tests, since it takes some ten seconds."""
    return package("prod", tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def cloud_of_module() -> Iterator[None]:
    """Table, bucket and queue of the template. Made once for a module, since making them takes a second."""
    with mock_aws():
        create_resources("stockroom-test")
        if DYNAMODB:
            make_table(DYNAMODB, settings().table_name)
        yield


@pytest.fixture
def cloud(cloud_of_module: None) -> Iterator[None]:
    """The cloud of the module, empty again after each test."""
    yield
    empty_cloud()


@cache
def table() -> Any:
    return boto3.resource("dynamodb").Table(settings().table_name)


def records() -> list[dict[str, Any]]:
    """All that stands in the table, counters first, which alone have no kind."""
    found: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"LastEvaluatedKey": None}
    while "LastEvaluatedKey" in answer:
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]} if answer["LastEvaluatedKey"] else {}
        answer = table().scan(ConsistentRead=True, **start)
        found += answer["Items"]
    return sorted(found, key=lambda record: ("kind" in record, record["pk"], record["sk"]))


def empty_cloud(leaving: Iterable[dict[str, Any]] = ()) -> None:
    """Of all but these records."""
    with table().batch_writer() as batch:
        for record in records():
            batch.delete_item({name: record[name] for name in ("pk", "sk")})
    with table().batch_writer() as batch:
        for record in leaving:
            batch.put_item(record)
    s3 = boto3.client("s3")
    for file in s3.list_objects_v2(Bucket=settings().bucket_name).get("Contents", []):
        s3.delete_object(Bucket=settings().bucket_name, Key=file["Key"])


@pytest.fixture
def shop(cloud: None) -> Iterator[Shop]:
    with Client(app.app, stage_name="dev", project_dir=str(PROJECT)) as client:
        yield Shop(client)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Item 1 with 10 pieces, item 2 with 10, and customer 1."""
    shop.new_item(10)
    shop.new_item(10)
    shop.new_customer()
    return shop


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
