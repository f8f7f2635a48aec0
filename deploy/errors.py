"""What an operator is told when something can't be done: one line that says what to do about it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class DeployError(Exception):
    pass


@contextmanager
def told() -> Iterator[None]:
    """Ends the process with the words of a DeployError instead of a traceback."""
    try:
        yield
    except DeployError as error:
        sys.exit(str(error))
