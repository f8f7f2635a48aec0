"""Processes that call the API at the same time, each with the app, its environment and its connections to itself."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple, TypeVar

PROJECT = Path(__file__).parents[2]

Job = TypeVar("Job")
Result = TypeVar("Result")


class Answer(NamedTuple):
    status: int
    json: Any


class Call(NamedTuple):
    method: str
    path: str
    body: Any = None
    pause: float = 0
    """Seconds to wait before it."""


class Crew:
    """A context: its processes live as long as the block."""

    def __init__(self, size: int, environment: dict[str, str], connect: Callable[[], Any] | None = None):
        """Without a way to connect to an API that is elsewhere, each process gets the app itself."""
        self.size = size
        context = multiprocessing.get_context("spawn")
        setup = (environment, context.Barrier(size), connect or _app_itself)
        self._pool = ProcessPoolExecutor(size, context, _start, setup)

    def __enter__(self) -> "Crew":
        # Brings all of them up, so that the first test doesn't begin with some of them still importing.
        self.run(abs, [0])
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def run(self, work: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
        """Gives each job to a process of its own, all starting at once, and returns their results in order."""
        results = [self._pool.submit(_at_the_same_time, work, job) for job in jobs]
        idle = [self._pool.submit(_at_the_same_time, abs, 0) for _ in range(self.size - len(results))]
        for one in idle:
            one.result()
        return [one.result() for one in results]


def call(method: str, path: str, body: Any = None, idempotency_key: str | None = None) -> Answer:
    """The app's answer, in a process of the crew."""
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ['STOCKROOM_KEY']}"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    answer = _client.http.request(method, path, headers=headers, body=raw)
    return Answer(answer.status_code, json.loads(answer.body) if answer.body else None)


def send(calls: Iterable[Call]) -> list[Answer]:
    """One after the other, in a process of the crew."""
    answers = []
    for one in calls:
        time.sleep(one.pause)
        answers.append(call(one.method, one.path, one.body))
    return answers


_client: Any
_barrier: Barrier


def _start(environment: dict[str, str], barrier: Barrier, connect: Callable[[], Any]) -> None:
    global _client, _barrier
    os.environ |= environment
    _client = connect()
    _barrier = barrier


def _app_itself() -> Any:
    # Only now, since the app reads its environment when it is imported.
    from chalice.test import Client

    from app import app

    return Client(app, stage_name="local", project_dir=str(PROJECT)).__enter__()


def _at_the_same_time(work: Callable[[Job], Result], job: Job) -> Result:
    # None of them is free for a second job before each has got its first.
    _barrier.wait(timeout=120)
    return work(job)
