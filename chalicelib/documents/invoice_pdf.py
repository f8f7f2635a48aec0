"""An invoice as a PDF file, A4. Pure: the same invoice gives the same bytes, on any day.

All lengths are millimetres, type sizes points.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fpdf import ViewerPreferences
from fpdf.image_datastructures import ImageCache
from fpdf.image_parsing import preload_image

from chalicelib.documents.typeface import INK, Sheet, Style, printable
from chalicelib.domain import money
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Invoice, Line
from chalicelib.settings import Company

LEFT, RIGHT = 20.0, 190.0
TOP, BOTTOM = 20.0, 274.0
"""Where the table may begin on a page without a head, and must end on each."""
FOOT = 285.0
PARTY_TOP, PARTY_WIDTH = 52.0, 80.0
LOGO_WIDTH, LOGO_HEIGHT = 50.0, 18.0

# The table. Each column of numbers ends at its right edge; a number that is wider than its room is set smaller.
DESCRIPTION_WIDTH = 74.0
UNIT_PRICE_RIGHT, UNIT_PRICE_ROOM = 131.0, 35.0
QUANTITY_RIGHT, QUANTITY_ROOM = 154.0, 21.0
AMOUNT_ROOM = 34.0
HEADER_HEIGHT = 8.0
ROW_PADDING = 3.4
LINE_HEIGHT = 4.4
TOTAL_HEIGHT = 30.0

SMALL, HEADER, BODY, NAME, TOTAL, TITLE = 7.5, 8.0, 9.0, 10.5, 13.0, 24.0
MUTED = 115
"""Grey level of what is read second."""
HAIRLINE = 215

MOST_DESCRIPTION_LINES = 40
"""So that a row, the header and the total always stand on one page; about 1,500 characters. More is cut."""
MOST_NAME_LINES, MOST_ADDRESS_LINES, MOST_CONTACT_LINES = 8, 12, 3
"""So that the table can always begin on the first page."""


class Row(NamedTuple):
    """A line of the invoice as it is printed."""

    description: Sequence[str]
    unit_price: str
    quantity: str
    amount: str

    @property
    def height(self) -> float:
        return len(self.description) * LINE_HEIGHT + ROW_PADDING


def draw_invoice(invoice: Invoice, customer: Customer, company: Company, currency: str) -> bytes:
    """Characters the font lacks are printed as □."""
    sheet = Sheet(printable(" ".join(_texts(invoice, customer, company, currency))))
    _describe(sheet, invoice, company)
    sheet.add_page()
    table_top = _draw_head(sheet, invoice, customer, company)
    pages = paginate([_row(sheet, line, currency) for line in invoice.lines], table_top)
    for number, rows in enumerate(pages, 1):
        if number > 1:
            sheet.add_page()
        y = table_top if number == 1 else TOP
        # Only an invoice without lines has a header with nothing below it.
        if rows or len(pages) == 1:
            y = _draw_table(sheet, rows, y)
        if number == len(pages):
            _draw_total(sheet, money.to_text(invoice.total, currency), y)
        _draw_foot(sheet, invoice, company, f"Page {number} of {len(pages)}")
    return sheet.to_bytes()


def paginate(rows: Sequence[Row], first_top: float) -> list[Sequence[Row]]:
    """The rows of each page. A row is never split, and the total has at least the last row with it on its page."""
    pages: list[list[Row]] = [[]]
    y = first_top + HEADER_HEIGHT
    for row in rows:
        if y + row.height > BOTTOM:
            pages.append([])
            y = TOP + HEADER_HEIGHT
        pages[-1].append(row)
        y += row.height
    if rows and y + TOTAL_HEIGHT > BOTTOM:
        pages.append([pages[-1].pop()])
    return list(pages)


def _texts(invoice: Invoice, customer: Customer, company: Company, currency: str) -> Iterable[str]:
    """Everything that is printed and may be more than ASCII."""
    yield from (line.description for line in invoice.lines)
    yield from (customer.name, customer.phone, customer.address, customer.email or "", customer.tax_id or "")
    yield from (company.name, company.phone, company.address, company.email)
    yield from (invoice.number or "", money.to_text(0, currency))


def _describe(sheet: Sheet, invoice: Invoice, company: Company) -> None:
    sheet.set_title(f"Invoice {printable(invoice.number)}" if invoice.number else "Open invoice")
    sheet.set_author(printable(company.name))
    sheet.set_lang("en")
    sheet.set_creation_date(invoice.created_at)
    sheet.viewer_preferences = ViewerPreferences(display_doc_title=True)


def _row(sheet: Sheet, line: Line, currency: str) -> Row:
    return Row(
        sheet.wrap(printable(line.description), BODY, DESCRIPTION_WIDTH, MOST_DESCRIPTION_LINES),
        money.to_text(line.unit_price, currency),
        f"{line.quantity:,}",
        money.to_text(line.amount, currency),
    )


def _draw_head(sheet: Sheet, invoice: Invoice, customer: Customer, company: Company) -> float:
    """Who bills whom. Returns where the table begins."""
    sheet.write_right(RIGHT, TOP + 7, "INVOICE", TITLE)
    number = printable(invoice.number) if invoice.number else "open"
    sheet.write_right(RIGHT, TOP + 14, number, NAME, "B", room=PARTY_WIDTH)
    sheet.set_text_color(MUTED)
    sheet.write_right(RIGHT, TOP + 19.5, invoice.created_at.date().isoformat(), BODY)
    sheet.write_left(LEFT, PARTY_TOP, "BILLED TO", SMALL)
    sheet.write_right(RIGHT, PARTY_TOP, "FROM", SMALL)
    sheet.set_text_color(INK)

    tax_id = f"Tax ID {customer.tax_id}" if customer.tax_id else None
    left = PARTY_TOP + 1
    for text, size, style in _party(sheet, customer.name, customer.address, customer.phone, customer.email, tax_id):
        left += LINE_HEIGHT * size / BODY
        sheet.write_left(LEFT, left, text, size, style)
    right = PARTY_TOP + 1 + _draw_logo(sheet, company.logo)
    for text, size, style in _party(sheet, company.name, company.address, company.phone, company.email):
        right += LINE_HEIGHT * size / BODY
        sheet.write_right(RIGHT, right, text, size, style)
    return max(left, right) + 12


def _party(sheet: Sheet, name: str, address: str, *contacts: str | None) -> Iterator[tuple[str, float, Style]]:
    """The lines that name one side of the invoice, with size and style."""
    for line in sheet.wrap(printable(name), NAME, PARTY_WIDTH, MOST_NAME_LINES, "B"):
        yield line, NAME, "B"
    written = (printable(line).strip() for line in address.splitlines())
    lines = [line for text in written if text for line in sheet.wrap(text, BODY, PARTY_WIDTH, MOST_ADDRESS_LINES)]
    if len(lines) > MOST_ADDRESS_LINES:
        lines[MOST_ADDRESS_LINES - 1 :] = ["..."]
    for contact in filter(None, contacts):
        lines += sheet.wrap(printable(contact), BODY, PARTY_WIDTH, MOST_CONTACT_LINES)
    for line in lines:
        yield line, BODY, ""


def _draw_logo(sheet: Sheet, logo: str) -> float:
    """Returns the height it takes. The operator ships the file; no path or picture from outside ever comes here."""
    if not logo:
        return 0
    file = Path(logo)
    sheet.image_cache = deepcopy(_unpacked(file))
    _, _, picture = preload_image(sheet.image_cache, file)
    scale = min(LOGO_WIDTH / picture.width, LOGO_HEIGHT / picture.height)
    width, height = picture.width * scale, picture.height * scale
    sheet.image(file, RIGHT - width, PARTY_TOP + 3, width, height)
    return height + 4


@cache
def _unpacked(file: Path) -> ImageCache:
    """Kept, because unpacking a picture takes ten times as long as drawing the rest of a short invoice."""
    pictures = ImageCache()
    preload_image(pictures, file)
    return pictures


def _draw_table(sheet: Sheet, rows: Sequence[Row], y: float) -> float:
    """Header and rows, from `y` down. Returns where they end."""
    baseline = y + 5.2
    sheet.write_left(LEFT, baseline, "Item/Description", HEADER, "B")
    sheet.write_right(UNIT_PRICE_RIGHT, baseline, "Price per unit", HEADER, "B")
    sheet.write_right(QUANTITY_RIGHT, baseline, "Quantity", HEADER, "B")
    sheet.write_right(RIGHT, baseline, "Price", HEADER, "B")
    y += HEADER_HEIGHT
    _draw_rule(sheet, y, INK)
    for row in rows:
        baseline = y + 5.1
        for index, text in enumerate(row.description):
            sheet.write_left(LEFT, baseline + index * LINE_HEIGHT, text, BODY)
        sheet.write_right(UNIT_PRICE_RIGHT, baseline, row.unit_price, BODY, room=UNIT_PRICE_ROOM)
        sheet.write_right(QUANTITY_RIGHT, baseline, row.quantity, BODY, room=QUANTITY_ROOM)
        sheet.write_right(RIGHT, baseline, row.amount, BODY, room=AMOUNT_ROOM)
        y += row.height
        _draw_rule(sheet, y, HAIRLINE)
    return y


def _draw_rule(sheet: Sheet, y: float, grey: int) -> None:
    sheet.set_draw_color(grey)
    sheet.line(LEFT, y, RIGHT, y)


def _draw_total(sheet: Sheet, total: str, y: float) -> None:
    _draw_rule(sheet, y, INK)
    sheet.write_left(LEFT, y + 9, "TOTAL", NAME, "B")
    sheet.write_right(RIGHT, y + 9, total, TOTAL, "B", room=140)
    sheet.set_text_color(MUTED)
    sheet.write_left(LEFT, y + 25, "Thank you for shopping with us!", BODY)
    sheet.set_text_color(INK)


def _draw_foot(sheet: Sheet, invoice: Invoice, company: Company, page: str) -> None:
    sheet.set_text_color(MUTED)
    title = sheet.title or ""
    sheet.write_left(LEFT, FOOT, sheet.wrap(f"{title}, {printable(company.name)}", SMALL, 140, 1)[0], SMALL)
    sheet.write_right(RIGHT, FOOT, page, SMALL)
    sheet.set_text_color(INK)
