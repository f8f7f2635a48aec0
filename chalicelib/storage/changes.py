"""What the table's stream tells of changes, after they are committed."""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.domain.invoice import Invoice
from chalicelib.storage.table import InvoiceRecord, Record


def dropped_invoices(changes: Iterable[dict[str, Any]]) -> Iterator[Invoice]:
    """The open invoices that are gone, as they were last."""
    for change in changes:
        if change["eventName"] == "REMOVE":
            record = Record.from_raw_data(change["dynamodb"]["OldImage"])
            if isinstance(record, InvoiceRecord):
                yield record.to_domain()
