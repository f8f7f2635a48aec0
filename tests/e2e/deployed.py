"""Packaged stacks, deployed to an engine that runs all of them and holds each function to its policy."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy.deploy import deploy
from deploy.package import Package
from deploy.stack import Stack, aws_session
from tests.concurrency.conftest import Books
from tests.e2e.gateway import Answer, fetch
from tests.engines import environment_on, running_ministack

PROJECT = Path(__file__).parent.parent.parent
SECONDS_TO_HAPPEN = 30
SECONDS_TO_WARM_UP = 5


class Deployed:
    """The stack of a stage, by the names that CloudFormation tells."""

    def __init__(self, endpoint: str, stage: str):
        api = deploy(stage, "", aws_session()).removeprefix("https://").partition(".")[0]
        self.endpoint, self.stage = endpoint, stage
        self.address = f"{endpoint}/restapis/{api}/{stage}/_user_request_"
        self.stack = Stack(f"stockroom-{stage}", boto3.client("cloudformation"))
        self.resources = dict(self.stack.resources())
        self.s3, self.sqs, self.aws_lambda = boto3.client("s3"), boto3.client("sqs"), boto3.client("lambda")
        self.books = Books(boto3.resource("dynamodb").Table(self.resources["Table"]))
        _allow_batches(self.resources)
        self.key = _make_key(stage)
        self.bucket_policy = self.s3.get_bucket_policy(Bucket=self.resources["Bucket"])["Policy"]
        """Lifted here, since it refuses plain HTTP, and the engine speaks nothing else."""
        self.s3.delete_bucket_policy(Bucket=self.resources["Bucket"])

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        known = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        return fetch(method, self.address + path, raw, known | headers)

    def new_item(self, quantity: int = 100, description: str = "Tea") -> int:
        made = self.call("POST", "/api/items", {"description": description, "price": 10.99, "quantity": quantity})
        return int(made.json["id"])

    def new_customer(self) -> int:
        body = {"name": "Ann Arbor", "phone": "+1 734 555 0100", "address": "1 Main St"}
        return int(self.call("POST", "/api/customers", body).json["id"])

    def new_invoice(self) -> int:
        """Of a new customer, whose number is returned, with its PDF drawn."""
        customer = self.new_customer()
        path = f"/api/customer-purchase/{customer}"
        assert self.call("POST", path, [{"item": self.new_item(), "quantity": 1}]).status_code == 201
        assert self.call("GET", path).status_code == 200
        assert self.files_of(customer)
        return customer

    def files_of(self, customer: int) -> list[str]:
        return self.files(f"invoices/open/{customer}/")

    def files(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.resources["Bucket"], Prefix=prefix)
        return [file["Key"] for file in listed.get("Contents", [])]

    def waiting(self, queue: str) -> int:
        """Messages in it, also those that somebody is working on."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.resources[queue], AttributeNames=names)
        return sum(map(int, answer["Attributes"].values()))

    def workers(self) -> list[int]:
        """Processes of the engine that run the API's function; not those that have just been started."""
        table = subprocess.check_output(["ps", "-ewwo", "pid=,ppid=,etimes=,args="], text=True)
        rows = [line.split(maxsplit=3) for line in table.splitlines()]
        engines = {pid for pid, parent, *_ in rows if parent == str(os.getpid())}
        function = f"ministack-lambda-{self.resources['APIHandler']}-"
        return [
            int(pid)
            for pid, parent, seconds, command in rows
            if parent in engines and function in command and int(seconds) >= SECONDS_TO_WARM_UP
        ]

    def set_environment(self, function: str, **variables: str) -> dict[str, str]:
        """Of one of its functions, beside what is in it. Returns what was there."""
        name: Any = self.resources[function]
        configuration = self.aws_lambda.get_function_configuration(FunctionName=name)
        before: dict[str, str] = configuration["Environment"]["Variables"]
        self.aws_lambda.update_function_configuration(FunctionName=name, Environment={"Variables": before | variables})
        return before

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.aws_lambda.invoke(FunctionName=self.resources[function], Payload=json.dumps(event))
        assert "FunctionError" not in answer
        return json.load(answer["Payload"])

    def load_demo(self) -> None:
        # In a process of its own, since the app reads its environment once.
        day = f"date({date.today():%Y, %-m, %-d})"
        load = f"from datetime import date; from local.demo import load_demo; load_demo({day})"
        names = {"TABLE_NAME": self.resources["Table"], "BUCKET_NAME": self.resources["Bucket"]}
        subprocess.run([sys.executable, "-c", load], cwd=PROJECT, env=os.environ | names, check=True)


def wait_until(happened: Callable[[], Any]) -> None:
    ends = time.monotonic() + SECONDS_TO_HAPPEN
    while not happened():
        assert time.monotonic() < ends, f"It did not happen within {SECONDS_TO_HAPPEN} seconds"
        time.sleep(0.1)


@contextmanager
def deployed_stacks(packages: dict[str, Package]) -> Iterator[list[Deployed]]:
    """Of each stage in its order, on an engine that this process's environment is pointed at."""
    with pytest.MonkeyPatch.context() as patch:
        # With this the engine checks each call against the policy of the role that signed it.
        patch.setenv("AUTH", "true")
        # An earlier test's session would sign with that test's credentials.
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        with running_ministack() as endpoint:
            for name, value in environment_on(endpoint).items():
                patch.setenv(name, value)
            patch.setattr("deploy.deploy.package", packages.__getitem__)
            patch.setattr("deploy.stack.SECONDS_BETWEEN_LOOKS", 0.1)
            yield [Deployed(endpoint, stage) for stage in packages]


def _allow_batches(resources: dict[str, str]) -> None:
    """The engine takes SendMessageBatch for an action of its own; to AWS it is SendMessage."""
    iam = boto3.client("iam")
    for role in ("RelayDropsRole", "RelayCustomersRole", "CompareCustomersRole"):
        for name in iam.list_role_policies(RoleName=resources[role])["PolicyNames"]:
            policy: Any = iam.get_role_policy(RoleName=resources[role], PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                if statement["Action"] == "sqs:SendMessage":
                    statement["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
            iam.put_role_policy(RoleName=resources[role], PolicyName=name, PolicyDocument=json.dumps(policy))


def _make_key(stage: str) -> str:
    # As its operator does, and in a process of its own, since the app reads its environment once.
    command = [sys.executable, "-m", "deploy.key", stage]
    return subprocess.check_output(command, cwd=PROJECT, env=os.environ, text=True).splitlines()[0]
