"""The very zip and template that go to AWS, deployed and called from outside.

The engine holds each function to its written policy: a line that is missing there fails here.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from deploy.redrive import redrive
from deploy.trial import SCHEDULED
from tests.e2e.deployed import PROJECT, Deployed, wait_until
from tests.e2e.gateway import fetch
from tests.e2e.tour import take_tour

DEAD = "FileRemovalsDeadLetters"


def test_the_tour_of_the_readme_works_through_its_gateway(deployed: Deployed, tmp_path: Path) -> None:
    take_tour(deployed.address, tmp_path, deployed.key)


def test_the_link_to_an_invoice_downloads_its_pdf_and_only_over_tls(deployed: Deployed) -> None:
    customer = deployed.new_invoice()
    invoice = deployed.call("GET", f"/api/customer-purchase/{customer}", Accept="application/json").json

    assert urlsplit(invoice["pdf_url"]).path.startswith(f"/{deployed.resources['Bucket']}/invoices/open/{customer}/")
    pdf = fetch("GET", invoice["pdf_url"])
    assert pdf.status_code == 200
    assert pdf.body.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="invoice-customer-{customer}.pdf"'

    bucket = deployed.resources["Bucket"]
    deployed.s3.put_bucket_policy(Bucket=bucket, Policy=deployed.bucket_policy)
    assert fetch("GET", invoice["pdf_url"]).status_code == 403
    deployed.s3.delete_bucket_policy(Bucket=bucket)


def test_the_scheduled_function_writes_the_list_that_is_served(deployed: Deployed) -> None:
    function = deployed.resources["WriteStockList"]
    assert deployed.call("GET", "/api/low-stock-items").status_code == 200
    item = deployed.new_item(2, "Darjeeling")
    line = f"{item}, Darjeeling, 2, low stock (reorder point 5)\n"
    assert line not in deployed.call("GET", "/api/low-stock-items").body.decode()

    arn = deployed.aws_lambda.get_function_configuration(FunctionName=function)["FunctionArn"]
    assert boto3.client("events").list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    assert deployed.invoke("WriteStockList", SCHEDULED)["items"] > 1
    assert line in deployed.call("GET", "/api/low-stock-items").body.decode()


def test_the_files_of_a_dropped_invoice_go_by_stream_and_queue(deployed: Deployed) -> None:
    customer, other = deployed.new_invoice(), deployed.new_invoice()
    assert deployed.call("DELETE", f"/api/customer-purchase/{customer}").status_code == 204
    wait_until(lambda: not deployed.files_of(customer))
    assert deployed.files_of(other)


def test_messages_that_fail_become_dead_letters_and_are_redriven_once_what_they_failed_on_is_mended(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = deployed.resources["FileRemovals"]
    # The template's six minutes between tries are long for a test; it tries five times here too.
    deployed.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    customer = deployed.new_invoice()
    environment = deployed.set_environment("RemoveFiles", BUCKET_NAME="no-such-bucket")

    deployed.sqs.send_message(QueueUrl=queue, MessageBody="poison")
    assert deployed.call("DELETE", f"/api/customer-purchase/{customer}").status_code == 204
    wait_until(lambda: deployed.waiting(DEAD) == 2)
    assert deployed.waiting("FileRemovals") == 0
    assert deployed.files_of(customer)

    deployed.set_environment("RemoveFiles", **environment)
    redrive(deployed.stack, deployed.sqs)
    assert f"{DEAD} -> FileRemovals: 2 messages moved.\n" in capsys.readouterr().out
    wait_until(lambda: not deployed.files_of(customer))
    wait_until(lambda: deployed.waiting(DEAD) == 1)
    assert deployed.waiting("FileRemovals") == 0
    [poison] = deployed.sqs.receive_message(QueueUrl=deployed.resources[DEAD])["Messages"]
    assert poison["Body"] == "poison"


def test_notices_of_failed_runs_are_told_with_what_to_do_and_stay(deployed: Deployed) -> None:
    function = deployed.resources["WriteStockList"]
    asynchronous: Any = {"FunctionName": function, "Qualifier": "$LATEST"}
    destinations = deployed.aws_lambda.get_function_event_invoke_config(**asynchronous)["DestinationConfig"]
    # As in the template, but for the tries again, whose first one comes after a minute.
    deployed.aws_lambda.put_function_event_invoke_config(
        **asynchronous, MaximumRetryAttempts=0, DestinationConfig=destinations
    )
    # Not an event that the schedule sends.
    deployed.aws_lambda.invoke(FunctionName=function, InvocationType="Event", Payload="{}")
    wait_until(lambda: deployed.waiting("DeadLetters") == 1)

    told = redrive_from_outside(deployed.stage).stdout

    assert f" UTC, {function}: RetriesExhausted\n" in told
    assert "DeadLetters: 1 message of failed runs.\n  write-stock-list: Invoke it with" in told
    assert deployed.waiting("DeadLetters") == 1


def test_a_stage_that_is_not_deployed_has_nothing_to_redrive(deployed: Deployed) -> None:
    refused = redrive_from_outside("dev")
    assert refused.returncode == 1
    assert refused.stderr == "There is no stack stockroom-dev in us-east-1.\n"


def redrive_from_outside(stage: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.redrive", stage]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
