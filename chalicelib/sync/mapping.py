"""A peer whose customers have other fields: which of its names stands for which of ours.

A rule joins ours and theirs one to one, or one to several: what is one text on one side is parts on the other, with a
separator between them. What has no rule is left out, and what doesn't come stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

OURS = ("name", "phone", "address", "email", "tax_id")
"""The fields that are exchanged; each is a text, and none is sent as null."""

Fields = Mapping[str, str | None]


class Rule(NamedTuple):
    """Which fields of theirs are which of ours."""

    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    by: str = " "
    """What is between the parts of a text."""
    constant: str | None = None
    """What stands there, where only one side has the field."""


SAME = tuple(Rule((name,), (name,)) for name in OURS)
"""For a peer that is like us."""


def to_theirs(rules: Iterable[Rule], customer: Fields) -> dict[str, str | None]:
    """What they call what we hold."""
    sent: dict[str, str | None] = {}
    for rule in rules:
        if not rule.ours:
            sent |= dict.fromkeys(rule.theirs, rule.constant)
        elif rule.theirs:
            values = [customer.get(name) for name in rule.ours]
            sent |= dict(zip(rule.theirs, _turned(values, rule.by, len(rule.theirs)), strict=True))
    return sent


def to_ours(rules: Iterable[Rule], received: Fields, customer: Fields) -> dict[str, str | None]:
    """What we call what they hold; `customer` is what we have of it, for what doesn't come."""
    taken: dict[str, str | None] = {}
    for rule in rules:
        if not rule.theirs:
            taken |= dict.fromkeys(rule.ours, rule.constant)
        elif rule.ours and any(name in received for name in rule.theirs):
            values = [customer.get(name) for name in rule.ours]
            known = dict(zip(rule.theirs, _turned(values, rule.by, len(rule.theirs)), strict=True))
            parts = [received.get(name, known[name]) for name in rule.theirs]
            taken |= dict(zip(rule.ours, _turned(parts, rule.by, len(rule.ours)), strict=True))
    return taken


def _turned(values: Sequence[str | None], by: str, count: int) -> list[str | None]:
    """The same values in so many parts: as they are, split, or joined."""
    if len(values) == count:
        return list(values)
    if len(values) > count:
        parts = [value for value in values if value]
        return [by.join(parts) or None]
    parts = (values[0] or "").split(by, count - 1)
    return [part or None for part, _ in zip_longest(parts, range(count))]
