"""Lettering: what is printed for which character, and that a font costs its time once only."""

import logging
import re
from dataclasses import replace

import pytest

from tests.documents.invoices import CUSTOMER, GOODS, advances, draw, invoice_of, texts


@pytest.mark.parametrize("description", GOODS[:4] + GOODS[5:6])
def test_latin_greek_cyrillic_and_currency_signs_print(description: str) -> None:
    customer = replace(CUSTOMER, name=description)
    (text,) = texts(draw(invoice_of(description), customer=customer))
    assert text.count(description) == 2
    assert "□" not in text


def test_decomposed_letters_are_composed() -> None:
    (text,) = texts(draw(invoice_of("Cafe\u0301")))
    assert "Café $" in text


def test_characters_the_font_lacks_become_boxes(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):
        (text,) = texts(
            draw(invoice_of("tea 🎉 हिन्दी 漢字 \ud800 end"), customer=replace(CUSTOMER, name="山田", address="東京"))
        )
    assert "tea □ □□□ □□ □ end $" in text
    assert "□□\n□□\n+30" in text
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_line_breaks_and_control_characters_do_not_break_the_row() -> None:
    (text,) = texts(draw(invoice_of("\na\r\nb\tc\x00\x07\x1b\u200b\u202e\u2028d\x7f\u00ad\n")))
    assert re.search(r"^ ?a +b c +d +\$5.76 2 \$11.52$", text, re.MULTILINE)


def test_the_fonts_are_parsed_and_cut_once_and_not_for_each_document(monkeypatch: pytest.MonkeyPatch) -> None:
    first = draw(invoice_of(*GOODS))

    def refuse(*_: object) -> None:
        raise AssertionError("a font was cut again")

    monkeypatch.setattr("fontTools.subset.Subsetter.subset", refuse)
    monkeypatch.setattr("fpdf.fonts.TTFFont.__init__", refuse)
    assert draw(invoice_of(*GOODS)) == first


def test_a_short_invoice_is_a_small_file() -> None:
    assert len(draw(invoice_of("plain ASCII"))) < 25_000
    assert len(draw(invoice_of(*GOODS))) < 100_000


def test_both_weights_have_the_same_characters() -> None:
    assert advances(True).keys() == advances(False).keys()
