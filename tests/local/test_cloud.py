import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial
from threading import Thread
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.cloud import TEMPLATE, create_resources, leave_aws, running_cloud

RESOURCES: dict[str, Any] = json.loads(TEMPLATE.read_text())["Resources"]


@pytest.fixture
def endpoint() -> Iterator[str]:
    with running_cloud() as endpoint:
        yield endpoint
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=5).close()


def test_the_resources_of_the_template_are_made_under_the_name_of_the_stack() -> None:
    with mock_aws():
        made = create_resources("stockroom-here")
        assert made == {
            "TABLE_NAME": "stockroom-here",
            "BUCKET_NAME": "stockroom-here-123456789012",
            "FILE_REMOVALS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/stockroom-here-file-removals",
            "CUSTOMER_EVENTS_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/stockroom-here-customer-events.fifo",
        }
        assert boto3.client("dynamodb").list_tables()["TableNames"] == ["stockroom-here"]
        assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == [made["BUCKET_NAME"]]
        queues = boto3.client("sqs").list_queues()["QueueUrls"]
        assert "stockroom-here-dead-letters" in [url.rsplit("/", 1)[1] for url in queues]


def test_the_table_streams_both_images_and_pays_per_request(endpoint: str) -> None:
    name = create_resources("stockroom-here", endpoint)["TABLE_NAME"]
    table = boto3.client("dynamodb", endpoint_url=endpoint).describe_table(TableName=name)["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_presigned_link_can_be_downloaded_without_credentials(endpoint: str) -> None:
    bucket = create_resources("stockroom-here", endpoint)["BUCKET_NAME"]
    s3 = boto3.client("s3", endpoint_url=endpoint)
    s3.put_object(Bucket=bucket, Key="invoices/open/7/a b.pdf", Body=b"%PDF")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "invoices/open/7/a b.pdf"})
    assert link.startswith(f"{endpoint}/{bucket}/")
    assert subprocess.check_output(["curl", "-sSL", link]) == b"%PDF"


def test_an_idle_connection_keeps_no_one_waiting(endpoint: str) -> None:
    host, port = endpoint.removeprefix("http://").split(":")
    with (
        socket.create_connection((host, int(port))),
        urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=5) as answer,
    ):
        assert answer.status == 200


def test_buyers_at_the_same_time_get_no_more_than_there_is(endpoint: str, request: pytest.FixtureRequest) -> None:
    # Threads take turns so often that requests would meet inside moto, were they let in together.
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)
    table = create_resources("stockroom-here", endpoint)["TABLE_NAME"]
    key = {"pk": {"S": "ITEM"}, "sk": {"S": "1"}}
    boto3.client("dynamodb", endpoint_url=endpoint).put_item(TableName=table, Item={**key, "quantity": {"N": "100"}})
    clients = [boto3.client("dynamodb", endpoint_url=endpoint) for _ in range(8)]
    sold: list[int] = []

    def buy(client: Any) -> None:
        for _ in range(25):
            try:
                client.transact_write_items(
                    TransactItems=[
                        {
                            "Update": {
                                "TableName": table,
                                "Key": key,
                                "UpdateExpression": "SET quantity = quantity - :one",
                                "ConditionExpression": "quantity >= :one",
                                "ExpressionAttributeValues": {":one": {"N": "1"}},
                            }
                        }
                    ]
                )
            except client.exceptions.TransactionCanceledException:
                continue
            sold.append(1)

    buyers = [Thread(target=buy, args=(client,)) for client in clients]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    assert len(sold) == 100
    assert clients[0].get_item(TableName=table, Key=key)["Item"]["quantity"] == {"N": "0"}


def test_no_way_to_a_real_account_is_left_in_the_environment() -> None:
    environment = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "AWS_ENDPOINT_URL_S3": "https://s3", "HOME": "/h"}
    leave_aws(environment)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(environment)
    assert environment["HOME"] == "/h"
    assert environment["AWS_CONFIG_FILE"] == os.devnull


def test_table_and_bucket_outlive_their_stack() -> None:
    for name in ("Table", "Bucket"):
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


# The following are passed over by the embedded cloud, so the template itself is looked at.


def test_the_table_can_be_restored_to_any_second_and_can_not_be_deleted_by_mistake() -> None:
    table = RESOURCES["Table"]["Properties"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_bucket_is_private_and_answers_over_tls_only() -> None:
    access = RESOURCES["Bucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert access == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    statement = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_drafts_of_invoices_and_exports_are_cleared_away_and_nothing_else_expires() -> None:
    rules = RESOURCES["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule} == {
        "invoices/open/": 7,
        "exports/": 1,
    }
