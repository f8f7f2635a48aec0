"""`python -m deploy.redrive STAGE`: brings dead letters back to their queue, once what they failed on is mended.

A dead letter is sent, and only then deleted: when that breaks off, work is done twice, which does no harm, and none is
lost. What ends up in DeadLetters instead is no work but the notice of a failed run: it is told, with what to do.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from deploy.deploy import stack_name
from deploy.errors import DeployError, told
from deploy.package import PROJECT
from deploy.stack import Stack, aws_session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SECONDS_HIDDEN = 60
"""Nobody receives a dead letter a second time while it is looked at."""

MARK = "redriven-by"

ADVICE = {
    "write-stock-list": "Invoke it with the notice's requestPayload, or wait: the next midnight's list is whole.",
    "relay-customers": "What peers missed follows with the next nightly comparison.",
    "compare-customers": "Invoke it, or wait for the next night.",
    "relay-drops": "PDFs of invoices dropped then are left behind; the bucket's lifecycle removes them in a week.",
}


def redrive(stack: Stack, sqs: "SQSClient") -> None:
    """Raises DeployError."""
    template = json.loads((PROJECT / ".chalice" / "resources.json").read_text())["Resources"]
    physical = dict(stack.resources())
    for name, resource in template.items():
        policy = resource.get("Properties", {}).get("RedrivePolicy")
        if policy and name in physical:
            dead = policy["deadLetterTargetArn"]["Fn::GetAtt"][0]
            count = _move(physical[dead], physical[name], sqs)
            sys.stdout.write(f"{dead} -> {name}: {_messages(count)} moved.\n")
    _tell_notices(physical["DeadLetters"], sqs)


def _move(dead_letters: str, queue: str, sqs: "SQSClient") -> int:
    # What fails again comes back while we are at it. By its mark it is known, and left where it is.
    run = uuid4().hex
    count = 0
    for message in _received(dead_letters, sqs):
        attributes: dict[str, Any] = dict(message.get("MessageAttributes", {}))
        if attributes.get(MARK, {}).get("StringValue") == run:
            continue
        attributes[MARK] = {"DataType": "String", "StringValue": run}
        # Of a queue that keeps the order: in the same group, and as a message of its own.
        group = message["Attributes"].get("MessageGroupId")
        place: Any = {"MessageGroupId": group, "MessageDeduplicationId": uuid4().hex} if group else {}
        sqs.send_message(QueueUrl=queue, MessageBody=message["Body"], MessageAttributes=attributes, **place)
        sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
        count += 1
    return count


def _received(queue: str, sqs: "SQSClient") -> Iterator["MessageTypeDef"]:
    while messages := sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        # Waiting asks all of SQS's servers; without it some are passed over, and the answer may be empty too early.
        WaitTimeSeconds=1,
        VisibilityTimeout=SECONDS_HIDDEN,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["MessageGroupId", "SentTimestamp"],
    ).get("Messages"):
        yield from messages


def _tell_notices(dead_letters: str, sqs: "SQSClient") -> None:
    """They stay, hidden for a minute."""
    told_functions = []
    for message in _received(dead_letters, sqs):
        context = json.loads(message["Body"])["requestContext"]
        sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        told_functions.append(context["functionArn"].removesuffix(":$LATEST").rpartition(":")[2])
        sys.stdout.write(f"  {sent:%Y-%m-%d %H:%M:%S} UTC, {told_functions[-1]}: {context['condition']}\n")
    sys.stdout.write(f"DeadLetters: {_messages(len(told_functions))} of failed runs.\n")
    for ending, advice in ADVICE.items():
        if any(function.endswith(ending) for function in told_functions):
            sys.stdout.write(f"  {ending}: {advice}\n")
    if told_functions:
        sys.stdout.write(f"  Then: aws sqs purge-queue --queue-url {dead_letters}\n")


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"


if __name__ == "__main__":
    with told():
        session = aws_session()
        try:
            redrive(Stack(stack_name(sys.argv[1]), session.client("cloudformation")), session.client("sqs"))
        except ClientError as error:
            raise DeployError(str(error)) from None
