from chalicelib.routes.http import Answer, Request
from chalicelib.services import customers


def list_customers(request: Request) -> Answer:
    found, more = customers.list_customers(request.after(), request.limit())
    return request.page([(customer.id, vars(customer)) for customer in found], more)


def create_customer(request: Request) -> Answer:
    customer = customers.create_customer(request.body("NewCustomer"), request.clock)
    return Answer(vars(customer), 201, {"Location": request.path(customer.id)})


def get_customer(request: Request) -> Answer:
    return Answer(vars(customers.get_customer(request.id("customer"))))


def change_customer(request: Request) -> Answer:
    id = request.id("customer")
    changes = request.body("CustomerChange", of=lambda: customers.get_customer(id))
    return Answer(vars(customers.change_customer(id, changes, request.clock)))


def delete_customer(request: Request) -> Answer:
    customers.delete_customer(request.id("customer"), request.clock)
    return Answer("", 204)
