from typing import Any

from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import flag, operation
from chalicelib.routes.request import Request
from chalicelib.services import exports, transfer
from chalicelib.services.work import Work

CSV = "text/csv"
LONGEST_IMPORT = 2 * 1024 * 1024
"""Bytes; a thousand rows with descriptions of 500 letters take half of it."""

DRY_RUN = flag("dry_run", "Only say what would be done with each row.")


@operation({200: "ItemImport"}, body="ItemRows", takes=CSV, longest=LONGEST_IMPORT, parameters=[DRY_RUN])
def import_items(request: Request) -> Answer:
    """Bring items in from CSV

    Commas, quotes and line ends as in RFC 4180, in UTF-8. The first row names the columns, in small letters: `sku`, by
    which a row finds its item, and any of `name`, `description`, `price`, `quantity`, `reorder_point`, `expires_on` and
    `archived` (`true` or `false`). What is not there is made, and needs a description, a price and a quantity; of what
    is there, archived or not, the columns that the file has are changed. An empty cell takes an optional value away. A
    `quantity` is what was counted: one that differs is set and goes into the item's books, so leave the column out
    unless you have counted, or what was sold meanwhile comes back. A file with a fault changes nothing, and every fault
    is told with its row and column; what new ones lack is told once all cells are right. Rows go in in chunks, each of
    them all or nothing. When the time is over first, the answer is 503 and says how many rows are done; under an
    Idempotency-Key the same request goes on from there. At most 1,000 rows at once.
    """
    return _imported(request, transfer.KIND_OF_ITEMS)


@operation({200: "CustomerImport"}, body="CustomerRows", takes=CSV, longest=LONGEST_IMPORT, parameters=[DRY_RUN])
def import_customers(request: Request) -> Answer:
    """Bring customers in from CSV

    As with items. The columns are `uid`, by which a row finds its customer, and any of `name`, `phone`, `address`,
    `email`, `tax_id` and `archived`; a new one needs a name, a phone and an address. Open invoices are not looked at:
    of a customer who is archived here, one can only be looked at and dropped.
    """
    return _imported(request, transfer.KIND_OF_CUSTOMERS)


@operation({200: {CSV: "Text"}, 303: ""})
def export_items(request: Request) -> Answer:
    """Write all items as CSV

    In id order, archived ones too, with the columns that an import takes. Where they are too many to answer with, it is
    a redirect to the file. A cell that a spreadsheet would run as a formula has an apostrophe in front; the import
    takes it away again. Items without a sku come out, and need one to go in.
    """
    return _exported(exports.export_items(request.clock))


@operation({200: {CSV: "Text"}, 303: ""})
def export_customers(request: Request) -> Answer:
    """Write all customers as CSV

    As with items.
    """
    return _exported(exports.export_customers(request.clock))


def _imported(request: Request, kind: transfer.Kind[Any]) -> Answer:
    rows: transfer.Rows = request.body()

    def tell(outcomes: list[str], dry_run: bool = False) -> Answer:
        counts = {action: outcomes.count(action) for action in ("create", "update", "unchanged")}
        told = [
            {"row": number, kind.own: row[kind.own], "action": outcome}
            for (number, row), outcome in zip(rows.items(), outcomes, strict=True)
        ]
        return Answer({"dry_run": dry_run, "counts": counts, "rows": told})

    if request.query(DRY_RUN):
        return tell(transfer.preview(kind, rows, Work(request.clock)), dry_run=True)
    return request.carry_out(lambda work: transfer.carry_out(kind, rows, work), tell)


def _exported(found: bytes | str) -> Answer:
    if isinstance(found, str):
        return Answer("", 303, {"Location": found})
    return Answer(found.decode(), headers={"Content-Type": f"{CSV}; charset=utf-8"})
