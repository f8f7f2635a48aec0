"""What the table's stream tells of changes, after they are committed."""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice
from chalicelib.storage.table import CustomerRecord, InvoiceRecord, Record


def changed_customers(changes: Iterable[dict[str, Any]]) -> Iterator[Customer]:
    """Customers who have got a new version, as they were with it."""
    for change in changes:
        if "NewImage" in change["dynamodb"]:
            record = Record.from_raw_data(change["dynamodb"]["NewImage"])
            before = change["dynamodb"].get("OldImage")
            if isinstance(record, CustomerRecord):
                customer: Customer = record.to_domain()
                if not before or Record.from_raw_data(before).to_domain().revision != customer.revision:
                    yield customer


def dropped_invoices(changes: Iterable[dict[str, Any]]) -> Iterator[Invoice]:
    """The open invoices that are gone, as they were last."""
    for change in changes:
        if change["eventName"] == "REMOVE":
            record = Record.from_raw_data(change["dynamodb"]["OldImage"])
            if isinstance(record, InvoiceRecord):
                yield record.to_domain()
