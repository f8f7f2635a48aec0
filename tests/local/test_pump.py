import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from chalice.app import Chalice, DynamoDBEvent, SQSEvent
from moto import mock_aws

from local.pump import pumps

TABLE = "corner-shop"


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield


class Orders:
    """A queue, its dead letters, and a function that takes batches of two from it."""

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self.dead_letters = self._sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        redrive = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead-letters", "maxReceiveCount": 2}
        self.queue = self._sqs.create_queue(
            QueueName="orders", Attributes={"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(redrive)}
        )["QueueUrl"]
        self.app = Chalice("corner-shop")
        self.batches: list[list[str]] = []
        self.events: list[dict[str, Any]] = []
        self.failing: set[str] = set()
        self.partial = False

        @self.app.on_sqs_message(queue="orders", batch_size=2)
        def take(event: SQSEvent) -> dict[str, Any] | None:
            records = event.to_dict()["Records"]
            self.events += records
            self.batches.append([record["body"] for record in records])
            failed = [record["messageId"] for record in records if record["body"] in self.failing]
            if failed and not self.partial:
                raise OSError("no more paper")
            return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

        self._turns = pumps(self.app, TABLE)

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self._sqs.send_message(
                QueueUrl=self.queue,
                MessageBody=body,
                MessageAttributes={"site": {"StringValue": "Berlin", "DataType": "String"}},
            )

    def pump(self) -> None:
        for turn in self._turns:
            turn()

    def waiting(self, url: str) -> int:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


def test_messages_come_in_batches_and_are_deleted_when_they_are_done() -> None:
    orders = Orders()
    orders.send("a", "b", "c")
    orders.pump()
    assert orders.batches == [["a", "b"], ["c"]]
    assert orders.waiting(orders.queue) == 0


def test_a_message_looks_as_lambda_brings_it() -> None:
    orders = Orders()
    orders.send("a")
    orders.pump()
    (event,) = orders.events
    assert (event["body"], event["eventSource"]) == ("a", "aws:sqs")
    assert event["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:orders"
    assert event["attributes"]["ApproximateReceiveCount"] == "1"
    assert event["messageAttributes"]["site"] == {"stringValue": "Berlin", "dataType": "String"}


def test_a_batch_that_fails_comes_again_and_ends_as_dead_letters() -> None:
    orders = Orders()
    orders.app.log.disabled = True
    orders.failing = {"b"}
    orders.send("a", "b")
    for _ in range(3):
        orders.pump()
    assert orders.batches == [["a", "b"], ["a", "b"]]
    assert (orders.waiting(orders.queue), orders.waiting(orders.dead_letters)) == (0, 2)


def test_of_a_batch_that_fails_in_part_only_that_part_comes_again() -> None:
    orders = Orders()
    orders.partial = True
    orders.failing = {"b"}
    orders.send("a", "b")
    orders.pump()
    orders.failing = set()
    orders.pump()
    assert orders.batches == [["a", "b"], ["b"]]
    assert orders.waiting(orders.queue) == 0


class Changes:
    """A table, and a function that takes batches of two changes from its stream."""

    def __init__(self, starting_position: str = "LATEST") -> None:
        self._dynamodb = boto3.client("dynamodb")
        self.app = Chalice("corner-shop")
        self.batches: list[list[str]] = []
        self.events: list[dict[str, Any]] = []
        self.failing: set[str] = set()
        self.partial = False

        @self.app.on_dynamodb_record("set by the template", batch_size=2, starting_position=starting_position)
        def follow(event: DynamoDBEvent) -> dict[str, Any] | None:
            records = event.to_dict()["Records"]
            self.events += records
            self.batches.append([record["dynamodb"]["Keys"]["pk"]["S"] for record in records])
            failed = [
                record["dynamodb"]["SequenceNumber"]
                for record in records
                if record["dynamodb"]["Keys"]["pk"]["S"] in self.failing
            ]
            if failed and not self.partial:
                raise OSError("no more paper")
            return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}

        self._turns = pumps(self.app, TABLE)

    def put(self, *keys: str, **attributes: Any) -> None:
        for key in keys:
            self._dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": key}, **attributes})

    def fail_to_put(self, key: str) -> None:
        put = {"TableName": TABLE, "Item": {"pk": {"S": key}}, "ConditionExpression": "attribute_exists(pk)"}
        with pytest.raises(self._dynamodb.exceptions.TransactionCanceledException):
            self._dynamodb.transact_write_items(TransactItems=[{"Put": put}])  # type: ignore[typeddict-item]

    def pump(self) -> None:
        for turn in self._turns:
            turn()


def test_changes_come_in_order_and_once() -> None:
    changes = Changes()
    changes.put("a", "b", "c")
    changes.pump()
    changes.pump()
    assert changes.batches == [["a", "b"], ["c"]]


def test_a_change_looks_as_lambda_brings_it() -> None:
    changes = Changes()
    changes.put("a", photo={"B": b"\x00\xff"})
    changes.put("a")
    changes.pump()
    first, second = changes.events
    assert (first["eventName"], second["eventName"]) == ("INSERT", "MODIFY")
    assert first["dynamodb"]["NewImage"]["photo"] == {"B": "AP8="}
    assert second["dynamodb"]["OldImage"] == first["dynamodb"]["NewImage"]
    assert isinstance(first["dynamodb"]["ApproximateCreationDateTime"], float)
    assert first["eventSourceARN"].startswith(f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}/stream/")


@pytest.mark.parametrize(("starting_position", "brought"), [("LATEST", []), ("TRIM_HORIZON", [["a"]])])
def test_changes_of_before_come_only_from_the_trim_horizon(starting_position: str, brought: list[list[str]]) -> None:
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "a"}})
    changes = Changes(starting_position)
    changes.pump()
    assert changes.batches == brought


def test_changes_that_fail_hold_up_those_behind_them_until_they_succeed() -> None:
    changes = Changes()
    changes.app.log.disabled = True
    changes.failing = {"b"}
    changes.put("a", "b", "c")
    changes.pump()
    changes.failing = set()
    changes.pump()
    assert changes.batches == [["a", "b"], ["a", "b"], ["c"]]


def test_of_changes_that_fail_in_part_those_before_do_not_come_again() -> None:
    changes = Changes()
    changes.partial = True
    changes.failing = {"b"}
    changes.put("a", "b", "c")
    changes.pump()
    changes.failing = set()
    changes.pump()
    assert changes.batches == [["a", "b"], ["b", "c"]]


def test_changes_still_come_after_a_transaction_that_failed() -> None:
    changes = Changes()
    changes.put("a")
    changes.pump()
    changes.fail_to_put("b")
    changes.put("c")
    changes.pump()
    assert changes.batches == [["a"], ["c"]]
