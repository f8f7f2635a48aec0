"""A shop on MiniStack, and sixteen processes that are its callers.

With STOCKROOM_DYNAMODB_ENDPOINT in the environment, its table is there instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local.cloud import create_resources
from tests.concurrency.crew import Crew
from tests.conftest import DYNAMODB
from tests.engines import environment_on, make_table, running_ministack


@dataclass
class Books:
    """What stands in the table, read past the app."""

    table: Any

    def stock(self) -> dict[int, int]:
        return {int(item["id"]): int(item["quantity"]) for item in self._records("item")}

    def low_and_not_marked(self) -> list[int]:
        """Items that the search for low stock would miss, with the shop's own reorder point of 5."""
        low = [item for item in self._records("item") if item["quantity"] <= 5]
        return [int(item["id"]) for item in low if "low_stock" not in item]

    def open_invoices(self) -> dict[int, dict[int, int]]:
        """By customer, the quantity of each item."""
        return {
            int(invoice["customer"]): {int(line["item"]): int(line["quantity"]) for line in invoice["lines"]}
            for invoice in self._records("invoice")
        }

    def _records(self, kind: str) -> list[dict[str, Any]]:
        answer = self.table.scan(ConsistentRead=True)
        assert "LastEvaluatedKey" not in answer
        return [record for record in answer["Items"] if record.get("kind") == kind]


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    try:
        with running_ministack() as endpoint:
            environment = environment_on(endpoint) | create_resources("stockroom", endpoint)
            if DYNAMODB:
                make_table(DYNAMODB, environment["TABLE_NAME"])
            keys = {"LOCAL_ADMIN_KEY": "local-admin", "STOCKROOM_KEY": "local-admin"}
            yield environment | keys | {"AWS_ENDPOINT_URL_DYNAMODB": DYNAMODB or endpoint}
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="module")
def crew(environment: dict[str, str]) -> Iterator[Crew]:
    with Crew(16, environment) as crew:
        yield crew


@pytest.fixture
def books(environment: dict[str, str]) -> Books:
    dynamodb = boto3.resource("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL_DYNAMODB"])
    return Books(dynamodb.Table(environment["TABLE_NAME"]))
