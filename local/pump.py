"""Lambda's event source mappings for development: brings messages and table changes to the app's functions.

As on AWS, a message is deleted only after its function succeeded; if it failed, the message comes back when its
visibility timeout is over, until the redrive policy of its queue moves it away. Table changes come in order; a batch of
them that failed comes again until it succeeds. Either kind of function may answer with `batchItemFailures` to have only
a part of its batch again.
"""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from chalice.app import Chalice, DynamoDBEventConfig, SQSEventConfig
from chalice.local import LambdaContext

from local.cloud import ACCOUNT, REGION

SECONDS_OF_A_RUN = 60
MOST_MESSAGES = 10
"""That SQS gives at once."""

Event = dict[str, Any]


def pumps(app: Chalice, table_name: str) -> list[Callable[[], None]]:
    """For each function of the app that waits for messages or changes: a call that brings it all there is now."""
    turns: list[Callable[[], None]] = []
    for source in app.event_sources:
        if isinstance(source, SQSEventConfig):
            turns.append(QueuePump(app, source).turn)
        if isinstance(source, DynamoDBEventConfig):
            turns.append(StreamPump(app, source, table_name).turn)
    return turns


class QueuePump:
    def __init__(self, app: Chalice, source: SQSEventConfig):
        self._app = app
        self._source = source
        self._sqs = boto3.client("sqs")
        name = source.queue or str(source.queue_arn).split(":")[-1]
        self._url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def turn(self) -> None:
        while messages := self._receive():
            failed = call(self._app, self._source.name, messages, [message["messageId"] for message in messages])
            for message in messages:
                if message["messageId"] not in failed:
                    self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["receiptHandle"])
            if failed:
                break

    def _receive(self) -> list[Event]:
        received = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(self._source.batch_size, MOST_MESSAGES),
            # The embedded cloud serves one request at a time, so a long poll would make everyone wait.
            WaitTimeSeconds=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "md5OfBody": message["MD5OfBody"],
                "attributes": message["Attributes"],
                "messageAttributes": {
                    name: {key[0].lower() + key[1:]: value for key, value in attribute.items()}
                    for name, attribute in message.get("MessageAttributes", {}).items()
                },
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self._url.rsplit('/', 1)[1]}",
                "awsRegion": REGION,
            }
            for message in received.get("Messages", [])
        ]


class StreamPump:
    """Reads the stream of the one table, whatever ARN the decorator names: on AWS the template sets it.

    It remembers the last change by its number and keeps no iterator, since moto's iterators go blind with the first
    transaction that fails.
    """

    def __init__(self, app: Chalice, source: DynamoDBEventConfig, table_name: str):
        self._app = app
        self._source = source
        self._streams = boto3.client("dynamodbstreams")
        self._arn = boto3.client("dynamodb").describe_table(TableName=table_name)["Table"]["LatestStreamArn"]
        self._shard = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"][0]["ShardId"]
        self._last: str | None = None
        if source.starting_position == "LATEST":
            while changes := self._read():
                self._last = changes[-1]["dynamodb"]["SequenceNumber"]

    def turn(self) -> None:
        while changes := self._read():
            numbers = [change["dynamodb"]["SequenceNumber"] for change in changes]
            failed = call(self._app, self._source.name, changes, numbers)
            for number in numbers:
                if number in failed:
                    return
                self._last = number

    def _read(self) -> list[Event]:
        position: Event = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._last:
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last}
        start = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=self._shard, **position)
        records = self._streams.get_records(ShardIterator=start["ShardIterator"], Limit=self._source.batch_size)
        found: list[Event] = json.loads(json.dumps(records["Records"], default=_as_lambda_does))
        return [{**record, "eventSourceARN": self._arn} for record in found]


def call(app: Chalice, name: str, records: list[Event], ids: list[str]) -> set[str]:
    """Calls a function with a batch and returns the ids of the records that failed: all of them when it raised."""
    try:
        answer = app.handler_map[name]({"Records": records}, LambdaContext(name, 1024, SECONDS_OF_A_RUN * 1000))
    except Exception:
        app.log.exception("The function %s failed; its batch of %d comes again.", name, len(records))
        return set(ids)
    return {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", [])}


def _as_lambda_does(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is not in any event")
