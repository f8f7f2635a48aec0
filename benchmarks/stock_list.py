"""The stock list of 100,000 items with 100 low, on MiniStack, beside the same queries made with a bare boto3 client.

The yardstick sends the very queries that the app sent, and makes nothing of the answers. Each list is written in a
fresh process, so that its peak of memory is its own.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import boto3
from botocore.config import Config

from benchmarks import records
from benchmarks.table import Row
from chalicelib.services.stock_list import write_stock_list
from chalicelib.storage.table import CONNECTION, counter_key
from local.cloud import create_resources
from tests.engines import environment_on, running_ministack

FEW, MANY = 10_000, 100_000
ITEMS_FOR_ONE_LOW = 1000
MOST_OF_A_BATCH = 25
TODAY = date(2026, 1, 1)


def rows() -> Iterator[Row]:
    with running_ministack() as endpoint:
        os.environ |= environment_on(endpoint)
        environment = os.environ | create_resources("stockroom")
        start = time.monotonic()
        _load(environment["TABLE_NAME"], range(1, FEW + 1))
        few = _measured(environment)
        _load(environment["TABLE_NAME"], range(FEW + 1, MANY + 1))
        loading = time.monotonic() - start
        many = _measured(environment)
    assert many["count"] == MANY // ITEMS_FOR_ONE_LOW
    what = f"stock list of {MANY:,} items"
    yield Row(what, many["seconds"], "s", "the same queries, bare boto3", many["bare seconds"], most=12)
    yield Row(f"{what}: peak memory", many["megabytes"], "MB", f"of {FEW:,} items", few["megabytes"], most_ratio=1.1)
    yield Row(f"{what}: loading them", loading, "s")


def _load(table: str, numbers: range) -> None:
    client = boto3.client("dynamodb", config=Config(parameter_validation=False))
    for first in numbers[::MOST_OF_A_BATCH]:
        batch = range(first, min(first + MOST_OF_A_BATCH, numbers.stop))
        items = [records.item(number, quantity=250 if number % ITEMS_FOR_ONE_LOW else 3) for number in batch]
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    pk, sk = counter_key("items")
    client.put_item(TableName=table, Item={"pk": {"S": pk}, "sk": {"S": sk}, "value": {"N": str(numbers[-1])}})


def _measured(environment: dict[str, str]) -> dict[str, float]:
    run = subprocess.run([sys.executable, "-m", __name__], env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def _measure() -> dict[str, float]:
    sent: list[Any] = []
    CONNECTION.client.meta.events.register(
        "before-send.dynamodb.Query", lambda request, **_: sent.append(json.loads(request.body))
    )
    start = time.perf_counter()
    count = write_stock_list(TODAY)
    written = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bare = boto3.client("dynamodb")
    bare_start = time.perf_counter()
    for query in sent:
        bare.query(**query)
    return {
        "count": count,
        "seconds": written - start,
        "bare seconds": time.perf_counter() - bare_start,
        # Linux counts kilobytes, macOS bytes.
        "megabytes": peak / (1e6 if sys.platform == "darwin" else 1e3),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure()))
