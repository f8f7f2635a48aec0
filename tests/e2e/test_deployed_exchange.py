"""Two deployed stacks that keep each other's customers, by real streams, queues and functions under their policies."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from deploy.package import Package, package
from deploy.redrive import redrive
from deploy.trial import SCHEDULED
from tests.e2e.deployed import Deployed, deployed_stacks, wait_until

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
EVENTS, DEAD = "CustomerEvents", "CustomerEventsDeadLetters"


@pytest.fixture(scope="module")
def sites(packaged: Package, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployed, Deployed]]:
    packages = {"prod": packaged, "dev": package("dev", tmp_path_factory.mktemp("build"))}
    with deployed_stacks(packages) as (prod, dev):
        for here, there in ((prod, dev), (dev, prod)):
            peer = {"site": there.stage, "address": f"{there.address}/api/sync", "secrets": [SECRET]}
            name = f"/stockroom-{here.stage}/peers"
            boto3.client("ssm").put_parameter(Name=name, Value=json.dumps({"peers": [peer]}), Type="SecureString")
            for function in ("APIHandler", "RelayCustomers", "SendCustomers", "CompareCustomers"):
                # The engine speaks no TLS.
                here.set_environment(function, LOOPBACK_PEERS="true")
        yield prod, dev


def customer_named(site: Deployed, name: str) -> Any:
    """None where there is none."""
    return next(iter(site.call("GET", f"/api/customers?name={name}").json), None)


def new_customer(site: Deployed, name: str) -> Any:
    body = {"name": name, "phone": "+1 734 555 0100", "address": "1 Main St"}
    made = site.call("POST", "/api/customers", body)
    assert made.status_code == 201
    return made.json


def pages(site: Deployed) -> Any:
    return site.call("GET", "/api/sync/digest").json["pages"]


def taken_up(site: Deployed) -> int:
    """Messages that somebody works on, or that wait for their next try."""
    names: Any = ["ApproximateNumberOfMessagesNotVisible"]
    attributes = site.sqs.get_queue_attributes(QueueUrl=site.resources[EVENTS], AttributeNames=names)["Attributes"]
    return int(attributes["ApproximateNumberOfMessagesNotVisible"])


@contextmanager
def down(site: Deployed) -> Iterator[None]:
    """No call to its API is answered."""
    name = site.resources["APIHandler"]
    site.aws_lambda.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        site.aws_lambda.delete_function_concurrency(FunctionName=name)


@contextmanager
def tried_once(site: Deployed) -> Iterator[None]:
    """A message that fails becomes a dead letter after its first pause; the template's tries take three days."""
    queue = site.resources[EVENTS]
    attributes = site.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])["Attributes"]
    policy = attributes["RedrivePolicy"]
    once = json.dumps(json.loads(policy) | {"maxReceiveCount": 1})
    site.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": once})
    try:
        yield
    finally:
        site.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})


def test_a_customer_added_on_one_stack_is_on_the_other_and_a_change_there_comes_back(
    sites: tuple[Deployed, Deployed],
) -> None:
    prod, dev = sites
    made = new_customer(prod, "Arbor")
    wait_until(lambda: customer_named(dev, "Arbor"))
    there = customer_named(dev, "Arbor")
    assert {**there, "id": made["id"]} == made

    assert dev.call("PATCH", f"/api/customers/{there['id']}", {"phone": "2"}).status_code == 200
    wait_until(lambda: customer_named(prod, "Arbor")["phone"] == "2")
    assert customer_named(prod, "Arbor")["site"] == "dev"

    assert prod.call("DELETE", f"/api/customers/{made['id']}").status_code == 204
    wait_until(lambda: customer_named(dev, "Arbor") is None)
    assert dev.call("GET", f"/api/customers/{there['id']}").json["archived"]
    assert pages(prod) == pages(dev)
    wait_until(lambda: [site.waiting(EVENTS) for site in sites] == [0, 0])


def test_a_stack_that_was_down_hears_of_what_it_has_missed_when_it_is_back(sites: tuple[Deployed, Deployed]) -> None:
    prod, dev = sites
    with down(dev):
        new_customer(prod, "Bea")
        new_customer(prod, "Cid")
        # The second is taken up when the first has failed and waits for its next try, five seconds later.
        wait_until(lambda: taken_up(prod) == 2)
        assert customer_named(prod, "Bea")
    wait_until(lambda: customer_named(dev, "Bea") and customer_named(dev, "Cid"))
    wait_until(lambda: prod.waiting(EVENTS) == 0)
    assert pages(prod) == pages(dev)


def test_what_was_tried_to_the_end_is_a_dead_letter_until_it_is_redriven(
    sites: tuple[Deployed, Deployed], capsys: pytest.CaptureFixture[str]
) -> None:
    prod, dev = sites
    with down(dev), tried_once(prod):
        new_customer(prod, "Dan")
        wait_until(lambda: prod.waiting(DEAD) == 1)
    assert customer_named(dev, "Dan") is None
    redrive(prod.stack, prod.sqs)
    assert f"{DEAD} -> {EVENTS}: 1 message moved.\n" in capsys.readouterr().out
    wait_until(lambda: customer_named(dev, "Dan"))
    assert prod.waiting(DEAD) == 0


@pytest.mark.parametrize("direction", [1, -1], ids=["the one", "the other"])
def test_what_was_lost_is_found_by_the_nightly_comparison(sites: tuple[Deployed, Deployed], direction: int) -> None:
    having, lacking = sites[::direction]
    name = f"Eve{having.stage}"
    with down(lacking), tried_once(having):
        new_customer(having, name)
        wait_until(lambda: having.waiting(DEAD) == 1)
    having.sqs.purge_queue(QueueUrl=having.resources[DEAD])
    assert pages(having) != pages(lacking)
    assert having.invoke("CompareCustomers", SCHEDULED) == {"queued": {lacking.stage: 1}}
    wait_until(lambda: customer_named(lacking, name))
    assert pages(having) == pages(lacking)
