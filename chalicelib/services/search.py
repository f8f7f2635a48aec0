"""Going along a way to records, page after page, and keeping what is really meant."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.customer import Customer
from chalicelib.domain.item import Item
from chalicelib.storage.numbered import Numbered
from chalicelib.storage.search import Place

AT_ONCE = 100
"""Records that one BatchGetItem brings."""

MOST_TIMES = 10
"""So that a search for what is rare ends in time. What comes behind is on the next page, even if this one is empty."""

Value = TypeVar("Value", Item, Customer)

Page = tuple[list[tuple[str, Value]], str | None]
"""Values, each with its place, and where the next page begins, if there is one."""


def look_along(
    way: Callable[[str, int], list[Place]],
    numbered: Numbered[Value],
    admits: Callable[[str, Value], bool],
    after: str,
    limit: int,
) -> Page[Value]:
    """`way` gives the next places behind one. Two round trips for each hundred that are looked at."""
    found: list[tuple[str, Value]] = []
    for _ in range(MOST_TIMES):
        places = way(after, AT_ONCE)
        values = numbered.get_all(sorted({id for _, id in places}))
        for place, id in places:
            after = place
            if id in values and admits(place, values[id]):
                if len(found) == limit:
                    return found, found[-1][0]
                found.append((place, values[id]))
        if len(places) < AT_ONCE:
            return found, None
    return found, after


def as_page(values: list[Value], more: bool) -> Page[Value]:
    """What came in id order."""
    return [(str(value.id), value) for value in values], str(values[-1].id) if more else None
