from typing import Any

from chalicelib.domain import money
from chalicelib.domain.invoice import Invoice
from chalicelib.routes.answer import Answer
from chalicelib.routes.operation import operation
from chalicelib.routes.request import Request
from chalicelib.services import customers, purchases
from chalicelib.services.invoices import link_to_invoice
from chalicelib.settings import settings

REFUSALS = [
    "insufficient-stock",
    "unknown-item",
    "archived-item",
    "archived-customer",
    "total-too-large",
    "invoice-full",
    "refused",
]


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


@operation(
    {200: "Invoice", 201: "Invoice"},
    body="AddedLines",
    versioned=True,
    refusals=[*REFUSALS, "already-on-invoice"],
)
def add_lines(request: Request) -> Answer:
    """Order: add lines to the customer's open invoice

    The invoice is made if there is none (201, else 200), and the stock is taken: of all lines, or of none. When lines
    fail, `errors` names every one of them. An item that is on the invoice already is refused; PUT changes it.
    """
    customer = request.id("customer")
    lines = request.body(of=lambda: customers.get_customer(customer))
    return request.carry_out(
        lambda work: purchases.place_order(customer, lines, work), lambda done: _told(request, *done)
    )


@operation({200: "Invoice", 201: "Invoice"}, body="SetLines", versioned=True, refusals=REFUSALS)
def set_lines(request: Request) -> Answer:
    """Set lines of the customer's open invoice

    Each named item gets its quantity: new ones are added, a lower quantity gives stock back, 0 takes the line off.
    Lines that are not named stay. Where no invoice is open, one is made (201) if there is something to put on it.
    """
    customer = request.id("customer")
    lines = request.body(of=lambda: customers.get_customer(customer))
    return request.carry_out(
        lambda work: purchases.change_order(customer, lines, work), lambda done: _told(request, *done)
    )


@operation({200: "LinkedInvoice", 303: ""}, versioned=True)
def get_invoice(request: Request) -> Answer:
    """Get the customer's open invoice

    A redirect to the PDF, whose link is good for 15 minutes and needs no key; or, with the header `Accept:
    application/json`, the invoice itself, its ETag, and that link as `pdf_url`. Without that header you get the PDF.
    The link is made for each request, and is no part of the version. The redirect has no ETag and looks at no
    If-None-Match.
    """
    invoice, customer = purchases.get_open_invoice(request.id("customer"))
    link = link_to_invoice(invoice, customer)
    if request.accepts("application/pdf", "application/json") == "application/json":
        return Answer({**invoice_json(invoice), "pdf_url": link}, version=invoice.version)
    return Answer("", 303, {"Location": link})


@operation({204: ""}, versioned=True)
def drop_order(request: Request) -> Answer:
    """Drop the customer's open invoice

    All its stock goes back on the shelf.
    """
    customer = request.id("customer")
    return request.carry_out(lambda work: purchases.drop_order(customer, work), lambda _: Answer("", 204))


def _told(request: Request, invoice: Invoice, is_new: bool) -> Answer:
    headers = {"Location": request.path()} if is_new else {}
    return Answer(invoice_json(invoice), 201 if is_new else 200, headers, invoice.version)
