"""What a clerk does with customers."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import Fault, Refused
from chalicelib.services.work import Work
from chalicelib.storage.numbered import CUSTOMERS
from chalicelib.storage.orders import read_order, remove_customer
from chalicelib.storage.transaction import Transaction


def create_customer(fields: dict[str, Any], work: Work) -> Customer:
    customer = Customer(id=CUSTOMERS.next_id(), **fields)

    def prepare() -> tuple[Transaction, Customer]:
        transaction = Transaction()
        CUSTOMERS.add(transaction, customer)
        return transaction, customer

    return work.settle(prepare)


def list_customers(after: int, limit: int) -> tuple[list[Customer], bool]:
    """At most `limit` behind the id `after`, in id order, and whether there are more."""
    return CUSTOMERS.page(after, limit)


def get_customer(id: int) -> Customer:
    """Raises NotFound."""
    return CUSTOMERS.get(id)


def change_customer(id: int, changes: dict[str, Any], work: Work) -> Customer:
    """Sets the fields given; None takes an optional one away. Raises NotFound."""

    def prepare() -> tuple[Transaction, Customer]:
        before = CUSTOMERS.get(id)
        work.precondition.check(before.version)
        transaction = Transaction()
        after = replace(before, **changes)
        if after != before:
            after = replace(after, version=before.version + 1)
            CUSTOMERS.change(transaction, before, after)
        return transaction, after

    return work.settle(prepare)


def delete_customer(id: int, work: Work) -> None:
    """Raises NotFound, or Refused as long as there is an open invoice."""

    def prepare() -> tuple[Transaction, None]:
        held = read_order(id)
        if held.customer is None:
            raise CUSTOMERS.missing(id)
        work.precondition.check(held.customer.version)
        if held.invoice is not None:
            detail = f"Customer {id} has an open invoice; drop it first with DELETE /api/customer-purchase/{id}."
            raise Refused(detail, [Fault("", "open-invoice", detail, {"customer": id})])
        return remove_customer(held.customer), None

    work.settle(prepare)
