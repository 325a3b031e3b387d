"""Reads amounts that strangers send: plain decimals of a size that a payment can have. Without Babel, for the data plane."""

import re

LARGEST_MINOR = 10**12  # ten thousand million of a currency with cents; more is a mistake
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")

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
