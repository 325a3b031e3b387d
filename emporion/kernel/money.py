"""Amounts of money without floats: integers in minor units, exact decimal rates, one rounding point and one mode."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Self

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

MICROS_PER_UNIT = 1_000_000


@cache
def exponent(currency: str) -> int:
    """The number of decimals of a currency's minor unit by ISO 4217: USD 2, JPY 0, KWD 3; unknown codes are refused."""
    if currency not in get_global("all_currencies"):
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return int(get_currency_precision(currency))


def round_half_away(amount: Decimal) -> int:
    """The nearest integer, halves away from zero, so that a credit mirrors its charge."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


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
        """Read a decimal amount in major units ("990.00"); more decimals than the currency has are refused."""
        scaled = Decimal(amount).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{amount} has more decimals than {currency} has")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in a currency."""
        return cls(0, currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def micros(self) -> int:
        """The amount in millionths of a major unit, as meters and wallets count."""
        return self.minor * int(10 ** (6 - exponent(self.currency)))

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
        pattern = Locale.parse(locale.replace("-", "_")).currency_formats["standard"].pattern
        if whole:
            pattern = pattern.replace(".00", "")
        return format_currency(self.major, self.currency, pattern, locale=locale.replace("-", "_"), currency_digits=not whole)

    def __str__(self) -> str:
        return self.format()


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; nothing sums to zero of it."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


@dataclass(frozen=True, slots=True)
class Rate:
    """An exact price of one unit in major units of a currency; it may be finer than the minor unit ($0.008 a call)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("a rate is an exact Decimal")
        exponent(self.currency)

    def times(self, quantity: int | Decimal) -> Money:
        """The price of a quantity, rounded once, half away from zero: the only rounding point of the product."""
        return Money(round_half_away((self.amount * quantity).scaleb(exponent(self.currency))), self.currency)

    def micros(self, quantity: int | Decimal) -> int:
        """The price of a quantity in millionths of a major unit, half away from zero."""
        return round_half_away(self.amount * quantity * MICROS_PER_UNIT)

    def format(self, locale: str = "en_US") -> str:
        """As people write it, with all its decimals: "$0.008"."""
        digits = max(-int(self.amount.normalize().as_tuple().exponent), exponent(self.currency))
        pattern = Locale.parse(locale.replace("-", "_")).currency_formats["standard"].pattern.replace("0.00", "0." + "0" * digits)
        return format_currency(self.amount, self.currency, pattern, locale=locale.replace("-", "_"), currency_digits=False)

    def __str__(self) -> str:
        return self.format()
