"""One TransactWriteItems: all of it happens, or none, and whoever is told "no" is told why.

Every write that must not happen twice goes through here. The token goes along as ClientRequestToken, which DynamoDB
remembers for 10 minutes, so that a call repeated because its answer was lost has its effect once only.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import StockroomError, Unanswered, Unavailable
from chalicelib.storage.table import CONNECTION, Key, Record

BUSY = "The data store did not answer in time. Send the request again."

_NO_ANSWER = (ConnectionError, HTTPClientError)

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


Name = str | int
"""What an action is called: `invoice`, `customer`, or the id of an item."""


class Outdated(StockroomError):
    """What the write rested on is no longer so. `records` holds, by name, what stands there now, None for nothing."""

    def __init__(self, records: dict[Name, Any]):
        super().__init__(f"changed in the meantime: {', '.join(map(str, records))}")
        self.records = records


@contextmanager
def answered() -> Iterator[None]:
    """Turns a passing failure into Unavailable, or into Unanswered where it is not known what has been done.

    Whatever else is wrong stays as it is.
    """
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        cause = getattr(error, "cause", error)
        response = getattr(cause, "response", None) or {}
        code = response.get("Error", {}).get("Code")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        unsure = isinstance(cause, _NO_ANSWER) or status >= 500 or code == "InternalServerError"
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
    """Used as a context: actions are added under a name, and sent when the block ends.

    Raises Outdated when a condition failed, and Unavailable when it was in conflict with another transaction, throttled
    or not answered; nobody below repeats it for those (botocore doesn't know conflicts, PynamoDB doesn't either).
    """

    def __init__(self, token: str | None = None):
        super().__init__(connection=CONNECTION, client_request_token=token or uuid4().hex)
        self._names: dict[str, list[Name]] = {"check": [], "delete": [], "put": [], "update": []}

    def check(self, name: Name, kind: type[Record], key: Key, condition: Condition) -> None:
        self._names["check"].append(name)
        self.condition_check(kind, *key, condition=condition)

    def remove(self, name: Name, record: Record, condition: Condition) -> None:
        self._names["delete"].append(name)
        self.delete(record, condition=condition)

    def put(self, name: Name, record: Record, condition: Condition) -> None:
        self._names["put"].append(name)
        self.save(record, condition=condition, return_values="ALL_OLD")

    def change(self, name: Name, record: Record, actions: list[Action], condition: Condition) -> None:
        self._names["update"].append(name)
        self.update(record, actions=actions, condition=condition, return_values="ALL_OLD")

    def __exit__(self, *raised: Any) -> None:
        with answered():
            try:
                super().__exit__(*raised)  # type: ignore[no-untyped-call]
            except TransactWriteError as error:
                self._explain(error)
                raise

    def _explain(self, error: TransactWriteError) -> None:
        # PynamoDB sends, and DynamoDB answers, in this order, not in the order of the calls.
        names = [name for kind in ("check", "delete", "put", "update") for name in self._names[kind]]
        failed = {}
        passing = False
        for name, reason in zip(names, error.cancellation_reasons, strict=False):
            if reason is None:
                continue
            if reason.code == "ConditionalCheckFailed":
                failed[name] = Record.from_raw_data(reason.raw_item).to_domain() if reason.raw_item else None
            passing = passing or reason.code in _PASSING
        if failed:
            raise Outdated(failed) from error
        if passing:
            raise Unavailable("Too many orders for the same items at once. Send the request again.") from error


def set_or_remove(kind: type[Record], changes: dict[str, Any]) -> list[Action]:
    """The update that brings the fields of a record to these values; None takes a field away."""
    attributes = [(getattr(kind, name), value) for name, value in changes.items()]
    return [attribute.remove() if value is None else attribute.set(value) for attribute, value in attributes]
