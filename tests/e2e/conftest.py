"""`make run` as its users start it, in a process of its own on a free port; and the stack as it is deployed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.package import Package
from local.run import running_file
from tests.e2e.deployed import Deployed, deployed_stacks
from tests.e2e.gateway import Answer, fetch

PROJECT = Path(__file__).parent.parent.parent
KEY = {"Authorization": "Bearer local-admin"}
READY = ("Stockroom is ready at ", "Two sites are ready ")


@pytest.fixture
def port() -> int:
    """Free, as the next one is."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as server, suppress(OSError, OverflowError):
            port = int(server.getsockname()[1])
            socket.create_server(("127.0.0.1", port + 1)).close()
            return port


class Running:
    """The output of a process in a group of its own, as far as it has been read."""

    def __init__(self, port: int, module: str = "local.run", **environment: str):
        self.url = f"http://127.0.0.1:{port}/api"
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=PROJECT,
            env={**os.environ, "PORT": str(port), "DEMO": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""

    def post(self, path: str, body: Any) -> Any:
        answer = fetch("POST", self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json", **KEY})
        assert answer.status_code == 201
        return answer.json

    def get(self, path: str) -> Answer:
        return fetch("GET", self.url + path, headers=KEY)

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if line.startswith(READY):
                return
        pytest.fail(f"It ended before it was ready: {self.output}")

    def wait_until_ended(self) -> int:
        """Returns the exit status."""
        rest, _ = self.process.communicate(timeout=30)
        self.output += rest
        return self.process.returncode

    def left_behind(self) -> list[str]:
        """Commands of its process group; what has no command line any more has ended, asked about or not."""
        table = subprocess.check_output(["ps", "-eo", "pgid=,args="], text=True)
        rows = [line.split(maxsplit=1) for line in table.splitlines()]
        return [command for group, command in rows if group == str(self.process.pid) and not command.startswith("[")]


@contextmanager
def ready(port: int, module: str = "local.run", **environment: str) -> Iterator[Running]:
    running = Running(port, module, **environment)
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.left_behind():
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()
        assert running.process.stdout is not None
        running.process.stdout.close()
        for used in (port, port + 1):
            running_file(used).unlink(missing_ok=True)


@pytest.fixture
def running(port: int) -> Iterator[Running]:
    """With the demo shop in it."""
    with ready(port, DEMO="1") as shop:
        yield shop


@pytest.fixture
def empty_shop(port: int) -> Iterator[Running]:
    with ready(port) as shop:
        yield shop


@pytest.fixture
def two_sites(port: int) -> Iterator[Running]:
    with ready(port, "local.two") as both:
        yield both


@pytest.fixture(scope="module")
def deployed(packaged: Package) -> Iterator[Deployed]:
    """With the demo shop in it."""
    try:
        with deployed_stacks({"prod": packaged}) as (stack,):
            stack.load_demo()
            yield stack
    except FileNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
