"""Items and customers as CSV, a row each; what is written here is what an import takes."""

from chalicelib.documents import csv_text
from chalicelib.domain import money
from chalicelib.domain.customer import Customer
from chalicelib.domain.item import Item

ITEM_COLUMNS = ("sku", "name", "description", "price", "quantity", "reorder_point", "expires_on", "archived")
CUSTOMER_COLUMNS = ("uid", "name", "phone", "address", "email", "tax_id", "archived")


def item_row(item: Item, currency: str) -> str:
    written = {"price": money.to_plain_text(item.price, currency), "archived": str(item.archived).lower()}
    return csv_text.row(written.get(name, getattr(item, name)) for name in ITEM_COLUMNS)


def customer_row(customer: Customer) -> str:
    written = {"archived": str(customer.archived).lower()}
    return csv_text.row(written.get(name, getattr(customer, name)) for name in CUSTOMER_COLUMNS)
