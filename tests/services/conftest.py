from datetime import UTC, datetime

import pytest

from chalicelib.domain.clock import Clock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class StoppedClock(Clock):
    """A clock in which only sleeping takes time."""

    def __init__(self, seconds: float = 25.0):
        super().__init__(lambda: seconds - sum(self.slept))
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()
