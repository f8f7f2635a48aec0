"""The paper that documents are drawn on: A4 in DejaVu Sans, at the speed of a font that is already there.

fpdf2 parses each TrueType font anew for each document and cuts it down to the characters used, which takes 30 of the
32 ms of a short invoice. Here both happen once in a process: the characters are taken in slices of 32, all of a slice
or none, so that documents in the same scripts share their parsed fonts and the PDF objects made of them. What is
shared depends on the slices alone, never on what was drawn before: the same text gives the same bytes.
"""

import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer

Style = Literal["", "B"]

_FONT_FILES: dict[Style, Path] = {
    "": Path(__file__).parent / "fonts" / "DejaVuSans.ttf",
    "B": Path(__file__).parent / "fonts" / "DejaVuSans-Bold.ttf",
}
_FAMILY = "dejavu"
_SLICE = 32
"""Code points. Slices of 128 are shared more often, but made a document with a € and an é half as large again."""
_ASCII = frozenset({1, 2, 3})
"""The slices that every document has, blank to tilde."""

MISSING = "□"
"""Printed for each character the font lacks, such as an emoji or a Chinese one."""

INK = 33
"""Grey level, 0 is black and 255 white."""


def printable(text: str) -> str:
    """One line of text as the font can print it: white space of any kind becomes a blank, what has no width of its own
    (control and formatting characters, marks the font lacks) goes, any other character that is missing becomes □."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text).translate(_SHOWN)


class _Shown(dict[int, str]):
    """What is printed for each code point. It remembers those of the font only, so foreign input can't make it grow."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character.isspace() and character not in "\u00a0\u2007\u202f":  # These three forbid breaking the line.
            return " "
        if category in ("Cc", "Cf"):
            return ""
        if code in _covered():
            return self.setdefault(code, character)
        return "" if category.startswith("M") else MISSING


_SHOWN = _Shown()


@cache
def _covered() -> frozenset[int]:
    """The code points of the shipped fonts; both weights have the same."""
    with TTFont(_FONT_FILES[""], lazy=True) as font:
        return frozenset(font.getBestCmap())


class _Typeface(NamedTuple):
    fonts: dict[Style, TTFFont]
    pdf_objects: list[Any]
    """fpdf2's font objects, in the order in which they stand in the file."""
    by_number: dict[int, Any]
    """Those of them that the pages refer to."""


@lru_cache(maxsize=32)  # About 1 MB each.
def _typeface(slices: frozenset[int]) -> _Typeface:
    """Both weights, cut to these slices."""
    specimen = FPDF()
    specimen.add_page()
    fonts: dict[Style, TTFFont] = {}
    for style, file in _FONT_FILES.items():
        ranges = [(number * _SLICE, number * _SLICE + _SLICE - 1) for number in sorted(slices)]
        specimen.add_font(_FAMILY, style, file, unicode_range=ranges)
        specimen.set_font(_FAMILY, style)
        # fpdf2 embeds the characters that were drawn and numbers them as they come: so all are drawn once, in order.
        font = specimen.fonts[_FAMILY + style]
        assert isinstance(font, TTFFont)
        fonts[style] = font
        specimen.text(0, 0, "".join(map(chr, sorted(font.cmap))))
    producer = OutputProducer(specimen)
    by_number = producer._add_fonts({}, {}, {})
    return _Typeface(fonts, producer.pdf_objs, by_number)


class _Producer(OutputProducer):
    """fpdf2's own, except that it takes the font objects from the typeface instead of making them for each document.

    `_add_fonts` is no public name, though the class is a public parameter of `output`. Should a new fpdf2 rename it,
    documents are drawn as before but slowly, which a test would see.
    """

    def _add_fonts(self, *_resources: object) -> dict[int, Any]:
        assert isinstance(self.fpdf, Sheet)
        # A copy, because the objects are numbered anew in each document.
        pdf_objects, by_number = deepcopy((self.fpdf.typeface.pdf_objects, self.fpdf.typeface.by_number))
        for pdf_object in pdf_objects:
            self._add_pdf_obj(pdf_object, "fonts")
        return by_number


class Sheet(FPDF):
    """Lengths in millimetres from the top left, type sizes in points. Texts must have gone through `printable`."""

    def __init__(self, text: str):
        """`text` holds every character that will be drawn, printable ASCII apart."""
        super().__init__(format="A4")
        self.set_auto_page_break(False)
        self.typeface = _typeface(_ASCII.union(ord(character) // _SLICE for character in set(text)))
        self.fonts.update({_FAMILY + style: font for style, font in self.typeface.fonts.items()})
        self.set_fill_color(INK)  # Text in the fill colour needs no graphics state of its own.
        self.set_text_color(INK)

    def width_of(self, text: str, size: float, style: Style = "") -> float:
        # The sum that fpdf2's get_string_width comes to in the end, nine times as fast.
        widths = self.typeface.fonts[style].cw
        return sum(map(widths.__getitem__, map(ord, text))) * size / 1000 / self.k

    def write_left(self, x: float, baseline: float, text: str, size: float, style: Style = "") -> None:
        self._select(size, style)
        self.text(x, baseline, text)

    def write_right(
        self, x: float, baseline: float, text: str, size: float, style: Style = "", room: float | None = None
    ) -> None:
        """Ends at `x`. Text that is wider than `room` is set smaller, so that it never runs into its neighbour."""
        width = self.width_of(text, size, style)
        if room and width > room:
            size, width = size * room / width, room
        self._select(size, style)
        self.text(x - width, baseline, text)

    def _select(self, size: float, style: Style) -> None:
        # fpdf2's set_font comes to the same, but takes as long as drawing a short text.
        if size != self.font_size_pt or style != self.font_style or not self.font_family:
            self.set_font(_FAMILY, style, size)

    def wrap(self, text: str, size: float, width: float, most_lines: int, style: Style = "") -> list[str]:
        """The lines of `text`, at most that many: what is longer ends in "..."."""
        if self.width_of(text, size, style) <= width:
            return [text]
        lines = list(islice(self._lines(text, size, width, style), most_lines + 1))
        if len(lines) > most_lines:
            kept = lines[most_lines - 1]
            while self.width_of(kept + "...", size, style) > width:
                kept = kept[:-1]
            lines[most_lines - 1 :] = [kept + "..."]
        return lines

    def _lines(self, text: str, size: float, width: float, style: Style) -> Iterator[str]:
        line = ""
        for word in filter(None, text.split(" ")):
            longer = f"{line} {word}" if line else word
            if self.width_of(longer, size, style) <= width:
                line = longer
                continue
            if line:
                yield line
            line = word
            while self.width_of(line, size, style) > width:
                fitting = self._fitting(line, size, width, style)
                yield line[:fitting]
                line = line[fitting:]
        if line:
            yield line

    def _fitting(self, word: str, size: float, width: float, style: Style) -> int:
        """How many characters of a word that is too long for one line stand in `width`."""
        length = 1
        while self.width_of(word[: length + 1], size, style) <= width:
            length += 1
        return length

    def to_bytes(self) -> bytes:
        return bytes(self.output(output_producer_class=_Producer))
