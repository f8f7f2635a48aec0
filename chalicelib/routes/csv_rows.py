"""The body of an import: CSV (RFC 4180) in UTF-8. Its first row names the columns. Faults are told with their place."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from io import StringIO
from itertools import islice
from typing import Any

from pydantic import ValidationError

from chalicelib.documents.csv_text import original
from chalicelib.domain.errors import Fault, Malformed, TooManyRows
from chalicelib.routes.fields import (
    Address,
    Day,
    Description,
    Email,
    Name,
    Phone,
    Pieces,
    Price,
    Sku,
    TaxId,
    Uid,
)
from chalicelib.routes.schemas import Body, told

MOST_ROWS = 1000
"""In one request; more would take longer than a request has."""

LONGEST_SHOWN = 50
"""Characters of a column's name that are told."""

Row = dict[str, Any]


class ItemRow(Body):
    """Of the columns that there are, whatever is not optional must be filled in."""

    sku: Sku
    name: Name | None = None
    description: Description = ""
    price: Price = 0
    quantity: Pieces = 0
    reorder_point: Pieces | None = None
    expires_on: Day | None = None
    archived: bool = False


class CustomerRow(Body):
    uid: Uid
    name: Name = ""
    phone: Phone = ""
    address: Address = ""
    email: Email | None = None
    tax_id: TaxId | None = None
    archived: bool = False


def rows_of(schema: type[Body], own: str) -> Callable[[bytes], dict[int, Row]]:
    """The check of a body; rows come by their numbers, of which 1 is the heading.

    Each row names what is its own, by which it finds what is there, and no two the same.
    """

    def check(raw: bytes) -> dict[int, Row]:
        heading, numbered = _read(raw)
        _check_heading(heading, schema, own)
        if len(numbered) > MOST_ROWS:
            raise TooManyRows(f"More than {MOST_ROWS} rows in one request; send them in several.")
        faults: list[Fault] = []
        rows = {number: _row(schema, heading, cells, number, faults) for number, cells in numbered}
        faults += _twice(rows, own)
        if faults:
            faults.sort(key=lambda fault: fault.facts["row"])
            detail = "A fault" if len(faults) == 1 else f"{len(faults)} faults"
            raise Malformed(f"{detail} in the rows; nothing was changed.", faults)
        return rows

    return check


def _read(raw: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns, and the rows that are not blank with their numbers: at most one more than are taken."""
    try:
        # Spreadsheets begin their files with a mark of the encoding.
        text = raw.decode("utf-8-sig")
        rows = csv.reader(StringIO(text, newline=""), strict=True)
        heading = next(rows, [])
        numbered = ((number, row) for number, row in enumerate(rows, 2) if row)
        found = list(islice(numbered, MOST_ROWS + 1))
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
    except csv.Error as error:
        why = str(error)
    else:
        # A gateway that takes the body for text has put it there for whatever was not UTF-8.
        if heading and "\ufffd" not in text:
            return heading, found
        why = "it is not in UTF-8" if heading else "there is no row with the names of the columns"
    raise Malformed("The body is not CSV.", [Fault(None, "not-csv", f"This is not CSV: {why}.")])


def _check_heading(heading: list[str], schema: type[Body], own: str) -> None:
    columns = list(schema.model_fields)
    known = f"Columns are {', '.join(columns)}."
    names = [name[:LONGEST_SHOWN] for name in heading]
    # As many as there could be with each column twice: nobody reads more faults than that.
    counted = Counter(names[: 2 * len(columns)])
    faults = [
        Fault(None, "unknown-column", f"There is no column {name!r}. {known}", {"row": 1, "column": name})
        for name in counted
        if name not in columns
    ]
    faults += [
        Fault(None, "duplicate-column", "stands twice.", {"row": 1, "column": name})
        for name, times in counted.items()
        if times > 1
    ]
    if len(heading) > len(columns) and not faults:
        faults.append(Fault(None, "cells", f"has {len(heading)} columns. {known}", {"row": 1}))
    if own not in heading:
        faults.append(Fault(None, "missing-column", f"The column {own!r} must be there. {known}", {"row": 1}))
    if faults:
        raise Malformed("The first row must name the columns; nothing was changed.", faults)


def _row(schema: type[Body], heading: list[str], cells: list[str], number: int, faults: list[Fault]) -> Row:
    if len(cells) != len(heading):
        detail = f"has {len(cells)} cells, not {len(heading)} as the first row has."
        faults.append(Fault(None, "cells", detail, {"row": number}))
        return {}
    values = {name: _value(schema, name, original(cell)) for name, cell in zip(heading, cells, strict=True)}
    try:
        return schema.model_validate(values).model_dump(exclude_unset=True)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_input=False):
            column = str(found["loc"][0])
            code, detail = ("too-short", "must not be empty.") if values[column] == "" else told(found)
            faults.append(Fault(None, code, detail, {"row": number, "column": column}))
        return values


def _value(schema: type[Body], name: str, cell: str) -> Any:
    kind = schema.model_fields[name].annotation
    optional = schema.model_fields[name].default is None
    if cell == "" and optional:
        return None
    if name in ("quantity", "reorder_point") and re.fullmatch("-?[0-9]{1,10}", cell):
        return int(cell)
    if kind is bool:
        return {"true": True, "false": False}.get(cell.lower(), cell)
    return cell


def _twice(rows: dict[int, Row], own: str) -> list[Fault]:
    first: dict[Any, int] = {}
    faults = []
    for number, row in rows.items():
        value = row.get(own)
        if value in first:
            detail = f"stands in row {first[value]} already."
            faults.append(Fault(None, "duplicate-row", detail, {"row": number, "column": own}))
        elif value is not None:
            first[value] = number
    return faults
