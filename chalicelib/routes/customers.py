from chalicelib.domain.customer import Customer
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import CURSOR_ID, LIMIT, operation
from chalicelib.routes.request import Request
from chalicelib.services import customers


def _told(customer: Customer) -> Answer:
    return Answer(vars(customer), version=customer.version)


@operation({200: "Customers"}, parameters=[LIMIT, CURSOR_ID])
def list_customers(request: Request) -> Answer:
    """List the customers

    In id order.
    """
    found, more = customers.list_customers(request.query(CURSOR_ID), request.query(LIMIT))
    return request.page([(customer.id, vars(customer)) for customer in found], more)


@operation({201: "Customer"}, body="NewCustomer")
def create_customer(request: Request) -> Answer:
    """Add a customer"""
    fields = request.body()

    def tell(customer: Customer) -> Answer:
        return Answer(vars(customer), 201, {"Location": request.path(customer.id)}, customer.version)

    return request.carry_out(lambda work: customers.create_customer(fields, work), tell)


@operation({200: "Customer"}, versioned=True)
def get_customer(request: Request) -> Answer:
    """Look at a customer"""
    return _told(customers.get_customer(request.id("customer")))


@operation({200: "Customer"}, body="CustomerChange", versioned=True)
def change_customer(request: Request) -> Answer:
    """Change a customer

    Fields that are not named stay as they are; `null` takes an optional one away.
    """
    id = request.id("customer")
    changes = request.body(of=lambda: customers.get_customer(id))
    return request.carry_out(lambda work: customers.change_customer(id, changes, work), _told)


@operation({204: ""}, versioned=True, refusals=["open-invoice"])
def delete_customer(request: Request) -> Answer:
    """Delete a customer

    Not as long as there is an open invoice: drop that first.
    """
    id = request.id("customer")
    return request.carry_out(lambda work: customers.delete_customer(id, work), lambda _: Answer("", 204))
