"""Invoices to test with, and what a PDF shows: texts and where they stand."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader

from chalicelib.documents.invoice_pdf import draw_invoice
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.settings import PROJECT, Company

FONTS = PROJECT / "chalicelib" / "documents" / "fonts"
COMPANY = Company("Kirana & Sons", "14 Harbour Street\n1012 AB Amsterdam", "+31 20 555 0137", "billing@kirana.test", "")
CUSTOMER = Customer(7, "MARIA", "Maria Papadopoulou", "+30 210 555 0199", "Odos Ermou 12\n105 63 Athens")
GOODS = (
    "Espresso beans, dark roast, 1 kg",
    "Café crème – Röstung Nº 5 «spécial»",
    "Καφές ελληνικός, 500 γρ.",
    "Чай чёрный байховый, 250 г",
    "Stainless steel milk pitcher with engraved scale, 600 ml, dishwasher-safe, with a spare lid and a brush",
    "Łódź, żółw, ğüşiöç, ₹ € ₽ ™ ½",
    "Emoji 🎉, हिन्दी, 漢字",
)


def invoice_of(*descriptions: str, number: str | None = "2025-000042") -> Invoice:
    lines = (Line(n, text, 199 + n * 377, n % 40 + 1) for n, text in enumerate(descriptions, 1))
    return Invoice(7, "i", "1", "issued", datetime(2025, 11, 23, 23, 30, tzinfo=UTC), tuple(lines), number)


def draw(
    invoice: Invoice, *, customer: Customer = CUSTOMER, company: Company = COMPANY, currency: str = "USD"
) -> bytes:
    return draw_invoice(invoice, customer, company, currency)


def content(page: PageObject) -> bytes:
    """The drawing operators, unpacked."""
    contents = page.get_contents()
    assert contents is not None
    return contents.get_data()


def texts(pdf: bytes) -> list[str]:
    """What each page says."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@dataclass(frozen=True)
class Span:
    """A piece of text on a page, in millimetres from its top left."""

    page: int
    left: float
    right: float
    baseline: float
    text: str


def spans(pdf: bytes) -> list[Span]:
    found: list[Span] = []
    for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages, 1):

        def note(text: str, _: Any, matrix: list[float], font: Any, size: float, number: int = number) -> None:
            if text.strip():
                left, baseline = matrix[4] * 25.4 / 72, 297 - matrix[5] * 25.4 / 72
                width = sum(advances("Bold" in font["/BaseFont"])[character] for character in text.strip()) * size
                found.append(Span(number, left, left + width * 25.4 / 72, baseline, text.strip()))

        page.extract_text(visitor_text=note)
    return found


@cache
def advances(bold: bool) -> dict[str, float]:
    """The width of each character in units of the type size, from the font itself."""
    with TTFont(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[name][0] / font["head"].unitsPerEm for code, name in font.getBestCmap().items()}


def rows(pdf: bytes) -> Iterator[list[Span]]:
    """The spans that share a baseline, from left to right."""
    lines: dict[tuple[int, float], list[Span]] = {}
    for span in spans(pdf):
        lines.setdefault((span.page, round(span.baseline, 1)), []).append(span)
    for line in lines.values():
        yield sorted(line, key=lambda span: span.left)


def assert_nothing_overlaps(pdf: bytes) -> None:
    for row in rows(pdf):
        for span, following in pairwise(row):
            assert span.right < following.left - 0.5, (span, following)
    for span in spans(pdf):
        assert span.left > 19.9, span
        assert span.right < 190.1, span
        assert 20 < span.baseline < 286, span
