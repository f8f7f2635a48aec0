"""Plays Lambda for a folder of unpacked code: nothing else can be imported, besides Python's own library.

`python -I -S -B in_lambda.py FOLDER HANDLER` takes a JSON array of events from its input, and writes the answers and
the seconds of CPU time to the first of them, imports included. It reaches no other machine.
"""

import time

STARTED = time.process_time()

import json  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402


class Context:
    """What the functions may ask of Lambda's context."""

    function_name = "trial"
    memory_limit_in_mb = 1024
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


def stay_at_home(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and arguments[1][0] != "127.0.0.1":
        raise PermissionError(f"The code in the zip wants to reach {arguments[1]}.")


def main(folder: str, handler: str) -> None:
    events = json.load(sys.stdin)
    # What the functions print is their log.
    output, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, folder)
    sys.addaudithook(stay_at_home)
    module, _, name = handler.rpartition(".")
    function = getattr(import_module(module), name)
    answers = [function(events[0], Context())]
    seconds = time.process_time() - STARTED
    answers += [function(event, Context()) for event in events[1:]]
    json.dump({"answers": answers, "seconds": seconds}, output)


if __name__ == "__main__":
    main(*sys.argv[1:])
