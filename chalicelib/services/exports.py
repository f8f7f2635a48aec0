"""All items, or all customers, as one file."""

from collections.abc import Iterator
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, cast
from uuid import uuid4

from chalicelib.documents import csv_text
from chalicelib.documents.csv_lists import CUSTOMER_COLUMNS, ITEM_COLUMNS, customer_row, item_row
from chalicelib.domain.clock import Clock
from chalicelib.domain.errors import Unavailable
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.storage.numbered import CUSTOMERS, ITEMS

SECONDS_TO_HAND_OUT = 5.0
"""In which a file is uploaded."""


def export_items(clock: Clock) -> bytes | str:
    """The file, in id order, archived ones too; or a link to it where it is too long to answer with."""
    rows = (item_row(record.to_domain(), settings().currency) for record in ITEMS.every())
    return _exported("items", csv_text.row(ITEM_COLUMNS), rows, clock)


def export_customers(clock: Clock) -> bytes | str:
    """The same of the customers."""
    rows = (customer_row(record.to_domain()) for record in CUSTOMERS.every())
    return _exported("customers", csv_text.row(CUSTOMER_COLUMNS), rows, clock)


def _exported(name: str, head: str, rows: Iterator[str], clock: Clock) -> bytes | str:
    with TemporaryFile("w+", encoding="utf-8", newline="") as file:
        for row in chain([head], rows):
            if clock.seconds_left() < SECONDS_TO_HAND_OUT:
                raise Unavailable("There is more to be written than a request has time for.")
            file.write(row + csv_text.END)
        length = file.tell()
        file.seek(0)
        content = cast(IO[bytes], file.buffer)
        if length <= files.LARGEST_ANSWER:
            return content.read()
        key = f"exports/{name}-{uuid4().hex}.csv"
        files.write_file(key, content, "text/csv; charset=utf-8", f"{name}.csv")
        return files.link_to(key)
