"""Makes moto's transactions true to their token, and bearable: a test that makes 97 items and orders 96 fell from 18
seconds to under four.

DynamoDB carries a transaction out once for each ClientRequestToken; moto doesn't look at it.

For each action of a transaction moto copies the whole table, so that it can put the copy back when the transaction
fails; with the table goes the history of its stream, which only grows. One copy for each transaction does, and of the
history only the list.
"""

import copy
from collections import deque
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

_transact_write_items = DynamoDBBackend.transact_write_items
_answer_transaction = DynamoHandler.transact_write_items
_copies: dict[str, Table] = {}
_carried_out: deque[str] = deque(maxlen=1000)
"""Tokens of the newest transactions; DynamoDB remembers them for ten minutes."""


def mend_transactions() -> None:
    """To be called before moto is used."""
    DynamoHandler.transact_write_items = _answer_once  # type: ignore[method-assign, assignment]
    DynamoDBBackend.transact_write_items = _transact_with_one_copy  # type: ignore[method-assign, assignment]
    Table.__deepcopy__ = _copy_for_rollback  # type: ignore[attr-defined]


def _answer_once(handler: DynamoHandler) -> ActionResult:
    token = handler.body.get("ClientRequestToken")
    if token in _carried_out:
        return ActionResult({})
    answer = _answer_transaction(handler)
    if token:
        _carried_out.append(token)
    return answer


def _transact_with_one_copy(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    try:
        _transact_write_items(backend, transact_items)
    finally:
        _copies.clear()


def _copy_for_rollback(table: Table, memo: dict[int, Any]) -> Table:
    if table.name not in _copies:
        copied = _copies[table.name] = copy.copy(table)
        copied.items = copy.deepcopy(table.items, memo)
        if table.stream_shard is not None:
            copied.stream_shard = copy.copy(table.stream_shard)
            copied.stream_shard.items = list(table.stream_shard.items)
    return _copies[table.name]
