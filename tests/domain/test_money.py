import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("10.99", "USD", 1099), ("10", "USD", 1000), ("0", "USD", 0), ("500", "JPY", 500), ("1.234", "KWD", 1234)],
)
def test_an_amount_becomes_minor_units_of_its_currency(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@given(text=st.from_regex(r"[0-9]{0,14}(\.[0-9]{0,5})?", fullmatch=True))
def test_the_pattern_of_an_amount_takes_what_the_currency_has_and_nothing_else(currency: str, text: str) -> None:
    places = money.decimals(currency)
    whole, _, fraction = text.partition(".")
    has = whole and (fraction or "." not in text) and len(fraction) <= places and Decimal(text) <= 10**12 / 10**places
    # As many digits in front as the highest amount has.
    has = has and (len(whole) < 13 - places or Decimal(text) == Decimal(10**12) / 10**places)
    assert bool(re.fullmatch(money.pattern(currency), text)) == bool(has)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("10.999", "USD"),
        ("10.9900000000000000000000000000000000001", "USD"),
        ("0.5", "JPY"),
        ("1.2345", "KWD"),
        ("-1", "USD"),
        ("1e400", "USD"),
        ("NaN", "USD"),
    ],
)
def test_an_amount_the_currency_does_not_have_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="must"):
        money.to_minor(Decimal(amount), currency)


@given(st.integers(0, money.MOST), st.sampled_from(["JPY", "USD", "KWD", "CLF"]))
def test_the_json_number_of_an_amount_is_exact(minor: int, currency: str) -> None:
    written = Decimal(repr(money.to_number(minor, currency)))
    assert written.scaleb(money.decimals(currency)) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(123450, "USD", "$1,234.50"), (123450, "INR", "₹1,234.50"), (500, "JPY", "¥500"), (1500, "KWD", "KWD 1.500")],
)
def test_an_amount_is_written_as_people_write_it(minor: int, currency: str, text: str) -> None:
    assert money.to_text(minor, currency) == text
