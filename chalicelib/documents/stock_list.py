"""The stock list as text, CSV and JSON, row by row, so that its length doesn't matter for the memory."""

import json
from collections.abc import Callable
from typing import NamedTuple

from chalicelib.documents.csv_text import quoted, row
from chalicelib.domain.stock_list import StockEntry


class Format(NamedTuple):
    """head, rows with the separator between them, tail: together they are the file."""

    content_type: str
    head: str
    row: Callable[[StockEntry], str]
    separator: str
    tail: str


def _text_row(entry: StockEntry) -> str:
    item = entry.item
    return f"{item.id}, {quoted(item.description)}, {item.quantity}, {quoted('; '.join(entry.reasons))}"


def _csv_row(entry: StockEntry) -> str:
    item, reasons = entry.item, "; ".join(entry.reasons)
    return row((item.id, item.description, item.quantity, reasons, item.sku, item.reorder_point, item.expires_on))


def _json_row(entry: StockEntry) -> str:
    item = entry.item
    told = {
        "item": item.id,
        "description": item.description,
        "quantity": item.quantity,
        "reasons": entry.reasons,
        "sku": item.sku,
        "reorder_point": item.reorder_point,
        "expires_on": item.expires_on and item.expires_on.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False)


FORMATS = {
    # The first line is a promise to programs that read the replaced system's file, so the reason has no heading.
    "txt": Format("text/plain; charset=utf-8", "Item ID, Description, Quantity\n", _text_row, "\n", "\n"),
    "csv": Format(
        "text/csv; charset=utf-8",
        "Item ID,Description,Quantity,Reason,SKU,Reorder Point,Expires On\r\n",
        _csv_row,
        "\r\n",
        "\r\n",
    ),
    "json": Format("application/json", "[\n", _json_row, ",\n", "\n]\n"),
}
