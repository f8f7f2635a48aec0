from typing import Any

from chalicelib.domain.customer import Customer
from chalicelib.domain.search import CustomerFilter
from chalicelib.domain.text import tidied
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import ARCHIVED, CURSOR, LIMIT, ONE_LINE, operation, text
from chalicelib.routes.request import Request
from chalicelib.services import customers


def customer_json(customer: Customer) -> dict[str, Any]:
    return {name: value for name, value in vars(customer).items() if name not in ("seen", "via")}


def _told(customer: Customer) -> Answer:
    return Answer(customer_json(customer), version=customer.revision)


NAME = text("name", ONE_LINE, "one line of 1 to 100 characters", "Words, or beginnings of words, of the name.")
PHONE = text(
    "phone",
    r"(?:[ +().\-\/]{0,3}[0-9]){4,20}[ )]{0,3}",
    "a phone number with at least 4 digits",
    "The last digits of the phone number, at least 4; signs, zeros and codes in front may be written as one likes.",
)
EMAIL = text("email", r"[^\s\u0000-\u001f\u007f-\u009f]{1,254}", "an email address", "The address, or its beginning.")


@operation({200: "Customers"}, parameters=[LIMIT, CURSOR, NAME, PHONE, EMAIL, ARCHIVED])
def list_customers(request: Request) -> Answer:
    """List the customers, or search them

    In id order; with `name` in the order of the words that were found. What is given of `name`, `phone` and `email`
    must all hold.
    """
    wanted = CustomerFilter(
        request.query(NAME), request.query(PHONE), tidied(request.query(EMAIL)), request.query(ARCHIVED)
    )
    found, following = customers.list_customers(wanted, request.query(CURSOR), request.query(LIMIT))
    return request.page([(place, customer_json(customer)) for place, customer in found], following)


@operation({201: "Customer"}, body="NewCustomer", refusals=["uid-taken"])
def create_customer(request: Request) -> Answer:
    """Add a customer"""
    fields = request.body()

    def tell(customer: Customer) -> Answer:
        return Answer(customer_json(customer), 201, {"Location": request.path(customer.id)}, customer.revision)

    return request.carry_out(lambda work: customers.create_customer(fields, work), tell)


@operation({200: "Customer"}, versioned=True)
def get_customer(request: Request) -> Answer:
    """Look at a customer"""
    return _told(customers.get_customer(request.id("customer")))


@operation({200: "Customer"}, body="CustomerChange", versioned=True, refusals=["open-invoice"])
def change_customer(request: Request) -> Answer:
    """Change a customer

    Fields that are not named stay as they are; `null` takes an optional one away. `archived: true` does what DELETE
    does.
    """
    id = request.id("customer")
    changes = request.body(of=lambda: customers.get_customer(id))
    return request.carry_out(lambda work: customers.change_customer(id, changes, work), _told)


@operation({204: ""}, versioned=True, refusals=["open-invoice"])
def delete_customer(request: Request) -> Answer:
    """Archive a customer

    The customer buys no longer, and is kept for the invoices. Not as long as there is an open invoice: drop that first.
    """
    id = request.id("customer")
    return request.carry_out(lambda work: customers.delete_customer(id, work), lambda _: Answer("", 204))
