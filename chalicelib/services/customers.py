"""What a clerk does with customers."""

from functools import partial
from typing import Any
from uuid import uuid4

from chalicelib.domain.customer import Customer
from chalicelib.domain.errors import Fault, Refused
from chalicelib.domain.search import LONGEST_EMAIL, PHONE_DIGITS, CustomerFilter, digits, stands_first, words
from chalicelib.services.search import Page, as_page, look_along
from chalicelib.services.work import Work
from chalicelib.settings import settings
from chalicelib.storage.numbered import CUSTOMER_EMAILS, CUSTOMER_NAMES, CUSTOMER_PHONES, CUSTOMERS, archived_is
from chalicelib.storage.orders import check_no_open_invoice, read_order
from chalicelib.storage.search import beginning_with, id_of
from chalicelib.storage.transaction import Transaction


def create_customer(fields: dict[str, Any], work: Work) -> Customer:
    """Raises Refused when the uid is another customer's."""
    given = "uid" in fields
    customer = Customer(**{"id": CUSTOMERS.next_id(), "uid": uuid4().hex, **fields}).changed(settings().site)

    def prepare() -> tuple[Transaction, Customer]:
        for id in CUSTOMERS.owners([customer.uid] if given else []).values():
            detail = f"The uid {customer.uid!r} is that of customer {id}; each customer has its own."
            raise Refused(detail, [Fault("/uid", "uid-taken", detail, {"customer": id})])
        transaction = Transaction()
        CUSTOMERS.add(transaction, customer)
        return transaction, customer

    return work.settle(prepare)


def list_customers(wanted: CustomerFilter, after: str, limit: int) -> Page[Customer]:
    """At most `limit` behind the place `after`: in id order, or in that of the words that were found."""
    beginning = max(words(wanted.name), key=len, default="")

    def admits(place: str, customer: Customer) -> bool:
        return wanted.admits(customer)

    def admits_once(place: str, customer: Customer) -> bool:
        return stands_first(place, beginning, words(customer.name)) and wanted.admits(customer)

    if wanted.name and not beginning:
        return [], None
    if wanted.email:
        email = wanted.email.casefold()[:LONGEST_EMAIL]
        return look_along(partial(beginning_with, CUSTOMER_EMAILS, email), CUSTOMERS, admits, after, limit)
    if wanted.phone:
        phone = digits(wanted.phone)[:PHONE_DIGITS]
        return look_along(partial(beginning_with, CUSTOMER_PHONES, phone), CUSTOMERS, admits, after, limit)
    if beginning:
        return look_along(partial(beginning_with, CUSTOMER_NAMES, beginning), CUSTOMERS, admits_once, after, limit)
    return as_page(*CUSTOMERS.page(id_of(after), limit, archived_is(wanted.archived)))


def get_customer(id: int) -> Customer:
    """Raises NotFound."""
    return CUSTOMERS.get(id)


def change_customer(id: int, changes: dict[str, Any], work: Work) -> Customer:
    """Sets the fields given; None takes an optional one away.

    Raises NotFound, or Refused when it would archive a customer who has an open invoice.
    """

    def prepare() -> tuple[Transaction, Customer]:
        held = read_order(id)
        before = held.customer
        if before is None:
            raise CUSTOMERS.missing(id)
        work.precondition.check(before.revision)
        transaction, after = Transaction(), before.changed(settings().site, **changes)
        CUSTOMERS.write(transaction, before, after)
        if after.archived and not before.archived:
            if held.invoice is not None:
                detail = f"Customer {id} has an open invoice; drop it first with DELETE /api/customer-purchase/{id}."
                raise Refused(detail, [Fault("", "open-invoice", detail, {"customer": id})])
            check_no_open_invoice(transaction, id)
        return transaction, after

    return work.settle(prepare)


def delete_customer(id: int, work: Work) -> None:
    """Archives the customer, whom invoices and other sites know of. Raises what `change_customer` does."""
    change_customer(id, {"archived": True}, work)
