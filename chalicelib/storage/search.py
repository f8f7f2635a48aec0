"""Ways to records other than their ids. Each place on such a way names an id, and is where the next page can begin."""

from typing import Any

from chalicelib.storage.table import LOW, EntryRecord, Record, words_of
from chalicelib.storage.transaction import answered

LAST = "\U0010ffff"

Place = tuple[str, int]


def id_of(place: str) -> int:
    """0 for the place before all others."""
    return int(place.rpartition("#")[2] or 0)


def beginning_with(index: str, beginning: str, after: str, limit: int) -> list[Place]:
    """Words of the index in their order, and in the order of ids where they are the same. One round trip."""
    first, last = max(beginning, f"{after}\0"), beginning + LAST
    if first > last:
        return []
    with answered():
        found: Any = list(
            EntryRecord.query(
                words_of(index, beginning), EntryRecord.sk.between(first, last), consistent_read=True, limit=limit
            )
        )
    return [(entry.sk, entry.id) for entry in found]


def newest_first(partition: str, before: str, limit: int) -> tuple[list[tuple[str, Any]], bool]:
    """What sorts by time, each with its place; and whether there are more. One round trip."""
    with answered():
        found = list(
            Record.query(
                partition,
                Record.sk < before if before else None,
                consistent_read=True,
                scan_index_forward=False,
                limit=limit + 1,
            )
        )
    return [(record.sk, record.to_domain()) for record in found[:limit]], len(found) > limit


def marked_low(after: str, limit: int) -> list[Place]:
    """Items that may be low, in id order. One round trip; what has changed in the last second may be missing."""
    with answered():
        found = list(Record.low_stock_index.query(LOW, Record.sk > f"{id_of(after):010}", limit=limit))
    return [(record.sk, int(record.sk)) for record in found]
