"""Amounts that strangers send are read as money is, and what no payment can be is refused with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel.amounts import LARGEST_MINOR, AmountAbsurd, minor_of
from emporion.kernel.money import Money


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
