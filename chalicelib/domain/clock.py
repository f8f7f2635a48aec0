"""Time as a parameter: what a request may ask of the clock, so that a test can set it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """The time of day, and the time that is left for the work in hand."""

    def __init__(self, seconds: Callable[[], float]):
        """`seconds` tells how many are left, as Lambda's context does."""
        self.seconds_left = seconds

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
