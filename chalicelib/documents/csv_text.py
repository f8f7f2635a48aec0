"""Cells of CSV (RFC 4180) that do no harm in a spreadsheet, and are read back as they were."""

import re
from collections.abc import Iterable

END = "\r\n"

# A spreadsheet would run a cell that begins so as a formula (OWASP: CSV injection), also with the signs' wide forms.
_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def row(cells: Iterable[object]) -> str:
    """Without its end. None is an empty cell."""
    return ",".join(quoted(harmless("" if cell is None else str(cell))) for cell in cells)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


def harmless(text: str) -> str:
    """With an apostrophe in front, also of apostrophes that could be one of ours, so that `original` can tell."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
