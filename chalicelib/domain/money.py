"""Money is an integer of minor units (cents, paise, fils) of the shop's one currency.

Amounts stay below 10^15 minor units, so that the JSON number made of each is exact in every reader that keeps doubles
(IEEE 754 holds any decimal of 15 digits).
"""

from decimal import Context, Decimal, Inexact

MOST = 10**15 - 1
MOST_EACH = 10**12
"""The highest unit price."""

# ISO 4217, list one: the currencies that do not have two decimals.
_DECIMALS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_DECIMALS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_DECIMALS |= dict.fromkeys("CLF UYW".split(), 4)

_EXACT = Context(prec=28, traps=[Inexact])

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "JPY": "¥"}


def decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def pattern(currency: str) -> str:
    """Of an amount as text, from 0 to MOST_EACH; one that Python and ECMAScript read alike."""
    places = decimals(currency)
    whole, fraction = str(MOST_EACH // 10**places), rf"(?:\.[0-9]{{1,{places}}})?" if places else ""
    zeros = rf"(?:\.0{{1,{places}}})?" if places else ""
    return rf"^(?:{whole}{zeros}|[0-9]{{1,{len(whole) - 1}}}{fraction})$"


def to_minor(amount: Decimal, currency: str) -> int:
    """Raises ValueError, in words for the caller, when the currency has no such amount or it is out of bounds."""
    places = decimals(currency)
    if not amount.is_finite() or not 0 <= amount <= Decimal(MOST_EACH).scaleb(-places):
        raise ValueError(f"must be from 0 to {to_text(MOST_EACH, currency)}")
    try:
        return int(amount.quantize(Decimal(1).scaleb(-places), context=_EXACT).scaleb(places))
    except Inexact:
        raise ValueError(f"must have at most {places} decimals, as {currency} has") from None


def to_number(minor: int, currency: str) -> int | float:
    """The amount in major units as a JSON number; exact, see above."""
    places = decimals(currency)
    return minor / 10**places if places else minor


def to_plain_text(minor: int, currency: str) -> str:
    """As programs write it, and requests take it: `1234.50`."""
    return f"{Decimal(minor).scaleb(-decimals(currency)):f}"


def to_text(minor: int, currency: str) -> str:
    """The amount as people write it: `$1,234.50`, or with its code where there is no common symbol: `CHF 1,234.50`."""
    places = decimals(currency)
    digits = f"{Decimal(minor).scaleb(-places):,.{places}f}"
    return f"{_SYMBOLS[currency]}{digits}" if currency in _SYMBOLS else f"{currency} {digits}"
