"""Writes picos as people read dollars: as many decimals as an amount needs, never more than it has."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from emporion.kernel.money import Rate
from emporion.ui.wording import number, percent, reader_locale

PICOS = 12  # decimals
CURRENCY = "USD"
SMALLEST = Decimal("0.000001")


def decimal_of(picos: int) -> Decimal:
    """The exact amount in dollars."""
    return Decimal(picos).scaleb(-PICOS)


def dollars(picos: int) -> str:
    """An amount at a glance: cents from a dollar on, finer below it."""
    amount = decimal_of(picos)
    size = abs(amount)
    if size >= 1 or not size:
        return _written(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))
    if size < SMALLEST:
        return f"< {_written(SMALLEST)}" if amount > 0 else f"> -{_written(SMALLEST)}"
    places = Decimal("0.0001") if size >= Decimal("0.01") else SMALLEST
    return _written(amount.quantize(places, ROUND_HALF_UP))


def exact(picos: int) -> str:
    """An amount with every decimal it has."""
    return _written(decimal_of(picos))


def priced(dollars_each: Decimal) -> str:
    """A price, with every decimal it has."""
    return _written(dollars_each)


def signed(picos: int) -> str:
    """A change, with its sign."""
    return f"+{dollars(picos)}" if picos > 0 else dollars(picos)


def change(now: int, before: int) -> str:
    """By how much something grew, in per cent; nothing where there was nothing before."""
    if not before:
        return ""
    return percent(_decimal(Fraction(abs(now - before), before)), 1)


def share_of(part: int, whole: int) -> Decimal:
    """A share between 0 and 1."""
    return _decimal(Fraction(part, whole)) if whole else Decimal(0)


def short(count: int) -> str:
    """A count at a glance: 12.4M, 830K."""
    for size, sign in ((10**9, "B"), (10**6, "M"), (10**4, "K")):
        if count >= size:
            unit = 1000 if sign == "K" else size
            return f"{number((Decimal(count) / unit).quantize(Decimal('0.1'), ROUND_HALF_UP))}{sign}"
    return number(count)


def _written(amount: Decimal) -> str:
    return Rate(amount, CURRENCY).format(reader_locale())


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
