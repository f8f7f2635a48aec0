"""The demo shop: the products and customers of Northwind, brought in as anybody's CSV is."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tqdm import tqdm

from chalicelib.documents import csv_text
from chalicelib.documents.csv_lists import CUSTOMER_COLUMNS, ITEM_COLUMNS
from chalicelib.domain import money
from chalicelib.domain.clock import Clock
from chalicelib.routes.csv_rows import CustomerRow, ItemRow, rows_of
from chalicelib.services.transfer import KIND_OF_CUSTOMERS, KIND_OF_ITEMS, Kind, Rows, carry_out
from chalicelib.services.work import Work
from chalicelib.settings import settings

NORTHWIND = Path(__file__).parent / "northwind"

# Ikura, Queso Cabrales, Tofu, Gravad lax, Mascarpone and Tourtière go off soon or have already.
DAYS_LEFT = {10: 4, 11: 2, 14: 9, 32: 0, 37: -1, 54: 1}


def load_demo(today: date) -> None:
    """Into an empty table, so that items get the ids 1 to 77 and customers 1 to 91, in the order of the files."""
    bring_in("items", KIND_OF_ITEMS, rows_of(ItemRow, "sku")(items_csv(today).encode()))
    bring_in("customers", KIND_OF_CUSTOMERS, rows_of(CustomerRow, "uid")(customers_csv().encode()))


def bring_in(what: str, kind: Kind[Any], rows: Rows) -> None:
    # In small parts, so that there is something to be seen of it.
    numbered = [*rows.items()]
    for start in tqdm(range(0, len(rows), 10), f"Loading {what}", leave=False, disable=None):
        carry_out(kind, dict(numbered[start : start + 10]), Work(Clock(lambda: 60)))


def items_csv(today: date) -> str:
    """Northwind's products, as an import takes them."""
    rows = [csv_text.row(ITEM_COLUMNS)]
    places = money.decimals(settings().currency)
    for product in _rows("products.csv"):
        number = int(product["productID"])
        name, days = product["productName"], DAYS_LEFT.get(number)
        price = round(Decimal(product["unitPrice"]), places)
        expires_on = "" if days is None else today + timedelta(days)
        description = f"{name} ({product['quantityPerUnit']})"
        stock = (product["unitsInStock"], product["reorderLevel"], expires_on, "false")
        rows.append(csv_text.row((f"NW-{number:04}", name, description, price, *stock)))
    return "".join(row + csv_text.END for row in rows)


def customers_csv() -> str:
    """Northwind's customers, as an import takes them."""
    rows = [csv_text.row(CUSTOMER_COLUMNS)]
    for customer in _rows("customers.csv"):
        town = " ".join(filter(None, (customer["city"], customer["region"], customer["postalCode"])))
        address = "\n".join(filter(None, (customer["address"], town, customer["country"])))
        rows.append(
            csv_text.row((customer["customerID"], customer["companyName"], customer["phone"], address, "", "", "false"))
        )
    return "".join(row + csv_text.END for row in rows)


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    with (NORTHWIND / file_name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: "" if value == "NULL" else value.strip() for name, value in row.items()}
