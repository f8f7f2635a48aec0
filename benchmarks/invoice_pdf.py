"""The speed of the invoice PDF beside ReportLab and WeasyPrint, which draw the same texts in the same font.

ReportLab is driven the fast way: its canvas, descriptions wrapped by its own `simpleSplit`, rows counted out in
advance. Its Table with Paragraphs takes nearly three times as long. Both have their fonts parsed and registered when
the clock starts. CPU time, medians, taken in turns.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

import weasyprint
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from chalicelib.documents import invoice_pdf as layout
from chalicelib.documents.invoice_pdf import draw_invoice
from chalicelib.domain import money
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.settings import PROJECT, Company

CURRENCY = "USD"
COMPANY = Company("Kirana & Sons", "14 Harbour Street\n1012 AB Amsterdam", "+31 20 555 0137", "billing@kirana.test", "")
CUSTOMER = Customer(7, "MARIA", "Maria Papadopoulou", "+30 210 555 0199", "Odos Ermou 12\n105 63 Athens")
GOODS = (
    "Espresso beans, dark roast, 1 kg",
    "Filter paper no. 4, unbleached, box of 100",
    "Stainless steel milk pitcher with engraved scale, 600 ml, with a spare lid",
    "Grinder burrs",
)
HEADER = ("Item/Description", "Price per unit", "Quantity", "Price")


def invoice_of(count: int) -> Invoice:
    lines = (Line(n, f"{GOODS[n % 4]} ({n})", 199 + n * 37, n % 40 + 1) for n in range(count))
    return Invoice(7, "i", "1", "issued", datetime(2025, 11, 23, tzinfo=UTC), tuple(lines), "2025-000042")


def cells(line: Line) -> tuple[str, str, str]:
    return money.to_text(line.unit_price, CURRENCY), f"{line.quantity:,}", money.to_text(line.amount, CURRENCY)


def draw_with_stockroom(invoice: Invoice) -> bytes:
    return draw_invoice(invoice, CUSTOMER, COMPANY, CURRENCY)


def draw_with_reportlab(invoice: Invoice) -> bytes:
    width = layout.DESCRIPTION_WIDTH * mm
    rows = [(simpleSplit(line.description, "DejaVu", layout.BODY, width), *cells(line)) for line in invoice.lines]
    pages: list[list[tuple[list[str], str, str, str]]] = [[]]
    y = 95.0
    for row in rows:
        height = len(row[0]) * layout.LINE_HEIGHT + layout.ROW_PADDING
        if y + height > layout.BOTTOM - (layout.TOTAL_HEIGHT if row is rows[-1] else 0):
            pages.append([])
            y = layout.TOP + layout.HEADER_HEIGHT
        pages[-1].append(row)
        y += height
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for number, page in enumerate(pages, 1):
        _draw_reportlab_page(canvas, page, number == 1)
        canvas.setFont("DejaVu", layout.SMALL)
        canvas.drawRightString(layout.RIGHT * mm, 12 * mm, f"Page {number} of {len(pages)}")
        if number == len(pages):
            canvas.setFont("DejaVuBold", layout.TOTAL)
            canvas.drawRightString(layout.RIGHT * mm, 30 * mm, money.to_text(invoice.total, CURRENCY))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw_reportlab_page(canvas: Canvas, rows: list[tuple[list[str], str, str, str]], first: bool) -> None:
    left = layout.LEFT * mm
    edges = [edge * mm for edge in (layout.UNIT_PRICE_RIGHT, layout.QUANTITY_RIGHT, layout.RIGHT)]
    y = (205 if first else 272) * mm
    if first:
        canvas.setFont("DejaVu", layout.BODY)
        for index, text in enumerate((*CUSTOMER.address.splitlines(), CUSTOMER.phone)):
            canvas.drawString(left, (240 - 5 * index) * mm, text)
        for index, text in enumerate((*COMPANY.address.splitlines(), COMPANY.phone, COMPANY.email)):
            canvas.drawRightString(edges[-1], (240 - 5 * index) * mm, text)
    canvas.setFont("DejaVuBold", layout.HEADER)
    canvas.drawString(left, y, HEADER[0])
    for edge, text in zip(edges, HEADER[1:], strict=True):
        canvas.drawRightString(edge, y, text)
    canvas.setFont("DejaVu", layout.BODY)
    for description, *numbers in rows:
        y -= 8 * mm
        for edge, text in zip(edges, numbers, strict=True):
            canvas.drawRightString(edge, y, text)
        canvas.drawString(left, y, description[0])
        for text in description[1:]:
            y -= layout.LINE_HEIGHT * mm
            canvas.drawString(left, y, text)
        canvas.line(left, y - 2 * mm, edges[-1], y - 2 * mm)


def draw_with_weasyprint(invoice: Invoice) -> bytes:
    header = "".join(f"<th>{text}</th>" for text in HEADER)
    rows = "".join(
        f"<tr><td>{escape(line.description)}</td>{''.join(f'<td>{cell}</td>' for cell in cells(line))}</tr>"
        for line in invoice.lines
    )
    style = """
        @page { size: A4; margin: 20mm; @bottom-right { content: "Page " counter(page) " of " counter(pages) } }
        body { font: 9pt "DejaVu Sans" } table { width: 100%; border-collapse: collapse }
        tr { break-inside: avoid; border-bottom: 0.2mm solid #ccc } td + td, th + th { text-align: right }"""
    html = f"<style>{style}</style><table><thead><tr>{header}</tr></thead>{rows}</table>"
    return bytes(weasyprint.HTML(string=html).write_pdf())


def milliseconds(rounds: int, invoice: Invoice, *ways: Callable[[Invoice], bytes]) -> list[float]:
    """The median of each way."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, times in zip(ways, taken, strict=True):
            start = time.process_time()
            way(invoice)
            times.append((time.process_time() - start) * 1000)
    return [statistics.median(times) for times in taken]


def measure() -> list[tuple[str, str, str, str, str]]:
    """What, its figure, the yardstick, the yardstick's figure, the ratio beside the budget."""
    for name, file in (("DejaVu", "DejaVuSans.ttf"), ("DejaVuBold", "DejaVuSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(PROJECT / "chalicelib" / "documents" / "fonts" / file)))
    for warm in (draw_with_stockroom, draw_with_reportlab, draw_with_weasyprint):
        warm(invoice_of(10))
    table = []
    for count, rounds, least in ((10, 51, None), (1000, 7, 20)):
        invoice, what = invoice_of(count), f"invoice PDF, {count:,} lines"
        ours, reportlab = milliseconds(rounds, invoice, draw_with_stockroom, draw_with_reportlab)
        verdict = f"{ours / reportlab:.2f}x, at most 1x: {'met' if ours <= reportlab else 'MISSED'}"
        table.append((what, f"{ours:.1f} ms", "ReportLab", f"{reportlab:.1f} ms", verdict))
        ours, weasyprint_takes = milliseconds(3, invoice, draw_with_stockroom, draw_with_weasyprint)
        faster = weasyprint_takes / ours
        verdict = f"{faster:.0f}x faster"
        if least:
            verdict += f", at least {least}x: {'met' if faster >= least else 'MISSED'}"
        table.append((what, f"{ours:.1f} ms", "WeasyPrint", f"{weasyprint_takes:.1f} ms", verdict))
    return table


if __name__ == "__main__":
    for row in measure():
        sys.stdout.write("{:28} {:>10}   {:10} {:>10}   {}\n".format(*row))
