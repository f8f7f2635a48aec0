from typing import Any

from chalicelib.domain import money
from chalicelib.domain.invoice import Invoice
from chalicelib.routes.http import Answer, Request
from chalicelib.services import customers, purchases
from chalicelib.services.invoices import link_to_invoice
from chalicelib.settings import settings


def invoice_json(invoice: Invoice) -> dict[str, Any]:
    currency = settings().currency
    return {
        **{name: value for name, value in vars(invoice).items() if name != "identity"},
        "currency": currency,
        "lines": [
            {
                **vars(line),
                "unit_price": money.to_number(line.unit_price, currency),
                "amount": money.to_number(line.amount, currency),
            }
            for line in invoice.lines
        ],
        "total": money.to_number(invoice.total, currency),
    }


def add_lines(request: Request) -> Answer:
    customer = request.id("customer")
    lines = request.body("AddedLines", of=lambda: customers.get_customer(customer))
    invoice, is_new = purchases.place_order(customer, lines, request.clock)
    return _written(request, invoice, is_new)


def set_lines(request: Request) -> Answer:
    customer = request.id("customer")
    lines = request.body("SetLines", of=lambda: customers.get_customer(customer))
    invoice, is_new = purchases.change_order(customer, lines, request.clock)
    return _written(request, invoice, is_new)


def get_invoice(request: Request) -> Answer:
    invoice, customer = purchases.get_open_invoice(request.id("customer"))
    link = link_to_invoice(invoice, customer)
    if request.accepts("application/pdf", "application/json") == "application/json":
        return Answer({**invoice_json(invoice), "pdf_url": link})
    return Answer("", 303, {"Location": link})


def drop_order(request: Request) -> Answer:
    purchases.drop_order(request.id("customer"), request.clock)
    return Answer("", 204)


def _written(request: Request, invoice: Invoice, is_new: bool) -> Answer:
    headers = {"Location": request.path()} if is_new else {}
    return Answer(invoice_json(invoice), 201 if is_new else 200, headers)
