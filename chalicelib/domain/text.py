"""Texts as they are kept: in one normal form, without blanks around them, and without what does harm.

Control characters, line ends within a line, and marks that reverse the order in which text is shown (Unicode Technical
Report 36): on an invoice or in a list they would make it read as something else.
"""

import re
import unicodedata

HARMFUL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
"""As the inside of a character class, in a form that Python and ECMAScript read alike."""

LONGEST = {"name": 200, "phone": 40, "address": 500, "email": 254, "tax_id": 40, "uid": 64}
"""Characters of a customer's fields."""

# Half a surrogate pair can't be written as UTF-8 at all.
_REMOVED = re.compile(rf"[{HARMFUL}\ud800-\udfff]")


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")


def tidied(text: str) -> str:
    return "\n".join(unicodedata.normalize("NFC", line).strip() for line in lines_of(text))


def made_harmless(text: str, field: str) -> str:
    """What is left of a text for a customer's field that nobody can be asked to mend."""
    between = "\n" if field == "address" else " "
    return tidied(between.join(_REMOVED.sub("", line) for line in lines_of(text)))[: LONGEST[field]].strip()


def is_harmful(line: str) -> bool:
    return _REMOVED.search(line) is not None
