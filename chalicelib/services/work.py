"""A write that a caller asked for: tried until it is settled, within its time, and once only."""

import random
from collections.abc import Callable
from itertools import count as numbers
from typing import NamedTuple, TypeVar

from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Malformed, NotFound, PreconditionFailed, Refused, StillRunning, Unavailable
from chalicelib.domain.idempotency import Once
from chalicelib.domain.precondition import ANY_VERSION, Precondition
from chalicelib.storage.idempotency import find_kept, put_kept
from chalicelib.storage.transaction import InConflict, Outdated, Transaction
from chalicelib.telemetry import Counted, count

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
ONE_MORE_TRY = 10.0
"""Seconds that must be left to begin another one, in which a read may be slow and a write may hang."""

BUSY = "Too much is going on at once; nothing was changed. Send the request again."
UNSURE = "The data store did not answer, so it is not known whether this was done. Look before you send it again."

KEPT = "idempotency"

Result = TypeVar("Result")


class DecideAnew(Exception):
    """What was read doesn't fit together, as it was changed while it was read."""


class Work(NamedTuple):
    """A write in the time of its request, on its condition, and once only under its key."""

    clock: Clock
    precondition: Precondition = ANY_VERSION
    once: Once | None = None

    def settle(self, prepare: Callable[[], tuple[Transaction, Result]]) -> Result:
        """`prepare` reads and decides, and returns the transaction that does it with what is to be told of it then.

        When what it decided on has changed, or others are in the way, it is asked anew, after a pause with full jitter:
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        A transaction that nobody answered is sent again as it is, which does no harm.

        Raises what `prepare` raises; Replayed and its like when it was done before under its Idempotency-Key; and
        Unavailable when the time that the request has left is too short for another try.
        """
        try:
            return self._settle(prepare)
        except (Malformed, NotFound, PreconditionFailed, Refused):
            # It may be this very request that has left things so, when it came before.
            self.recall()
            raise

    def recall(self) -> None:
        """Raises Replayed and its like when it was done before under its Idempotency-Key."""
        if self.once:
            self.once.recall(find_kept(self.once), self.clock.now())

    def part(self, number: int) -> "Work":
        """A part of it that is settled by itself, and once only too; what is kept of it is its result as JSON."""
        return Work(self.clock, once=self.once and self.once.part(number))

    def _settle(self, prepare: Callable[[], tuple[Transaction, Result]]) -> Result:
        sent: tuple[Transaction, Result] | None = None
        """What may have happened."""
        for tries in numbers():
            try:
                transaction, result = sent or self._prepared(prepare)
                try:
                    transaction.send()
                except (InConflict, Outdated):
                    sent = None
                    raise
                except Unavailable:
                    sent = transaction, result
                    raise
                return result
            except (DecideAnew, Outdated, Unavailable) as error:
                self._look_at_kept(error)
                self._pause(tries, error, UNSURE if sent else BUSY)
        raise AssertionError("numbers have no end")

    def _prepared(self, prepare: Callable[[], tuple[Transaction, Result]]) -> tuple[Transaction, Result]:
        transaction, result = prepare()
        if self.once:
            now = self.clock.now()
            put_kept(transaction, KEPT, self.once, self.once.keep(result, now), now)
        return transaction, result

    def _look_at_kept(self, error: Exception) -> None:
        """The key's own record may be what was in the way."""
        if self.once and isinstance(error, Outdated) and KEPT in error.records:
            self.once.recall(error.records[KEPT], self.clock.now())
        if isinstance(error, InConflict) and KEPT in error.names:
            raise StillRunning("A request with this Idempotency-Key is being carried out just now.") from error

    def _pause(self, tries: int, error: Exception, give_up: str) -> None:
        pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))  # noqa: S311
        if self.clock.seconds_left() < pause + ONE_MORE_TRY:
            raise Unavailable(give_up) from error
        count(Counted.CONFLICTS_RETRIED)
        self.clock.sleep(pause)
