"""Schemathesis over the served document, all checks on, stateful too: no 5xx, no answer outside the document.

`make fuzz` looks for longer, each time elsewhere.
"""

from tests.fuzz.__main__ import fuzz

EXAMPLES = 40
"""For each operation; with those that schemathesis makes of the schemas' bounds, over two thousand requests."""


def test_the_fuzzer_finds_nothing() -> None:
    fuzzed = fuzz(EXAMPLES, "--seed=1")
    assert not fuzzed.found, fuzzed.found
    assert fuzzed.requests > 1500
