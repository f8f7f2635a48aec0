"""The invoice PDF, read back with pypdf: what it says, where it stands, and that it is the same each time.

The files in golden/ are what a customer gets: look at them when one of them changes. Renew them with
`RENEW_GOLDEN=1 pytest tests/documents/test_invoice_pdf.py`.
"""

import io
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from chalicelib.documents import invoice_pdf
from chalicelib.domain.customer import Customer
from chalicelib.domain.invoice import Line
from chalicelib.settings import PROJECT, Company
from tests.documents.invoices import (
    COMPANY,
    CUSTOMER,
    GOODS,
    assert_nothing_overlaps,
    content,
    draw,
    invoice_of,
    rows,
    spans,
    texts,
)

GOLDEN = Path(__file__).parent / "golden"


def test_it_says_who_bills_whom_for_what() -> None:
    customer = replace(CUSTOMER, email="maria@example.test", tax_id="EL 123")
    (text,) = texts(draw(invoice_of("Espresso beans"), customer=customer))
    for part in (
        "INVOICE\n2025-000042\n2025-11-23",
        "Maria Papadopoulou\nOdos Ermou 12\n105 63 Athens\n+30 210 555 0199\nmaria@example.test\nTax ID EL 123",
        "Kirana & Sons\n14 Harbour Street\n1012 AB Amsterdam\n+31 20 555 0137\nbilling@kirana.test",
        "Item/Description Price per unit Quantity Price",
        "Espresso beans $5.76 2 $11.52",
        "TOTAL $11.52",
        "Thank you for shopping with us!",
        "Page 1 of 1",
    ):
        assert part in text


def test_the_customer_is_at_the_left_and_the_company_at_the_right() -> None:
    found = {span.text: span for span in spans(draw(invoice_of("x")))}
    assert found[CUSTOMER.name].left == pytest.approx(20, abs=0.1)
    for text in ("INVOICE", "2025-000042", COMPANY.name, COMPANY.phone):
        assert found[text].right == pytest.approx(190, abs=0.2)


def test_an_invoice_without_a_number_is_open() -> None:
    (text,) = texts(draw(invoice_of("x", number=None)))
    assert "INVOICE\nopen\n" in text
    assert "None" not in text


def test_an_invoice_without_lines_has_a_header_and_a_total() -> None:
    (text,) = texts(draw(invoice_of()))
    assert "Item/Description Price per unit Quantity Price" in text
    assert "TOTAL $0.00" in text


def test_the_header_row_stands_on_every_page() -> None:
    pages = texts(draw(invoice_of(*GOODS * 15)))
    assert len(pages) > 3
    assert all(page.count("Item/Description Price per unit Quantity Price") == 1 for page in pages)


def test_every_page_says_which_of_how_many_it_is() -> None:
    pages = texts(draw(invoice_of(*GOODS * 15)))
    for number, page in enumerate(pages, 1):
        assert re.findall(r"Page .*", page) == [f"Page {number} of {len(pages)}"]


@pytest.mark.parametrize("description", ["plain", "of three lines " * 8])
def test_the_total_is_never_alone_on_a_page(description: str) -> None:
    page_counts = set()
    for count in range(1, 70):
        pages = texts(draw(invoice_of(*[description] * count)))
        page_counts.add(len(pages))
        assert sum(page.count("TOTAL") for page in pages) == 1
        assert description.split()[0] in pages[-1].split("TOTAL")[0].split("Price\n")[1]
    assert len(page_counts) > 2, "no page boundary was crossed"


def test_no_row_is_split_and_none_is_lost_or_moved() -> None:
    pages = texts(draw(invoice_of(*(f"no{n:03} " * (1 + n * 7 % 61) for n in range(150)))))
    places = [{page for page, text in enumerate(pages) if f"no{n:03}" in text} for n in range(150)]
    assert all(len(place) == 1 for place in places)
    words = re.findall(r"no\d{3}", " ".join(pages))
    assert words == [f"no{n:03}" for n in range(150) for _ in range(1 + n * 7 % 61)]


