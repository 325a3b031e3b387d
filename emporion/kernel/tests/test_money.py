"""Money never invents or loses a minor unit, whatever the amount, the currency and the number of parts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel.money import Money, Rate, exponent, round_half_away, total

CURRENCIES = ["USD", "EUR", "JPY", "KWD", "CLF", "RSD"]
MINORS = st.integers(min_value=-(10**18), max_value=10**18)
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=12)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=40).filter(any)


def half_away(value: Fraction) -> int:
    """The oracle: exact fractions, and no Decimal in it."""
    whole = (abs(value) + Fraction(1, 2)).__floor__()
    return whole if value >= 0 else -whole


@pytest.mark.requirement("BIL-01")
@given(minor=MINORS, currency=st.sampled_from(CURRENCIES), weights=WEIGHTS)
def test_parts_sum_to_the_whole_and_each_is_within_one_minor_unit_of_its_share(minor, currency, weights):
    whole = Money(minor, currency)
    parts = whole.allocate(weights)
    assert total(parts, currency) == whole
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(minor * weight, sum(weights))
        assert abs(Fraction(part.minor) - share) < 1
        assert part.minor * minor >= 0, "a part never has the other sign"


@given(minor=MINORS, weights=WEIGHTS)
def test_a_refund_is_split_as_the_mirror_of_its_sale(minor, weights):
    sale = Money(minor, "EUR").allocate(weights)
    assert Money(-minor, "EUR").allocate(weights) == tuple(-part for part in sale)


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (5, (70, 30), (4, 1)),
        (5, (30, 70), (2, 3)),
        (800, (1, 1, 1), (267, 267, 266)),
        (2900, (85, 15), (2465, 435)),
        (100, (1, 1, 1), (34, 33, 33)),
    ],
)
def test_published_allocations_come_out_to_the_cent(minor, weights, parts):
    # 5 by 70:30 would tie at .5 and .5: the first part takes it. 5 by 30:70 ties too, and the first part takes it again.
    assert tuple(part.minor for part in Money(minor, "EUR").allocate(weights)) == parts


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1), (3, -1)])
def test_weights_that_share_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").allocate(weights)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("IQD", 3), ("RSD", 2), ("CLF", 4), ("HUF", 2), ("UGX", 0), ("MGA", 2)],
)
def test_the_minor_unit_is_the_banks_and_not_what_people_write(currency, digits):
    assert exponent(currency) == digits


def test_an_unknown_currency_is_refused():
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "usd")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("5.124", "KWD", 5124), ("500", "JPY", 500), ("5", "ISK", 5), ("990.00", "USD", 99_000), ("-0.01", "USD", -1)],
)
def test_amounts_are_read_in_major_units(text, currency, minor):
    assert Money.of(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("500.5", "JPY"), ("0.001", "USD"), ("0.00" + "9" * 60, "USD"), ("NaN", "USD"), ("Infinity", "USD")],
)
def test_amounts_finer_than_the_currency_are_refused_and_never_rounded(text, currency):
    with pytest.raises(ValueError, match="decimals"):
        Money.of(text, currency)


def test_floats_are_refused():
    with pytest.raises(TypeError):
        Money.of(0.5, "USD")
    with pytest.raises(TypeError):
        Money(1.0, "USD")
    with pytest.raises(TypeError):
        Money(1, "USD") * 0.5
    with pytest.raises(TypeError):
        Rate(0.008, "USD")
    with pytest.raises(TypeError):
        Rate(Decimal("NaN"), "USD")


@given(minor=st.integers(min_value=-(10**40), max_value=10**40), currency=st.sampled_from(CURRENCIES))
def test_an_amount_of_any_size_survives_the_way_to_text_and_back(minor, currency):
    money = Money(minor, currency)
    assert Money.of(str(money.major), currency) == money


@given(amount=AMOUNTS)
def test_halves_round_away_from_zero_and_a_credit_mirrors_its_charge(amount):
    assert round_half_away(amount) == half_away(Fraction(amount))
    assert round_half_away(-amount) == -round_half_away(amount)


@pytest.mark.parametrize(("text", "whole"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("-2.5", -3), ("2.49", 2)])
def test_the_midpoints_leave_zero(text, whole):
    assert round_half_away(Decimal(text)) == whole


@given(rate=AMOUNTS, quantity=st.integers(min_value=0, max_value=10**24), currency=st.sampled_from(CURRENCIES))
def test_a_rate_times_a_quantity_rounds_once_from_the_exact_product(rate, quantity, currency):
    exact = Fraction(rate) * quantity
    assert Rate(rate, currency).times(quantity).minor == half_away(exact * 10 ** exponent(currency))
    assert Rate(rate, currency).micros(quantity) == half_away(exact * 10**6)


def test_a_product_just_below_the_half_does_not_round_up_twice():
    assert Rate(Decimal(1), "USD").times(Decimal("0.004" + "9" * 40)) == Money(0, "USD")


def test_vat_on_a_credit_note_rounds_away_from_zero():
    # ConnectingEurope/eInvoicing-EN16931 #303: -1710.50 at 19 % is -324.995, and that is -325.00.
    assert Rate(Decimal("-1710.50"), "EUR").times(Decimal("0.19")) == Money(-32_500, "EUR")


@pytest.mark.parametrize(
    ("plan_minor", "included", "rate", "calls", "minor"),
    [
        (2900, 1_000, "0.01", 1_000, 2900),
        (2900, 1_000, "0.01", 1_001, 2901),
        (2900, 1_000, "0.01", 1_500, 3400),
        (9900, 10_000, "0.008", 10_001, 9901),
        (9900, 10_000, "0.008", 10_002, 9902),
        (9900, 10_000, "0.008", 10_005, 9904),
        (9900, 10_000, "0.008", 12_500, 11_900),
        (2900, 1_000, "0.01", 8_000, 9900),
    ],
)
def test_the_price_list_comes_out_to_the_cent(plan_minor, included, rate, calls, minor):
    overage = Rate(Decimal(rate), "USD").times(calls - included)
    assert Money(plan_minor, "USD") + overage == Money(minor, "USD")


@pytest.mark.parametrize(
    ("prices", "used", "whole", "lines"),
    [((2900, 9900), 15, 30, (-1450, 4950)), ((2900, 9900), 10, 31, (-1965, 6706))],
)
def test_a_change_of_plan_in_the_middle_comes_out_to_the_cent(prices, used, whole, lines):
    # The part of a period is a fraction: allocation splits an amount by it and the rest, and both parts sum to the price.
    old, new = (Money(price, "USD").allocate((used, whole - used))[1] for price in prices)
    assert ((-old).minor, new.minor) == lines


def test_currencies_never_mix():
    with pytest.raises(ValueError, match="mix"):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(ValueError, match="mix"):
        Money(1, "USD") < Money(1, "EUR")  # noqa: B015
    with pytest.raises(ValueError, match="mix"):
        total([Money(1, "USD")], "EUR")


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(99_000, "USD"), "en-US", "$990"),
        (Money(950, "USD"), "en-US", "$9.50"),
        (Money(1234, "KWD"), "en-US", "KWD1.234"),
        (Money(1234, "RSD"), "en-US", "RSD12.34"),
        (Money(990, "JPY"), "en-US", "¥990"),
        (Money(-1050, "EUR"), "de-DE", "-10,50\xa0€"),
        (Money(12_345_678, "INR"), "en-IN", "₹1,23,456.78"),
    ],
)
def test_amounts_are_written_without_losing_a_minor_unit(money, locale, text):
    assert money.format(locale) == text


@pytest.mark.parametrize(("rate", "text"), [("0.008", "$0.008"), ("0.01", "$0.01"), ("2", "$2.00"), ("10", "$10.00")])
def test_rates_are_written_with_all_their_decimals(rate, text):
    assert str(Rate(Decimal(rate), "USD")) == text
