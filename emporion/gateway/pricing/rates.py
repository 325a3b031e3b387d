"""Exact arithmetic of prices: rates of a model, applied to what a call used, without a float and with one rounding.

A price holds for a kind of unit, and kinds stand in one another: what was read from a cache is part of the input. A more
specific price takes its units out of the more general one, so that none is paid twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from emporion.gateway.pricing.types import Count, Part

PICOS = 10**12


class Tier(msgspec.Struct, frozen=True):
    """A price that holds for all units of a call whose input is longer than `above`."""

    above: int
    price: Decimal


class Kind(msgspec.Struct, frozen=True):
    """A kind of unit: what it is reported as, for how many a price is given, and what sets it apart."""

    name: str
    per: int
    dimensions: frozenset[tuple[str, str]]


class Rate(msgspec.Struct, frozen=True):
    """What units of a kind cost; `within` are the positions of the more specific rates whose units are not counted again."""

    kind: str
    per: int
    price: Decimal
    tiers: tuple[Tier, ...] = ()
    within: tuple[int, ...] = ()
    at_least: int = 0  # units billed for even the shortest call


Rates = tuple[Rate, ...]


def rates_of(prices: Iterable[tuple[Kind, Decimal, tuple[Tier, ...]]], *, at_least: Mapping[str, int] | None = None) -> Rates:
    """Prices by kind, most specific first, each knowing which others stand in it."""
    ordered = sorted(prices, key=lambda row: (-len(row[0].dimensions), row[0].name))
    floors = at_least or {}
    return tuple(
        Rate(
            kind.name,
            kind.per,
            price,
            tiers,
            tuple(index for index, (other, _, _) in enumerate(ordered) if kind.dimensions < other.dimensions),
            floors.get(kind.name, 0),
        )
        for kind, price, tiers in ordered
    )


def priced_units(rates: Rates, counts: Mapping[str, Count]) -> tuple[list[Count], str]:
    """How many units each rate is paid for, and what does not fit: a part greater than its whole counts once, as itself."""
    units: list[Count] = []
    doubt = ""
    for rate in rates:
        reported = 1 if rate.kind == "requests" else counts.get(rate.kind, 0)
        if rate.at_least and 0 < reported < rate.at_least:
            reported = rate.at_least
        for index in rate.within:
            reported -= units[index]
        if reported < 0:
            doubt, reported = rate.kind, 0
        units.append(reported)
    return units, doubt


def price_at(rate: Rate, input_tokens: Count) -> Decimal:
    """The price of a rate for a call with so much input: crossing a tier changes the price of all units."""
    price = rate.price
    for tier in rate.tiers:
        if input_tokens > tier.above:
            price = tier.price
    return price


def parts_of(rates: Rates, counts: Mapping[str, Count]) -> tuple[tuple[Part, ...], str]:
    """The lines of a cost, whose rounded amounts add up to the rounded whole, and what does not fit in the usage."""
    units, doubt = priced_units(rates, counts)
    input_tokens = counts.get("input_tokens", 0)
    parts = []
    numerator, denominator, rounded = 0, 1, 0
    for rate, count in zip(rates, units, strict=True):
        if not count:
            continue
        price = price_at(rate, input_tokens)
        over, under = _picos(price, count, rate.per)
        if under == denominator:
            numerator += over
        else:
            numerator, denominator = numerator * under + over * denominator, denominator * under
        upto = half_away(numerator, denominator)
        parts.append(Part(kind=rate.kind, units=count, price=price, per=rate.per, cost_picos=upto - rounded))
        rounded = upto
    return tuple(parts), doubt


def _picos(price: Decimal, count: Count, per: int) -> tuple[int, int]:
    """Price times count over per, in picos, as numerator and denominator; nearly always a whole number of them."""
    over, under = price.as_integer_ratio()
    times, parts = count.as_integer_ratio()
    numerator, denominator = over * times * PICOS, under * parts * per
    return (numerator // denominator, 1) if numerator % denominator == 0 else (numerator, denominator)


def discounted(rates: Rates, percent: Decimal) -> Rates:
    """The same rates with so much off."""
    left = (100 - percent).scaleb(-2)
    return tuple(
        Rate(
            rate.kind,
            rate.per,
            rate.price * left,
            tuple(Tier(tier.above, tier.price * left) for tier in rate.tiers),
            rate.within,
            rate.at_least,
        )
        for rate in rates
    )


def half_away(numerator: int, denominator: int) -> int:
    """The one rounding of a cost: to whole picos, halves away from zero; amounts are never negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def total(parts: Sequence[Part]) -> int:
    """What the lines come to."""
    return sum(part.cost_picos for part in parts)
