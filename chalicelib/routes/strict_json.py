"""JSON as RFC 8259 has it, and no more: no NaN, no key twice, no float where an exact number was written."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.domain.errors import Fault, Malformed

DEEPEST = 32
"""Lists and objects within each other; ours are two."""


class Twice(dict[str, Any]):
    """An object in which some keys stand twice."""

    keys_twice: list[str]


def parse(raw: bytes) -> Any:
    """Fractions come back as Decimal. Raises Malformed, also for what Python's parser would let pass."""
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_float=_decimal, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
        if _is_deep(value):
            raise RecursionError
        return value
    except RecursionError:
        raise Malformed(
            "The body is nested too deeply.", [Fault("", "too-deep", f"has over {DEEPEST} levels.")]
        ) from None
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
    except json.JSONDecodeError as error:
        why = f"{error.msg}, line {error.lineno}, column {error.colno}"
    except ValueError as error:
        why = "a number has too many digits" if "digits" in str(error) else str(error)
    raise Malformed("The body is not JSON.", [Fault("", "not-json", f"This is not JSON: {why}.")])


def _is_deep(value: Any) -> bool:
    # Not recursive: what the parser lets in may be nested more deeply than Python calls can be.
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(value, dict | list) for value in level)


def faults_of_keys(value: Any) -> list[Fault]:
    """Each key that stands twice in one object; which of its values is meant, nobody can tell."""
    faults: list[Fault] = []
    left = [("", value)]
    while left:
        pointer, value = left.pop()
        if isinstance(value, Twice):
            faults += [Fault(f"{pointer}/{escape(key)}", "duplicate-key", "stands twice.") for key in value.keys_twice]
        if isinstance(value, dict):
            left += [(f"{pointer}/{escape(key)}", inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(f"{pointer}/{index}", inner) for index, inner in enumerate(value)]
    return faults


def escape(key: str) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number has too many digits") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    twice = Twice(values)
    twice.keys_twice = sorted(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return twice
