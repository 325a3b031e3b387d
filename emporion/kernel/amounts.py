"""Reads amounts: the plain decimals that strangers' programs send and what people write. Without Babel, for the data plane.

And rounds shares, which pure rules tell as pages do.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

LARGEST_MINOR = 10**12  # ten thousand million of a currency with cents; more is a mistake
LONGEST_WRITTEN = 100  # signs; more would not even be exact in a Decimal
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_WRITTEN = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[.,' ])[0-9]{3})(?:(?P=group)[0-9]{3})*|[0-9]*)(?:(?P<point>[.,])(?P<part>[0-9]+))?"
)
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'"})  # as French, Swiss and copied tables group

# ISO 4217, table A.1: the minor units that are not hundredths. Babel's precisions are CLDR's, which follow what people write
# (RSD 0, IQD 0) and not what banks and payment providers count (RSD 2, IQD 3).
_NOT_HUNDREDTHS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {code: digits for digits, codes in _NOT_HUNDREDTHS.items() for code in codes.split()}


class AmountAbsurd(ValueError):
    """What was sent is the amount of no payment: below zero, no plain number, or too large."""


def minor_digits(currency: str) -> int:
    """The number of decimals of a currency's minor unit by ISO 4217: USD 2, JPY 0, KWD 3; two for codes that are none."""
    return _DIGITS.get(currency, 2)


def minor_of(text: str, currency: str) -> int:
    """The minor units of an amount in major units, such as "49.90"; no sign, no exponent.

    `AmountAbsurd` for what no payment can be, another ValueError for more decimals than the currency has.
    """
    if not _PLAIN.fullmatch(text):
        raise AmountAbsurd("is no plain number of zero or more")
    whole, _, part = text.partition(".")
    digits, part = minor_digits(currency), part.rstrip("0")
    if len(whole.lstrip("0")) + digits > len(str(LARGEST_MINOR)):
        raise AmountAbsurd("is larger than any payment")
    if len(part) > digits:
        raise ValueError(f"has more decimals than {currency} has")
    minor = int(whole + part.ljust(digits, "0"))
    if minor > LARGEST_MINOR:
        raise AmountAbsurd("is larger than any payment")
    return minor


def plainly(text: str, currency: str) -> str:
    """The amount that a person wrote, as `minor_of` reads it: "25,00", "$25", "25" and "25.00" are all 25.

    Groups of three digits with one kind of separator are thousands, and another separator after them is the decimal one, so
    "1,000", "1.000", "1 000", "1,000.00" and "1.000,00" are all a thousand; else a point or comma is the decimal one: "2,5".
    A single point or comma before exactly three digits is ambiguous only where the currency has three decimals or more,
    and is refused there unless what stands before it can head no thousands ("0.500", "1234.567"). A ValueError for all else.
    """
    written = text.translate(_SPACES).strip()
    for sign in (currency, _SIGNS.get(currency, currency)):
        written = written.removeprefix(sign).removesuffix(sign).strip()
    found = _WRITTEN.fullmatch(written)
    if not found or not written:
        raise ValueError("is not an amount")
    if len(written) > LONGEST_WRITTEN:
        raise AmountAbsurd("is larger than any payment")
    whole, group, point, part = found["whole"], found["group"], found["point"], found["part"] or "0"
    if point and len(found["part"]) > minor_digits(currency):
        raise ValueError(f"has more decimals than {currency} has")
    if group and group == point:
        raise ValueError("has one separator for thousands and for decimals")
    if minor_digits(currency) >= 3 and group in {".", ","} and not point and whole.count(group) == 1:
        raise ValueError("may be thousands or decimals")
    return f"{whole.replace(group, '') if group else whole or '0'}.{part}"


def in_percent(value: Decimal | float, decimals: int = 0) -> Decimal:
    """A share (0.82) in per cent (82), rounded once and half away from zero, as money is: shares and points are told alike."""
    # Of a float what is beyond twelve decimals is its own noise, which would make a half of what is none, or none of a half.
    exact = Decimal(f"{value:.12f}") if isinstance(value, float) else Decimal(value)
    return (exact * 100).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
