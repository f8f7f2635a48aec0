"""Trying again until it is settled: the one place where the time of a request is spent on waiting."""

import random
from collections.abc import Callable
from itertools import count as numbers
from typing import TypeVar

from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Unanswered, Unavailable
from chalicelib.storage.transaction import Outdated
from chalicelib.telemetry import Counted, count

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
ONE_MORE_TRY = 10.0
"""Seconds that must be left to begin another one, in which a read may be slow and a write may hang."""

BUSY = "Too much is going on at once; nothing was changed. Send the request again."
UNSURE = "The data store did not answer, so it is not known whether this was done. Look before you send it again."

Result = TypeVar("Result")


def settle(attempt: Callable[[], Result], clock: Clock) -> Result:
    """Makes attempts, each of them reading and deciding anew, with full jitter between them.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    Raises Unavailable when the time that the request has left is too short for another one.
    """
    unsure = False
    for tries in numbers():
        try:
            return attempt()
        except (Outdated, Unavailable) as error:
            unsure = unsure or isinstance(error, Unanswered)
            pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))  # noqa: S311
            if clock.seconds_left() < pause + ONE_MORE_TRY:
                raise Unavailable(UNSURE if unsure else BUSY) from error
            count(Counted.CONFLICTS_RETRIED)
            clock.sleep(pause)
    raise AssertionError("numbers have no end")
