"""Records as they lie in the table, in DynamoDB's own JSON, and what they weigh."""

from datetime import UTC, date, datetime
from typing import Any

from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.domain.item import Item
from chalicelib.storage.table import (
    CustomerRecord,
    InvoiceRecord,
    ItemRecord,
    customer_key,
    item_key,
    open_invoice_key,
)

GOODS = (
    "Espresso beans, dark roast, 1 kg",
    "Filter paper no. 4, unbleached, box of 100",
    "Stainless steel milk pitcher with engraved scale, 600 ml, with a spare lid",
    "Grinder burrs",
)

Stored = dict[str, Any]


def item(number: int, quantity: int = 250) -> Stored:
    """Every fourth has a date, every other one a reorder point of its own."""
    value = Item(
        id=number,
        description=GOODS[number % 4],
        price=199 + number * 37 % 5000,
        quantity=quantity,
        name=GOODS[number % 4].split(",")[0],
        sku=f"SKU-{number:07}",
        reorder_point=None if number % 2 else 10,
        expires_on=None if number % 4 else date(2030, 6, 30),
    )
    return ItemRecord.of(item_key(number), value).serialize()


def customer(number: int) -> Stored:
    value = Customer(number, "0" * 32, "Maria Papadopoulou", "+30 210 555 0199", "Odos Ermou 12\n105 63 Athens")
    return CustomerRecord.of(customer_key(number), value).serialize()


def open_invoice(customer: int, items: range) -> Stored:
    lines = tuple(Line(number, GOODS[number % 4], 199 + number * 37 % 5000, 2) for number in items)
    value = Invoice(customer, "0" * 32, "0" * 32, "open", datetime(2026, 1, 1, tzinfo=UTC), lines)
    return InvoiceRecord.of(open_invoice_key(customer), value).serialize()


def size(record: Stored) -> int:
    """Bytes that DynamoDB bills: names and values, and 3 for each list or map with 1 for each value in it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size_of(value) for name, value in record.items())


def _size_of(value: Stored) -> int:
    [(kind, held)] = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(held) // 2 + 1
        case "L":
            return 3 + sum(1 + _size_of(inner) for inner in held)
        case "M":
            return 3 + len(held) + size(held)
        case _:
            return 1
