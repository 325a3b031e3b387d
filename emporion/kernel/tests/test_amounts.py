"""Amounts that strangers send are read as money is, and what no payment can be is refused with its reason."""

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel.amounts import LARGEST_MINOR, AmountAbsurd, minor_of, plainly
from emporion.kernel.money import Money, exponent


@given(st.integers(0, LARGEST_MINOR), st.sampled_from(["USD", "JPY", "KWD", "CLF", "RSD"]))
def test_what_money_writes_is_read_back(minor: int, currency: str) -> None:
    assert minor_of(f"{Money(minor, currency).major:f}", currency) == minor


@pytest.mark.requirement("INS-08")
@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("-5", "USD", "no plain number"),
        ("+5", "USD", "no plain number"),
        ("NaN", "USD", "no plain number"),
        ("Infinity", "USD", "no plain number"),
        ("1e3", "USD", "no plain number"),
        ("1e9999999", "USD", "no plain number"),
        ("1_000", "USD", "no plain number"),
        ("12,50", "USD", "no plain number"),
        ("\u0661\u0662", "USD", "no plain number"),
        (" 12", "USD", "no plain number"),
        ("", "USD", "no plain number"),
        ("10000000000.01", "USD", "larger than any payment"),
        ("1000000000001", "JPY", "larger than any payment"),
        ("9" * 255, "USD", "larger than any payment"),
        (f"0.{'0' * 200}1", "USD", "more decimals than USD has"),
        ("1.5", "JPY", "more decimals than JPY has"),
    ],
)
def test_what_no_payment_can_be_is_refused_with_its_reason(text: str, currency: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        minor_of(text, currency)
    assert isinstance(refused.value, AmountAbsurd) == ("decimals" not in why)


@given(
    st.integers(0, LARGEST_MINOR),
    st.sampled_from(["USD", "JPY", "CLF"]),
    st.sampled_from(["en_US", "de_DE", "fr_FR", "de_CH"]),
)
def test_what_is_written_for_a_reader_of_any_locale_is_read_back(minor: int, currency: str, locale: str) -> None:
    amount = Money(minor, currency)
    written = format_decimal(amount.major, "#,##0.00" + "0" * (exponent(currency) - 2) if exponent(currency) else "#,##0", locale)
    assert Money.written(written, currency) == amount


@pytest.mark.requirement("UX-03")
@pytest.mark.parametrize(
    ("text", "dinars"), [("0.500", "0.500"), ("1234,567", "1234.567"), ("1 000", "1000"), ("1.000.000", "1000000")]
)
def test_three_digits_after_a_separator_are_read_in_dinars_where_they_can_mean_one_thing(text: str, dinars: str) -> None:
    assert Money.written(text, "KWD") == Money.of(dinars, "KWD")
    with pytest.raises(ValueError, match="thousands or decimals"):
        plainly("1,000", "KWD")


def test_an_amount_that_nobody_can_mean_is_refused_however_long_it_is() -> None:
    for digits in (101, 500, 5000):
        with pytest.raises(AmountAbsurd):
            Money.written("9" * digits, "USD")
