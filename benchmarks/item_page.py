"""A page of 100 items in the Lambda function, beside the same query made with a bare boto3 client.

The yardstick sends the very body that the app sent, and makes nothing of the answer: 101 items stay DynamoDB's own
JSON, parsed, and no page is written for a caller.
"""

import json
from collections.abc import Iterator

import boto3

from benchmarks import records
from benchmarks.handler import call, cut_wire, milliseconds
from benchmarks.table import Row
from chalicelib.storage.table import CONNECTION


def rows() -> Iterator[Row]:
    items = [records.item(number) for number in range(1, 102)]
    last = {name: items[-1][name] for name in ("pk", "sk")}
    answers = {"Query": {"Items": items, "Count": len(items), "ScannedCount": len(items), "LastEvaluatedKey": last}}
    page = call("GET", "/api/items", query={"limit": "100"})
    bare = boto3.client("dynamodb")
    with cut_wire(CONNECTION.client, answers) as sent, cut_wire(bare, answers):
        assert len(json.loads(page()["body"])) == 100
        yield Row("page of 100 items: round trips", len(sent), most=1)
        query = json.loads(sent[0][1])
        ours, its = milliseconds(page, lambda: bare.query(**query))
        yield Row("page of 100 items: CPU", ours, "ms", "the same query, bare boto3", its, most_ratio=2)
