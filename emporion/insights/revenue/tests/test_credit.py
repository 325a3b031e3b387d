"""Every model's credits add up to the payment, whatever the currency, and refunds take back exactly what was given."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.insights.revenue.rules import (
    climb,
    confidence,
    credit,
    credits_of,
    reversed_credits,
    touches_in_window,
    visitors_of,
)
from emporion.insights.revenue.types import MODELS, Method, Rung, Touch
from emporion.insights.sites.types import AttributionModel
from emporion.kernel.money import Money

pytestmark = pytest.mark.requirement("INS-11")
PAID_AT = datetime(2026, 11, 18, 10, 15, tzinfo=UTC)
VISITOR = UUID(int=7)


def touch(days: float, source: str = "Google", visitor: UUID = VISITOR) -> Touch:
    channel = "Direct" if source == "Direct" else "Organic search"
    return Touch(
        visitor_id=visitor,
        started_at=PAID_AT - timedelta(days=days),
        source=source,
        channel=channel,
        is_direct=source == "Direct",
    )


ages = st.lists(st.floats(min_value=0, max_value=365), max_size=40).map(lambda days: sorted(days, reverse=True))
currencies = st.sampled_from(["USD", "JPY", "KWD", "EUR"])


@given(ages, st.integers(min_value=0, max_value=10**12), currencies)
def test_the_credits_of_every_model_add_up_to_the_payment_to_the_minor_unit(days: list[float], minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    given_ = credits_of(amount, [touch(one) for one in days], PAID_AT)
    for model in MODELS:
        assert sum(one.minor for one in given_[model]) == minor
        assert all(one.minor >= 0 for one in given_[model])


@given(
    ages,
    st.integers(min_value=1, max_value=10**9),
    st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=6),
    currencies,
)
def test_refunds_in_parts_take_exactly_what_they_sum_to_and_the_whole_takes_exactly_what_was_given(
    days: list[float], minor: int, parts: list[int], currency: str
) -> None:
    given_ = credits_of(Money(minor, currency), [touch(one) for one in days], PAID_AT)
    refunds, left = [], minor
    for part in [*parts, minor]:
        if (taken := min(part, left)) > 0:
            refunds.append(Money(taken, currency))
            left -= taken
    for model in MODELS:
        taken_back = reversed_credits(given_[model], refunds)
        for refund, shares in zip(refunds, taken_back, strict=True):
            assert -sum(one.minor for one in shares) == refund.minor
        for index, one in enumerate(given_[model]):
            assert one.minor + sum(shares[index].minor for shares in taken_back) == 0


def test_each_model_credits_the_visits_that_its_name_says() -> None:
    journey = [touch(12, "X"), touch(7, "Newsletter"), touch(3.5, "Google Ads"), touch(0, "Direct")]
    assert credit(journey, AttributionModel.LAST_CLICK, PAID_AT) == (0, 0, 0, 1)
    assert credit(journey, AttributionModel.FIRST_CLICK, PAID_AT) == (1, 0, 0, 0)
    assert credit(journey, AttributionModel.LAST_NON_DIRECT, PAID_AT) == (0, 0, 1, 0)
    assert credit(journey, AttributionModel.LINEAR, PAID_AT) == (1, 1, 1, 1)
    position = Money.of("99", "USD").allocate(credit(journey, AttributionModel.POSITION_BASED, PAID_AT))
    assert [one.minor for one in position] == [3960, 990, 990, 3960]
    decay = credit(journey, AttributionModel.TIME_DECAY, PAID_AT)
    assert decay[3] == 2 * decay[1]
    only_direct = [touch(2, "Direct"), touch(1, "Direct")]
    assert credit(only_direct, AttributionModel.LAST_NON_DIRECT, PAID_AT) == (0, 1)


def test_a_visit_counts_from_the_first_moment_of_the_window_until_the_payment() -> None:
    at_the_edge, before = touch(30), touch(30.0001)
    after = Touch(visitor_id=VISITOR, started_at=PAID_AT + timedelta(seconds=1), source="", channel="", is_direct=True)
    assert touches_in_window([after, before, touch(0), at_the_edge], PAID_AT, 30) == (at_the_edge, touch(0))


def test_the_surest_rung_wins_and_a_guess_never_mixes_with_what_is_certain() -> None:
    a, b, c = UUID(int=1), UUID(int=2), UUID(int=3)
    rungs = [
        Rung(method=Method.VISITOR_ID, asked=False),
        Rung(method=Method.EMAIL, asked=True, visitor_ids=(a, b)),
        Rung(method=Method.NETWORK, asked=True, visitor_ids=(c,)),
    ]
    assert climb(rungs).method is Method.EMAIL
    assert visitors_of(climb(rungs), rungs) == (a, b)
    assert visitors_of(rungs[2], rungs) == (c,)
    assert climb([]).method is Method.NONE


def test_a_guess_among_several_is_less_sure_and_no_visit_is_no_confidence() -> None:
    assert confidence(Method.NETWORK, touches=1, candidates=2) == confidence(Method.NETWORK, touches=1) / 2
    assert confidence(Method.EMAIL, touches=0) == 0
