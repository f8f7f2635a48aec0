"""What a clerk does with customers."""

from typing import Any

from chalicelib.domain.clock import Clock
from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import Fault, Refused
from chalicelib.services.settling import settle
from chalicelib.storage.numbered import CUSTOMERS
from chalicelib.storage.orders import read_order, remove_customer


def create_customer(fields: dict[str, Any], clock: Clock) -> Customer:
    customer = Customer(id=CUSTOMERS.next_id(), **fields)
    settle(lambda: CUSTOMERS.create(customer), clock)
    return customer


def list_customers(after: int, limit: int) -> tuple[list[Customer], bool]:
    """At most `limit` behind the id `after`, in id order, and whether there are more."""
    return CUSTOMERS.page(after, limit)


def get_customer(id: int) -> Customer:
    """Raises NotFound."""
    return CUSTOMERS.get(id)


def change_customer(id: int, changes: dict[str, Any], clock: Clock) -> Customer:
    """Sets the fields given; None takes an optional one away. Raises NotFound."""
    if changes:
        settle(lambda: CUSTOMERS.change(id, changes), clock)
    return CUSTOMERS.get(id)


def delete_customer(id: int, clock: Clock) -> None:
    """Raises NotFound, or Refused as long as there is an open invoice."""
    tried = False

    def attempt() -> None:
        nonlocal tried
        held = read_order(id)
        if held.customer is None:
            if tried:
                return
            raise CUSTOMERS.missing(id)
        tried = True
        if held.invoice is not None:
            detail = f"Customer {id} has an open invoice; drop it first with DELETE /api/customer-purchase/{id}."
            raise Refused(detail, [Fault("", "open-invoice", detail, {"customer": id})])
        remove_customer(id)

    settle(attempt, clock)
