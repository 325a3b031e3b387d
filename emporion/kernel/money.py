"""Amounts of money without floats: integers in minor units, exact decimal rates, one rounding point and one mode."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact
from functools import cache, lru_cache
from typing import Self

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency

from emporion.kernel.amounts import minor_digits, plainly

MICROS_PER_UNIT = 1_000_000

# Decimal's own context rounds to 28 digits without a word; here a result that cannot be exact is an error instead.
_EXACT = Context(prec=400, traps=[Inexact])


@cache
def exponent(currency: str) -> int:
    """The number of decimals of a currency's minor unit by ISO 4217: USD 2, JPY 0, KWD 3; unknown codes are refused."""
    if currency not in get_global("all_currencies"):
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return minor_digits(currency)


def round_half_away(amount: Decimal) -> int:
    """The nearest integer, halves away from zero, so that a credit mirrors its charge."""
    return int(amount.to_integral_value(rounding=ROUND_HALF_UP))


def _scaled(amount: Decimal, digits: int) -> Decimal:
    """The amount with its point moved right, exact."""
    return amount.scaleb(digits, context=_EXACT)


@lru_cache(maxsize=8_192)
def _written(amount: Decimal, currency: str, digits: int, locale: str) -> str:
    """An amount with exactly so many decimals, in the locale's own order of sign, symbol and groups."""
    name = locale.replace("-", "_")
    pattern = Locale.parse(name).currency_formats["standard"].pattern
    pattern = pattern.replace("0.00", f"0.{'0' * digits}" if digits else "0")
    return str(format_currency(amount, currency, pattern, locale=name, currency_digits=False))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency; sums only within that currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money counts in whole minor units; use Rate for fractions")
        exponent(self.currency)

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Self:
        """Read a decimal amount in major units ("990.00"); more decimals than the currency has are refused, and so are floats."""
        if isinstance(amount, float):
            raise TypeError("money is read from text, whole numbers and decimals, never from floats")
        scaled = _scaled(Decimal(amount), exponent(currency))
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"{amount} has more decimals than {currency} has")
        return cls(int(scaled), currency)

    @classmethod
    def written(cls, text: str, currency: str) -> Self:
        """Read what a person wrote, "25,00" and "1 000.50" too, by the rules of `amounts.plainly`; else a ValueError."""
        return cls.of(plainly(text, currency), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in a currency."""
        return cls(0, currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return _scaled(Decimal(self.minor), -exponent(self.currency))

    @property
    def micros(self) -> int:
        """The amount in millionths of a major unit, as meters and wallets count."""
        return int(self.minor * 10 ** (6 - exponent(self.currency)))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            raise TypeError("money is multiplied by whole numbers; use Rate for fractions")
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def allocate(self, weights: Sequence[int]) -> "tuple[Money, ...]":
        """Split by weights so that the parts sum to the whole: largest remainder, ties to the lowest index.

        Weights are not negative and not all zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are not negative and not all zero")
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        left = abs(self.minor) - sum(whole for whole, _ in shares)
        by_remainder = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
        extra = set(by_remainder[:left])
        return tuple(Money(sign * (whole + (index in extra)), self.currency) for index, (whole, _) in enumerate(shares))

    def format(self, locale: str = "en_US") -> str:
        """As people write it in a locale: whole amounts without decimals ("$990"), others with ("$9.50")."""
        whole = self.major == self.major.to_integral_value()
        return _written(self.major, self.currency, 0 if whole else exponent(self.currency), locale)

    def __str__(self) -> str:
        return self.format()


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; nothing sums to zero of it."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


def whole_percent(part: Money, whole: Money) -> int:
    """A part as people read it, in whole per cent, half away from zero: $198 of $1,188 is 17, a half of a per cent is 1."""
    if part.currency != whole.currency or whole.minor <= 0:
        raise ValueError("a share is of more than nothing, in one currency")
    rounded = (200 * abs(part.minor) + whole.minor) // (2 * whole.minor)
    return rounded if part.minor >= 0 else -rounded


@dataclass(frozen=True, slots=True)
class Rate:
    """An exact price of one unit in major units of a currency; it may be finer than the minor unit ($0.008 a call)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise TypeError("a rate is an exact, finite Decimal")
        exponent(self.currency)

    def times(self, quantity: int | Decimal) -> Money:
        """The price of a quantity, rounded once, half away from zero: the only rounding point of the product."""
        price = _EXACT.multiply(self.amount, Decimal(quantity))
        return Money(round_half_away(_scaled(price, exponent(self.currency))), self.currency)

    def micros(self, quantity: int | Decimal) -> int:
        """The price of a quantity in millionths of a major unit, half away from zero."""
        return round_half_away(_scaled(_EXACT.multiply(self.amount, Decimal(quantity)), 6))

    def format(self, locale: str = "en_US") -> str:
        """As people write it, with all its decimals: "$0.008"."""
        digits = max(-int(self.amount.normalize(_EXACT).as_tuple().exponent), exponent(self.currency))
        return _written(self.amount, self.currency, digits, locale)

    def __str__(self) -> str:
        return self.format()
