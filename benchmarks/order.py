"""An order in the Lambda function, beside the same two calls made with a bare boto3 client.

The yardstick sends the very bodies that the app sent, keys and expressions alike, and makes nothing of the answers: no
HTTP, no JSON of the caller's, no checks, no decision. Its client has boto3's defaults.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3

from benchmarks import records
from benchmarks.handler import call, cut_wire, milliseconds
from benchmarks.table import Row
from chalicelib.settings import settings
from chalicelib.storage.table import CONNECTION

CUSTOMER = 7


def rows() -> Iterator[Row]:
    yield from _rows_of(lines=10, already=0)
    yield from _rows_of(lines=96, already=0)
    yield from _rows_of(lines=10, already=90)


def _rows_of(lines: int, already: int) -> Iterator[Row]:
    """For an order of so many lines, by a customer whose open invoice has so many already."""
    wanted = range(1, lines + 1)
    read = [records.customer(CUSTOMER), *map(records.item, wanted)]
    if already:
        read.append(records.open_invoice(CUSTOMER, range(1001, 1001 + already)))
    answers = {
        "BatchGetItem": {"Responses": {settings().table_name: read}, "UnprocessedKeys": {}},
        "TransactWriteItems": {},
    }
    body = [{"item": item, "quantity": 2} for item in wanted]
    order = call("POST", "/api/customer-purchase/{customer}", {"customer": str(CUSTOMER)}, body=body)
    bare = boto3.client("dynamodb")
    with cut_wire(CONNECTION.client, answers) as sent, cut_wire(bare, answers):
        order()
        bodies = {operation: json.loads(body) for operation, body in sent}
        what = f"order of {lines} lines" + (f", {already} there already" if already else "")
        yield Row(f"{what}: round trips", len(sent), most=2)
        yield _write_units(what, bodies["TransactWriteItems"]["TransactItems"], read)

        def bare_order() -> None:
            bare.batch_get_item(**bodies["BatchGetItem"])
            bare.transact_write_items(**bodies["TransactWriteItems"])

        ours, its = milliseconds(order, bare_order)
        yield Row(f"{what}: CPU", ours, "ms", "the same calls, bare boto3", its, most_ratio=2)


def _write_units(what: str, actions: list[dict[str, Any]], read: list[records.Stored]) -> Row:
    sizes = {_key(record): records.size(record) for record in read}
    units = [(kind, _units(body, sizes)) for action in actions for kind, body in action.items()]
    return Row(
        f"{what}: write units",
        sum(spent for _, spent in units),
        yardstick="items and invoice alone",
        its_figure=sum(spent for kind, spent in units if kind != "ConditionCheck"),
    )


def _units(action: dict[str, Any], sizes: dict[str, int]) -> int:
    """Two for each started KB of the record, as a transaction costs. An update leaves the size as it was."""
    size = records.size(action["Item"]) if "Item" in action else sizes[_key(action["Key"])]
    return 2 * -(-size // 1024)


def _key(record: records.Stored) -> str:
    return f"{record['pk']['S']} {record['sk']['S']}"
