"""The list of what is low or expiring, rewritten every midnight."""

from contextlib import ExitStack
from datetime import date
from tempfile import TemporaryFile
from typing import IO, cast

from chalicelib.documents.stock_list import FORMATS
from chalicelib.domain.stock_list import StockEntry, StockRule
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.storage.stock import mark_low, needing_attention
from chalicelib.telemetry import Counted, count


def write_stock_list(today: date) -> int:
    """Writes the list in each format and returns its number of items. Running it again writes the same again."""
    rule = StockRule(today, settings().reorder_point, settings().expiry_days)
    length = 0
    with ExitStack() as stack:
        outputs = [
            (name, form, stack.enter_context(TemporaryFile("w+", encoding="utf-8", newline="")))
            for name, form in FORMATS.items()
        ]
        for _, form, file in outputs:
            file.write(form.head)
        for item, marked in needing_attention(rule):
            if item.is_low(rule.reorder_point) and not marked:
                mark_low(item.id)
            entry = StockEntry(item, tuple(rule.reasons(item)))
            for _, form, file in outputs:
                file.write((form.separator if length else "") + form.row(entry))
            length += 1
        for name, form, file in outputs:
            file.write(form.tail if length else form.tail.lstrip())
            file.seek(0)
            files.write_file(_key(name), cast(IO[bytes], file.buffer), form.content_type, f"stock-list.{name}")
    count(Counted.STOCK_LISTS_WRITTEN)
    return length


def read_stock_list(format: str, today: date) -> bytes | str:
    """The file of the last run, made on the spot if there is none; or a link to it where it is too long."""
    size = files.size_of(_key(format))
    if size is None:
        write_stock_list(today)
        size = files.size_of(_key(format))
    if size is not None and size > files.LARGEST_ANSWER:
        return files.link_to(_key(format))
    return files.read_file(_key(format))


def _key(format: str) -> str:
    return f"stock-list/stock-list.{format}"
