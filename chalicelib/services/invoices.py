"""The invoice as a file the customer can download."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice
from chalicelib.settings import settings
from chalicelib.storage import files
from chalicelib.telemetry import Counted, count

FOLDER = "invoices/open/"

PRINTED = ("id", "name", "phone", "address", "email", "tax_id")
"""Of a customer."""

LAYOUT = 1
"""Counted up when invoices are to look different, so that none of the old look is handed out."""


def link_to_invoice(invoice: Invoice, customer: Customer) -> str:
    """A presigned link to the PDF. It is drawn when first asked for; after that, only the link is made.

    Its key names all that is printed on it: the invoice's version, and a digest of customer and company, whose change
    makes another file too. Two who ask at once draw the same bytes.
    """
    shop = settings()
    billed = {name: value for name, value in vars(customer).items() if name in PRINTED}
    printed = json.dumps([LAYOUT, shop.currency, shop.company._asdict(), _digest(shop.company.logo), billed])
    key = f"{folder_of(invoice)}{invoice.version}-{sha256(printed.encode()).hexdigest()[:16]}.pdf"
    if files.size_of(key) is None:
        # Imported here, since fpdf2 takes longer to import than a link to make.
        from chalicelib.documents.invoice_pdf import draw_invoice

        pdf = draw_invoice(invoice, customer, shop.company, shop.currency)
        files.write_file(key, pdf, "application/pdf", file_name(invoice))
        count(Counted.PDFS_DRAWN)
    return files.link_to(key)


def folder_of(invoice: Invoice) -> str:
    """Where all the PDFs of an invoice lie, and of no other, also when the customer gets a new one."""
    return f"{FOLDER}{invoice.customer}/{invoice.identity}/"


@cache
def _digest(file: str) -> str:
    return sha256(Path(file).read_bytes()).hexdigest() if file else ""


def file_name(invoice: Invoice) -> str:
    return f"invoice-{invoice.number or f'customer-{invoice.customer}'}.pdf"
