"""Logs and metrics: JSON lines on standard output, which Lambda's log group keeps and CloudWatch counts.

No line holds a key, a secret, or anything of a customer but the number.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

log = Logger(service="stockroom")
# By stage: a table is named for its stack.
_metrics = Metrics(namespace="Stockroom", service=os.environ.get("TABLE_NAME", "stockroom"))


class Counted(StrEnum):
    ORDERS_PLACED = "OrdersPlaced"
    ORDERS_REFUSED = "OrdersRefused"
    CONFLICTS_RETRIED = "ConflictsRetried"
    PDFS_DRAWN = "PdfsDrawn"
    STOCK_LISTS_WRITTEN = "StockListsWritten"
    CUSTOMER_CONFLICTS = "CustomerConflicts"
    PEERS_STOPPED = "PeersStopped"


def count(what: Counted) -> None:
    _metrics.add_metric(name=what, unit=MetricUnit.Count, value=1)


@contextmanager
def observed(work: str, context: object, **known: Any) -> Iterator[dict[str, Any]]:
    """One line for a piece of work when it ends, with what is known and what it adds; then its metrics.

    `context` is what Lambda tells of the invocation.
    """
    added: dict[str, Any] = {"request_id": getattr(context, "aws_request_id", None)}
    began = perf_counter()
    try:
        yield added
    finally:
        log.info(work, **known, **added, milliseconds=round((perf_counter() - began) * 1000, 1))
        if _metrics.metric_set:
            _metrics.flush_metrics()
