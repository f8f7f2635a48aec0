"""What people search by: words without case and accents, digits of phone numbers, and which records they mean."""

import unicodedata
from typing import NamedTuple

from chalicelib.domain.customer import Customer
from chalicelib.domain.item import Item

MOST_WORDS = 40
"""Of one record; those after them are not found by. A transaction holds 100 actions, and each word is one."""

LONGEST_WORD = 32

LONGEST_EMAIL = 64
"""As far as it is looked up; the rest is compared."""

PHONE_DIGITS = 4
"""By the last ones it is looked up; how the rest is written differs, and is compared."""


def words(*texts: str | None) -> list[str]:
    """Each once, in the order of the texts. Chinese and Japanese signs are words by themselves."""
    # In this order, since some signs are capitals only once they are taken apart.
    apart = unicodedata.normalize("NFKD", " ".join(text for text in texts if text))
    folded = unicodedata.normalize("NFKD", apart.casefold())
    plain = unicodedata.normalize("NFC", "".join(sign for sign in folded if not "\u0300" <= sign <= "\u036f"))
    spaced = "".join(f" {sign} " if _stands_alone(sign) else sign if _is_of_a_word(sign) else " " for sign in plain)
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in spaced.split()))[:MOST_WORDS]


def stands_first(place: str, beginning: str, there: list[str]) -> bool:
    """A record stands behind each of its words; it is shown at the first of those that are meant, and nowhere else."""
    return place.startswith(min((f"{word}#" for word in there if word.startswith(beginning)), default="#"))


def _is_of_a_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def _stands_alone(sign: str) -> bool:
    return "\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff" or "\uf900" <= sign <= "\ufaff"


def digits(phone: str) -> str:
    """From the last one on, so that the country's and the area's code come at the end."""
    return "".join(str(unicodedata.decimal(sign)) for sign in reversed(phone) if sign.isdecimal())


def item_words(item: Item) -> list[str]:
    return words(item.sku, item.name, item.description)


class ItemFilter(NamedTuple):
    """What is asked of items; all of it must hold."""

    text: str = ""
    """Each of its words begins a word of the item."""
    sku: str = ""
    low_stock: bool = False
    archived: bool = False

    def admits(self, item: Item, reorder_point: int) -> bool:
        """`reorder_point` is the shop's own, for items without one."""
        return (
            item.archived == self.archived
            and (not self.sku or item.sku == self.sku)
            and (not self.low_stock or item.is_low(reorder_point))
            and _all_begin(words(self.text), item_words(item))
        )


class CustomerFilter(NamedTuple):
    """What is asked of customers; all of it must hold."""

    name: str = ""
    """Each of its words begins a word of the name."""
    phone: str = ""
    """At least the last digits of it."""
    email: str = ""
    """What it begins with, in small letters or capitals."""
    archived: bool = False

    def admits(self, customer: Customer) -> bool:
        return (
            customer.archived == self.archived
            and _all_begin(words(self.name), words(customer.name))
            and (not self.phone or _same_phone(digits(self.phone), digits(customer.phone)))
            and (customer.email or "").casefold().startswith(self.email.casefold())
        )


def _all_begin(wanted: list[str], there: list[str]) -> bool:
    return all(any(word.startswith(beginning) for word in there) for beginning in wanted)


def _same_phone(one: str, other: str) -> bool:
    """The shorter one may lack the country's and the area's code, and zeros stand for either."""
    one, other = one.rstrip("0") or one, other.rstrip("0") or other
    return one.startswith(other) or other.startswith(one)
