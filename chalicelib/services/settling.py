"""Trying again until it is settled: the one place where the time of a request is spent on waiting."""

import random
from collections.abc import Callable
from itertools import count as numbers
from typing import TypeVar

from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Unavailable
from chalicelib.storage.transaction import Outdated
from chalicelib.telemetry import Counted, count

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
ONE_MORE_TRY = 3.0
"""Seconds that must be left to begin another one: two round trips, slow ones."""

Result = TypeVar("Result")


def settle(attempt: Callable[[], Result], clock: Clock) -> Result:
    """Makes attempts, each of them reading and deciding anew, with full jitter between them.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    Raises Unavailable when the time that the request has left is too short for another one.
    """
    for tries in numbers():
        try:
            return attempt()
        except (Outdated, Unavailable) as error:
            pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))  # noqa: S311
            if clock.seconds_left() < pause + ONE_MORE_TRY:
                raise Unavailable(
                    "Too much is going on at once; nothing was changed. Send the request again."
                ) from error
            count(Counted.CONFLICTS_RETRIED)
            clock.sleep(pause)
    raise AssertionError("numbers have no end")
