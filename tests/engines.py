"""Engines that take many callers at once, each in a process of its own: MiniStack and AWS's own DynamoDB Local."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3

from local.cloud import TEMPLATE

PYTHON = Path(os.environ.get("STOCKROOM_MINISTACK_PYTHON", Path(__file__).parent.parent / ".ministack/bin/python"))
SECONDS_TO_START = 60

LIBRARIES = Path(__file__).parent.parent / ".dynamodb-local"
SERVE_DYNAMODB_LOCAL = Path(__file__).parent / "dynamodb_local" / "Serve.java"

# Whatever becomes of the process that started it, its end of the pipe closes, and this ends the engine's whole group.
SERVE = """
import os, signal, sys, threading
def end_with_starter():
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_starter, daemon=True).start()
from ministack.app import main
main()
"""


@contextmanager
def running_ministack() -> Iterator[str]:
    """Serves an empty cloud on a free port of this machine only, and yields its address."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"MiniStack is not in {PYTHON}: run make test, which makes .ministack")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nothing else of this process's environment: the engine hands its own on to the functions that it runs.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "AUTH") if name in os.environ}
    environment |= {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [PYTHON, "-c", SERVE], env=environment, stdin=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/_ministack/ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def running_dynamodb_local() -> Iterator[str]:
    """Serves a DynamoDB without tables on a free port of this machine only, and yields its address."""
    command = ["java", f"-Djava.library.path={LIBRARIES}", "-cp", f"{LIBRARIES}/*", str(SERVE_DYNAMODB_LOCAL)]
    # It ends when its input does, so with this process, whatever becomes of it.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "DynamoDB Local did not start; why is told above"
        try:
            yield address
        finally:
            process.kill()


def make_table(endpoint: str, name: str) -> None:
    """Makes the template's table, empty, on an engine that knows no CloudFormation; without what guards its data."""
    properties = json.loads(TEMPLATE.read_text())["Resources"]["Table"]["Properties"]
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName=name)
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=properties["AttributeDefinitions"],
        KeySchema=properties["KeySchema"],
        GlobalSecondaryIndexes=properties["GlobalSecondaryIndexes"],
        BillingMode=properties["BillingMode"],
        StreamSpecification=properties["StreamSpecification"] | {"StreamEnabled": True},
    )


def _wait_until_ready(process: "subprocess.Popen[bytes]", address: str) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends:
        assert process.poll() is None, f"MiniStack ended with status {process.returncode}; why is told above"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"MiniStack was not ready after {SECONDS_TO_START} seconds")


def environment_on(endpoint: str) -> dict[str, str]:
    """What a process needs in its environment to reach this engine, and nothing but it."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
    }
