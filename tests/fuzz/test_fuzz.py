"""Schemathesis over the served document, all checks on, stateful too: no 5xx, no answer outside the document.

`make fuzz` looks for longer, each time elsewhere.
"""

import subprocess
import sys

from tests.conftest import PROJECT

EXAMPLES = "40"
"""For each operation; with those that schemathesis makes of the schemas' bounds, some two thousand requests."""


def test_the_fuzzer_finds_nothing() -> None:
    command = [sys.executable, "-m", "tests.fuzz", EXAMPLES, "--seed=1"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    requests = int(done.stdout.splitlines()[-1].removesuffix(" requests."))
    assert requests > 1500