def test_nothing_is_printed_over_anything_else() -> None:
    assert_nothing_overlaps(draw(invoice_of(*GOODS * 15), currency="KWD"))


@pytest.mark.parametrize(
    ("currency", "price"),
    [("JPY", "¥576"), ("KWD", "KWD 0.576"), ("INR", "₹5.76"), ("EUR", "€5.76"), ("CHF", "CHF 5.76")],
)
def test_each_currency_has_its_symbol_and_decimals(currency: str, price: str) -> None:
    (text,) = texts(draw(invoice_of("x"), currency=currency))
    assert f"x {price} 2 " in text


@pytest.mark.parametrize("currency", ["USD", "KWD", "CLF"])
def test_the_largest_amounts_stay_in_their_columns(currency: str) -> None:
    most = (Line(1, "W" * 60, 10**15, 1), Line(2, "W" * 60, 10**6, 10**9), Line(3, "W" * 60, 10**15, 10**9))
    pdf = draw(replace(invoice_of(), lines=most), currency=currency)
    assert_nothing_overlaps(pdf)
    assert "1,000,000,000" in texts(pdf)[0]


def test_ordinary_numbers_are_not_made_smaller() -> None:
    pdf = draw(replace(invoice_of(), lines=(Line(1, "x", 12_500_000, 1_000), Line(2, "y", 1, 1))), currency="CHF")
    sizes = {float(size) for size in re.findall(rb"/F1 ([\d.]+) Tf", content(PdfReader(io.BytesIO(pdf)).pages[0]))}
    assert sizes == {invoice_pdf.TITLE, invoice_pdf.BODY, invoice_pdf.SMALL}


def test_numbers_end_at_the_right_edge_of_their_column() -> None:
    pdf = draw(invoice_of(*["x"] * 12))
    ends = [[round(span.right, 1) for span in row[1:]] for row in rows(pdf) if row[0].text == "x"]
    assert len(ends) == 12
    for row in ends:
        assert row == pytest.approx([131, 154, 190], abs=0.15)


def test_a_word_of_500_letters_wraps_inside_its_column() -> None:
    word = "".join(chr(ord("A") + n % 26) for n in range(500))
    pdf = draw(invoice_of(word))
    parts = [span for span in spans(pdf) if span.left < 21 and 95 < span.baseline < 200 and span.text[:3] in word]
    assert "".join(span.text for span in parts) == word
    assert all(span.right < 94.1 for span in parts)


def test_words_are_kept_whole_where_they_fit() -> None:
    pdf = draw(invoice_of("extraordinarily " * 12))
    words = {word for span in spans(pdf) if span.left < 21 for word in span.text.split() if "extra" in word}
    assert words == {"extraordinarily"}


@pytest.mark.parametrize("endless", ["blah " * 10_000, "W" * 50_000])
def test_a_description_without_end_is_cut_where_a_page_would_be_full(endless: str) -> None:
    pdf = draw(invoice_of("before", endless, "after"))
    assert_nothing_overlaps(pdf)
    (cut,) = (span for span in spans(pdf) if span.text.endswith("..."))
    assert cut.right < 94.1
    assert "after" in " ".join(texts(pdf))


def test_addresses_and_names_without_end_are_cut() -> None:
    endless = "\n".join(f"line {n} " + "x" * 90 for n in range(500))
    customer = Customer(7, "LONG", "name " * 500, "1" * 500, endless, "e" * 500, "t" * 500)
    company = COMPANY._replace(address=endless, name="n" * 500)
    invoice = invoice_of("a" * 3000, "b")
    for pdf in (draw(invoice, customer=customer), draw(invoice, company=company)):
        assert_nothing_overlaps(pdf)
        assert "TOTAL" in texts(pdf)[-1]


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=200), st.text(max_size=60), st.text(max_size=120), st.integers(0, 10**15), st.integers(1, 10**9)
)
def test_no_text_and_no_number_breaks_the_page(
    description: str, name: str, address: str, unit_price: int, quantity: int
) -> None:
    invoice = replace(invoice_of(number=name), lines=(Line(1, description, unit_price, quantity),) * 3)
    customer = Customer(7, name, name, name, address, name, name)
    pdf = draw(invoice, customer=customer, company=Company(name, address, name, name, ""))
    assert "TOTAL" in texts(pdf)[-1]


