"""One TransactWriteItems: all of it happens, or none, and whoever is told "no" is told why.

Every write that must not happen twice goes through here. Each transaction has a token of its own, which DynamoDB
remembers for 10 minutes as ClientRequestToken: sent again because its answer was lost, it has its effect once only.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import StockroomError, Unanswered, Unavailable
from chalicelib.storage.table import CONNECTION, Key, Record

BUSY = "The data store did not answer in time. Send the request again."

MOST_ACTIONS = 100
"""Of one transaction, each on a record of its own."""

_NO_ANSWER = (ConnectionError, HTTPClientError, ResponseParserError)

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_UNSURE = {"InternalServerError", "TransactionInProgressException"}


Name = str | int
"""What an action is called: `invoice`, `customer`, or the id of an item."""


class Outdated(StockroomError):
    """What the write rested on is no longer so. `records` holds, by name, what stands there now, None for nothing."""

    def __init__(self, records: dict[Name, Any]):
        super().__init__(f"changed in the meantime: {', '.join(map(str, records))}")
        self.records = records


class InConflict(Unavailable):
    """Nothing has happened, as records are being changed by others just now (`names` says which), or too fast."""

    def __init__(self, names: Sequence[Name]):
        super().__init__("Too many orders for the same items at once. Send the request again.")
        self.names = names


@contextmanager
def answered() -> Iterator[None]:
    """Turns a passing failure into Unavailable, or into Unanswered where it is not known what has been done.

    Whatever else is wrong stays as it is.
    """
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError, ResponseParserError) as error:
        cause = getattr(error, "cause", error)
        response = getattr(cause, "response", None) or {}
        code = response.get("Error", {}).get("Code")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        unsure = isinstance(cause, _NO_ANSWER) or status >= 500 or code in _UNSURE
        if unsure or code in _PASSING:
            raise (Unanswered if unsure else Unavailable)(BUSY) from error
        raise


def fetch(keys: Sequence[Key], kind: type[Record] = Record) -> list[Any]:
    """What there is under these keys, at most 100, as it is now. One round trip.

    Raises Unavailable when DynamoDB leaves some out; PynamoDB would ask for those again without a pause or an end.
    """
    table = Record.Meta.table_name
    with answered():
        wanted: Any = [{"pk": pk, "sk": sk} for pk, sk in keys]
        answer = CONNECTION.batch_get_item(table, wanted, consistent_read=True)
    if answer["UnprocessedKeys"]:
        raise Unavailable(BUSY)
    return [kind.from_raw_data(record) for record in answer["Responses"].get(table, [])]


class Transaction(TransactWrite):
    """Actions are added, each under a name; nothing happens before `send`."""

    def __init__(self) -> None:
        super().__init__(connection=CONNECTION, client_request_token=uuid4().hex)
        self._names: dict[str, list[Name]] = {"check": [], "delete": [], "put": [], "update": []}

    def __len__(self) -> int:
        return sum(map(len, self._names.values()))

    def check(self, name: Name, kind: type[Record], key: Key, condition: Condition) -> None:
        self._names["check"].append(name)
        self.condition_check(kind, *key, condition=condition)

    def remove(self, name: Name, record: Record, condition: Condition | None = None) -> None:
        self._names["delete"].append(name)
        self.delete(record, condition=condition)

    def put(self, name: Name, record: Record, condition: Condition) -> None:
        self._names["put"].append(name)
        self.save(record, condition=condition, return_values="ALL_OLD")

    def change(self, name: Name, record: Record, actions: Sequence[Action], condition: Condition) -> None:
        self._names["update"].append(name)
        self.update(record, actions=list(actions), condition=condition, return_values="ALL_OLD")

    def send(self) -> None:
        """Sent again it has its effect once only. One without actions is not sent.

        Raises Outdated or InConflict when nothing has happened, as a condition failed or others were in the way; and
        Unavailable when nobody knows: botocore sends it twice by itself, and where the second time was turned away, the
        first may have come through.
        """
        assert len(self) <= MOST_ACTIONS
        if not len(self):
            return
        with answered():
            try:
                self._commit()
            except TransactWriteError as error:
                self._explain(error)
                raise

    def _explain(self, error: TransactWriteError) -> None:
        # PynamoDB sends, and DynamoDB answers, in this order, not in the order of the calls.
        names = [name for kind in ("check", "delete", "put", "update") for name in self._names[kind]]
        reasons = [(name, reason) for name, reason in zip(names, error.cancellation_reasons, strict=False) if reason]
        failed = {
            name: Record.from_raw_data(reason.raw_item).to_domain() if reason.raw_item else None
            for name, reason in reasons
            if reason.code == "ConditionalCheckFailed"
        }
        if failed:
            raise Outdated(failed) from error
        if any(reason.code in _PASSING for _, reason in reasons):
            raise InConflict([name for name, reason in reasons if reason.code == "TransactionConflict"]) from error


def set_or_remove(kind: type[Record], changes: dict[str, Any]) -> list[Action]:
    """The update that brings the fields of a record to these values; None takes a field away."""
    attributes = [(getattr(kind, name), value) for name, value in changes.items()]
    return [attribute.remove() if value is None else attribute.set(value) for attribute, value in attributes]
