"""Prices, periods and usage against worked examples: the source's own, published ones, and some computed by exact fractions."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.billing import rules
from emporion.billing.errors import PlanNotPriced, QuantityTooFine
from emporion.billing.tests.shelf import ENTERPRISE, PRO, STARTER, plan
from emporion.billing.types import AtLimit, ComponentSpec, Cycle, Period, PlanChoice, PriceShape
from emporion.kernel.money import Money, Rate

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def rate(amount: str) -> Rate:
    return Rate(Decimal(amount), "USD")


@pytest.mark.requirement("BUY-07", "BIL-03")
def test_pro_yearly_is_twelve_months_less_two() -> None:
    quote = rules.quote(PRO, Cycle.YEARLY, now=NOW)
    line = quote.lines[0]
    assert (str(line.unit), line.times, str(line.gross)) == ("$99", 12, "$1,188")
    assert (str(quote.discount), str(quote.total), quote.percent_off) == ("$198", "$990", 17)
    assert quote.renews_at == datetime(2027, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.requirement("BIL-03")
@pytest.mark.parametrize(("sold", "month", "year"), [(STARTER, "$29", "$290"), (PRO, "$99", "$990")])
def test_yearly_is_ten_months(sold, month: str, year: str) -> None:
    assert str(rules.quote(sold, Cycle.MONTHLY, now=NOW).total) == month
    assert str(rules.quote(sold, Cycle.YEARLY, now=NOW).total) == year


def test_a_named_yearly_price_is_kept_even_when_it_saves_nothing() -> None:
    quote = rules.quote(plan("dear", monthly="10", yearly="130"), Cycle.YEARLY, now=NOW)
    assert (str(quote.gross), str(quote.discount), str(quote.total)) == ("$130", "$0", "$130")


def test_a_trial_costs_nothing_today_and_renews_when_it_ends() -> None:
    quote = rules.quote(plan("try", monthly="99", trial_days=14), Cycle.MONTHLY, now=NOW)
    assert (str(quote.due_today), str(quote.total)) == ("$0", "$99")
    assert quote.renews_at == datetime(2026, 12, 5, 9, 0, tzinfo=UTC)


def test_usage_only_owes_nothing_today() -> None:
    quote = rules.quote(plan("use", shape=PriceShape.USAGE), Cycle.MONTHLY, now=NOW)
    assert not quote.due_today


def test_a_plan_by_request_has_no_price() -> None:
    with pytest.raises(PlanNotPriced):
        rules.quote(ENTERPRISE, Cycle.MONTHLY, now=NOW)


@pytest.mark.requirement("BUY-22", "BIL-05")
def test_a_bundle_takes_its_percentage_off_the_sum_and_shares_it_out_to_the_cent() -> None:
    choices = [PlanChoice(plan=sold, cycle=Cycle.MONTHLY) for sold in (PRO, STARTER, STARTER)]
    quote = rules.quote_bundle(choices, bundle_percent=15, now=NOW)
    assert quote.gross == usd("157")
    assert quote.discount == usd("23.55")
    assert quote.total == usd("133.45")
    assert [line.discount.minor for line in quote.lines] == [1485, 435, 435]


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=6), st.integers(0, 100))
def test_bundle_lines_always_sum_to_the_total(prices: list[int], percent: int) -> None:
    choices = [PlanChoice(plan=plan(f"p{n}", monthly=str(Decimal(n).scaleb(-2))), cycle=Cycle.MONTHLY) for n in prices]
    quote = rules.quote_bundle(choices, bundle_percent=percent, now=NOW)
    assert sum(line.amount.minor for line in quote.lines) == quote.total.minor
    assert all(line.amount.minor >= 0 for line in quote.lines)


@pytest.mark.requirement("BIL-03")
@pytest.mark.parametrize(
    ("sold", "calls", "total"),
    [
        (STARTER, 1_000, 2_900),
        (STARTER, 1_001, 2_901),
        (STARTER, 1_500, 3_400),
        (PRO, 10_000, 9_900),
        (PRO, 10_001, 9_901),
        (PRO, 10_002, 9_902),
        (PRO, 10_005, 9_904),
        (PRO, 12_500, 11_900),
        (STARTER, 8_000, 9_900),
    ],
)
def test_overage_is_rounded_once_half_away_from_zero(sold, calls: int, total: int) -> None:
    component = sold.component("calls")
    assert (sold.monthly + rules.rate_usage(component, calls, "USD")).minor == total


@pytest.mark.parametrize(
    ("tiers", "quantity", "total"),
    [
        ([(1_000, "0.01"), (10_000, "0.008"), (None, "0.005")], 15_000, 10_700),  # useautumn.com, graduated pricing
        ([(1_000, "0.10"), (10_000, "0.05"), (None, "0.01")], 15_000, 60_000),  # zuplo.com, pricing models
        ([(5, "7"), (10, "6.5"), (None, "6")], 20, 12_750),  # docs.stripe.com, tiered pricing
        ([(5, "5"), (10, "4"), (15, "3"), (20, "2"), (None, "1")], 6, 2_900),  # stripe.com/docs/billing, tiers
        ([(5, "5"), (10, "4"), (15, "3"), (20, "2"), (None, "1")], 25, 7_500),
    ],
)
def test_graduated_tiers_match_published_examples(tiers, quantity: int, total: int) -> None:
    priced = [rules.Tier(up_to=up_to, rate=rate(price)) for up_to, price in tiers]
    assert rules.rate_graduated(priced, Decimal(quantity)).times(1).minor == total


def test_unlimited_costs_nothing_more() -> None:
    assert not rules.rate_usage(ComponentSpec(metric="calls", label="Calls", unit="calls"), 10**9, "USD")


@given(st.lists(st.integers(1, 4_000), max_size=12))
def test_the_wallet_pays_step_by_step_what_the_month_costs(steps: list[int]) -> None:
    component, used, paid = PRO.component("calls"), Decimal(9_000), 0
    for step in steps:
        paid += rules.usage_micros(component, used, used + step, "USD")
        used += step
    assert paid == max(int(used) - 10_000, 0) * 8_000


@pytest.mark.requirement("BIL-03")
def test_a_month_end_anchor_never_drifts() -> None:
    anchor = datetime(2027, 1, 31, 12, tzinfo=UTC)
    ends = [rules.add_months(anchor, months) for months in range(1, 14)]
    assert [(end.month, end.day) for end in ends[:4]] == [(2, 28), (3, 31), (4, 30), (5, 31)]
    assert (ends[12].year, ends[12].month, ends[12].day) == (2028, 2, 29)


# hypothesis takes its bounds without a zone and adds the zone itself
SINCE, UNTIL = NOW.replace(year=2020, tzinfo=None), NOW.replace(year=2040, tzinfo=None)


@given(
    st.datetimes(SINCE, UNTIL, timezones=st.just(UTC)),
    st.datetimes(SINCE, UNTIL, timezones=st.just(UTC)),
    st.sampled_from([1, 12]),
)
def test_every_moment_lies_in_exactly_one_period(anchor: datetime, moment: datetime, months: int) -> None:
    period = rules.period_at(anchor, months, moment)
    assert period.contains(moment)
    assert rules.period_at(anchor, months, period.end).start == period.end


JUNE = Period(start=datetime(2025, 6, 1, tzinfo=UTC), end=datetime(2025, 7, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("period", "at", "prices", "parts"),
    [
        (JUNE, datetime(2025, 6, 16, tzinfo=UTC), (10_000, 30_000), (5_000, 15_000)),
        (JUNE, datetime(2025, 6, 11, tzinfo=UTC), (10_000, 30_000), (6_667, 20_000)),
        (
            Period(start=datetime(2024, 2, 18, tzinfo=UTC), end=datetime(2024, 3, 18, tzinfo=UTC)),
            datetime(2024, 2, 25, tzinfo=UTC),
            (10_000, 30_000),
            (7_586, 22_759),
        ),
        (JUNE, datetime(2025, 6, 16, tzinfo=UTC), (2_900, 9_900), (1_450, 4_950)),
        (
            Period(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC)),
            datetime(2026, 1, 11, tzinfo=UTC),
            (2_900, 9_900),
            (1_965, 6_706),
        ),
    ],
)
def test_proration_to_the_second_matches_published_examples(period, at, prices, parts) -> None:
    proration = rules.prorate(period, at, old=Money(prices[0], "USD"), new=Money(prices[1], "USD"))
    assert (proration.credit.minor, proration.debit.minor) == parts


def test_a_change_of_cycle_credits_the_unused_part_and_starts_anew() -> None:
    at = datetime(2025, 6, 16, tzinfo=UTC)
    proration = rules.prorate_to_new_cycle(JUNE, at, old=Money(10_000, "USD"), new=Money(100_000, "USD"))
    assert (proration.credit.minor, proration.debit.minor) == (5_000, 100_000)


def test_thresholds_are_crossed_once() -> None:
    assert rules.crossed(Decimal(799), Decimal(800), 1_000) == (80,)
    assert rules.crossed(Decimal(800), Decimal(899), 1_000) == ()
    assert rules.crossed(Decimal(0), Decimal(5_000), 1_000) == (80, 90, 100)
    assert rules.crossed(Decimal(0), Decimal(5_000), None) == ()


@pytest.mark.requirement("BIL-07")
@pytest.mark.parametrize(
    ("at_limit", "recent", "allowed", "word"),
    [
        (AtLimit.OVERAGE, 0, True, ""),
        (AtLimit.THROTTLE, 4, True, ""),
        (AtLimit.THROTTLE, 5, False, "minute"),
        (AtLimit.PAUSE, 0, False, "larger plan"),
    ],
)
def test_at_the_limit_the_plans_rule_holds(at_limit: AtLimit, recent: int, allowed: bool, word: str) -> None:
    sold = plan("p", monthly="29", at_limit=at_limit, throttle_per_minute=5)
    demand = rules.Demand(
        used=Decimal(1_000), quantity=Decimal(1), in_last_minute=Decimal(recent), period_end=datetime(2026, 12, 1, tzinfo=UTC)
    )
    admission = rules.admit(sold, sold.component("calls"), demand)
    assert admission.allowed is allowed
    assert word in admission.next_step


def test_the_month_is_projected_to_its_end() -> None:
    meter = rules.meter(STARTER, STARTER.component("calls"), Decimal(600), period=JUNE, now=datetime(2025, 6, 11, tzinfo=UTC))
    assert (meter.percent, meter.expected_by_end, meter.expected_percent) == (60, 1_800, 180)
    assert meter.full_about_at == datetime(2025, 6, 17, 16, tzinfo=UTC)


def test_quantities_keep_six_decimals_and_refuse_more() -> None:
    assert rules.from_micros(rules.to_micros(Decimal("0.000001"))) == Decimal("0.000001")
    with pytest.raises(QuantityTooFine):
        rules.to_micros(Decimal("0.0000001"))