def test_the_same_invoice_gives_the_same_bytes_whatever_was_drawn_between() -> None:
    first = draw(invoice_of(*GOODS))
    for other in GOODS:
        draw(invoice_of(other * 3, "x"), currency="INR")
    assert draw(invoice_of(*GOODS)) == first


def test_the_same_invoice_gives_the_same_bytes_in_another_process() -> None:
    script = "import sys, tests.documents.invoices as t; sys.stdout.buffer.write(t.draw(t.invoice_of(*t.GOODS * 9)))"
    here = draw(invoice_of(*GOODS * 9))
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"}
        run = [sys.executable, "-c", script]
        folder = PROJECT
        assert subprocess.run(run, env=environment, cwd=folder, capture_output=True, check=True).stdout == here


def test_threads_do_not_disturb_each_other() -> None:
    # Of one to four pages, so that their fonts have different numbers in the file.
    invoices = [invoice_of(*["x"] * 25 * (n % 4)) for n in range(30)]
    alone = [draw(invoice) for invoice in invoices]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(draw, invoices)) == alone
    finally:
        sys.setswitchinterval(interval)


def test_the_date_is_the_invoices_and_the_file_names_itself() -> None:
    reader = PdfReader(io.BytesIO(draw(invoice_of("x"))))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == datetime(2025, 11, 23, 23, 30, tzinfo=UTC)
    assert (reader.metadata.title, reader.metadata.author) == ("Invoice 2025-000042", "Kirana & Sons")
    assert str(reader.root_object["/Lang"]) == "en"
    assert reader.viewer_preferences is not None
    assert reader.viewer_preferences.display_doctitle
    assert reader.pages[0].mediabox[2:] == pytest.approx([595.28, 841.89])


def test_the_logo_stands_at_the_right_above_the_company(tmp_path: Path) -> None:
    Image.new("RGB", (400, 100), "navy").save(tmp_path / "logo.png")
    pdf = draw(invoice_of("x"), company=COMPANY._replace(logo=str(tmp_path / "logo.png")))
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert len(page.images) == 1
    width, height, left, bottom = (
        float(number) * 25.4 / 72
        for number in re.findall(rb"q ([\d.]+) 0 0 ([\d.]+) ([\d.]+) ([\d.]+) cm", content(page))[0]
    )
    assert (width, height, left) == pytest.approx((50, 12.5, 140), abs=0.1)
    (name,) = (span for span in spans(pdf) if span.text == COMPANY.name)
    assert 297 - bottom < name.baseline - 3
    (tmp_path / "logo.png").write_bytes(b"never read again")
    assert draw(invoice_of("x"), company=COMPANY._replace(logo=str(tmp_path / "logo.png"))) == pdf


@pytest.mark.parametrize(("name", "count", "currency"), [("short", 5, "EUR"), ("long", 70, "INR")])
def test_it_looks_like_the_golden_file(name: str, count: int, currency: str) -> None:
    pdf = draw(invoice_of(*(GOODS * 10)[:count]), currency=currency)
    file = GOLDEN / f"{name}.pdf"
    if os.environ.get("RENEW_GOLDEN"):
        file.write_bytes(pdf)
    drawn, golden = PdfReader(io.BytesIO(pdf)), PdfReader(file)
    assert texts(pdf) == texts(file.read_bytes())
    assert len(drawn.pages) == len(golden.pages)
    # Not byte by byte: another zlib packs the same content differently.
    for page, golden_page in zip(drawn.pages, golden.pages, strict=True):
        assert content(page) == content(golden_page)
