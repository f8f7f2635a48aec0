"""The demo shop: the products and customers of Northwind, put in through the app's own services."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tqdm import tqdm

from chalicelib.domain import money
from chalicelib.domain.clock import Clock
from chalicelib.services.customers import create_customer
from chalicelib.services.items import create_item
from chalicelib.services.work import Work
from chalicelib.settings import settings

NORTHWIND = Path(__file__).parent / "northwind"

# Ikura, Queso Cabrales, Tofu, Gravad lax, Mascarpone and Tourtière go off soon or have already.
DAYS_LEFT = {10: 4, 11: 2, 14: 9, 32: 0, 37: -1, 54: 1}


def load_demo(today: date) -> None:
    """Into an empty table, so that items get the ids 1 to 77 and customers 1 to 91, in the order of the files."""
    work = Work(Clock(lambda: 60))
    for fields in tqdm(list(item_fields(today)), "Loading items", leave=False, disable=None):
        create_item(fields, work)
    for fields in tqdm(list(customer_fields()), "Loading customers", leave=False, disable=None):
        create_customer(fields, work)


def item_fields(today: date) -> Iterator[dict[str, Any]]:
    decimals = money.decimals(settings().currency)
    for product in _rows("products.csv"):
        number = int(product["productID"])
        days = DAYS_LEFT.get(number)
        yield {
            "name": product["productName"],
            "description": f"{product['productName']} ({product['quantityPerUnit']})",
            "price": round(Decimal(product["unitPrice"]).scaleb(decimals)),
            "quantity": int(product["unitsInStock"]),
            "sku": f"NW-{number:04}",
            "reorder_point": int(product["reorderLevel"]),
            "expires_on": None if days is None else today + timedelta(days),
        }


def customer_fields() -> Iterator[dict[str, Any]]:
    for customer in _rows("customers.csv"):
        town = " ".join(filter(None, (customer["city"], customer["region"], customer["postalCode"])))
        yield {
            "name": customer["companyName"],
            "phone": customer["phone"],
            "address": "\n".join(filter(None, (customer["address"], town, customer["country"]))),
        }


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    with (NORTHWIND / file_name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: "" if value == "NULL" else value for name, value in row.items()}
