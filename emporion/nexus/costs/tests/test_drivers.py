"""Why costs change: whatever the figures, the drivers add up to the change exactly, and each tells what it is named for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.nexus.costs.rules import explain, unusual_days
from emporion.nexus.costs.types import Driver, Explanation, Segment

pytestmark = pytest.mark.requirement("NEX-11")

COUNT = st.integers(0, 10**7)
PICOS = st.integers(0, 10**18)
PRICED = st.one_of(st.none(), PICOS)


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    return [
        Segment(
            key=f"model {number}",
            calls=draw(COUNT),
            tokens=draw(COUNT),
            cost_picos=draw(PICOS),
            calls_before=draw(COUNT),
            tokens_before=draw(COUNT),
            cost_before=draw(PICOS),
            at_old_prices=draw(PRICED),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


def effects(found: Explanation) -> dict[Driver, int]:
    return {effect.driver: effect.picos for effect in found.effects}


@given(segments())
def test_the_drivers_add_up_to_the_change_with_nothing_left(found: list[Segment]) -> None:
    explained = explain(found)
    assert sum(effects(explained).values()) == explained.change_picos
    assert explained.change_picos == sum(one.cost_picos - one.cost_before for one in found)
    assert set(effects(explained)) == set(Driver)


def segment(key: str = "gpt", **numbers: int | None) -> Segment:
    same = {"calls": 100, "tokens": 1000, "cost_picos": 5000, "calls_before": 100, "tokens_before": 1000, "cost_before": 5000}
    return Segment(key=key, **{**same, **numbers})  # type: ignore[arg-type]


def only(found: Explanation) -> dict[Driver, int]:
    return {driver: picos for driver, picos in effects(found).items() if picos}


def test_more_of_the_same_calls_is_volume() -> None:
    assert only(explain([segment(calls=150, tokens=1500, cost_picos=7500)])) == {Driver.VOLUME: 2500}


def test_the_same_number_of_calls_to_a_dearer_model_is_mix() -> None:
    cheap = segment("small", calls=50, tokens=500, cost_picos=500, cost_before=1000)
    dear = segment("large", calls=150, tokens=1500, cost_picos=15_000, cost_before=10_000)
    assert only(explain([cheap, dear])) == {Driver.MIX: 4500}


def test_a_model_that_nobody_called_before_comes_by_mix() -> None:
    new = segment("new", calls=10, cost_picos=900, calls_before=0, tokens_before=0, cost_before=0)
    found = only(explain([segment(calls=90, tokens=900, cost_picos=4500), new]))
    assert found == {Driver.MIX: 400}


def test_longer_calls_are_length() -> None:
    assert only(explain([segment(tokens=3000, cost_picos=15_000)])) == {Driver.LENGTH: 10_000}


def test_a_dearer_token_is_price_where_the_list_says_so_and_kind_where_it_does_not() -> None:
    assert only(explain([segment(cost_picos=8000, at_old_prices=5000)])) == {Driver.PRICE: 3000}
    assert only(explain([segment(cost_picos=8000)])) == {Driver.KIND: 3000}


def test_an_api_without_tokens_changes_by_its_price_a_call() -> None:
    assert only(explain([segment(tokens=0, tokens_before=0, cost_picos=6000)])) == {Driver.PRICE: 1000}


def test_what_was_nothing_before_is_all_volume() -> None:
    assert only(explain([segment(calls_before=0, tokens_before=0, cost_before=0)])) == {Driver.VOLUME: 5000}


DOLLAR = 10**12
WEEKS = {date(2026, 10, 1) + timedelta(days=at): (50 + at % 7) * DOLLAR for at in range(35)}


def test_a_wild_day_is_found_and_does_not_hide_the_next() -> None:
    first, second = date(2026, 11, 2), date(2026, 11, 3)
    wild = {**WEEKS, first: 500 * DOLLAR, second: 300 * DOLLAR}
    assert [day for day, _usual in unusual_days(wild, sorted(wild))] == [first, second]


def test_a_usual_weekend_is_not_out_of_the_ordinary() -> None:
    rhythm = {
        date(2026, 9, 1) + timedelta(days=at): (100 if (date(2026, 9, 1) + timedelta(days=at)).weekday() < 5 else 10) * DOLLAR
        for at in range(56)
    }
    assert unusual_days(rhythm, sorted(rhythm)[28:]) == []


def test_cents_are_nobodys_alarm() -> None:
    cents = {day: cost // 1000 for day, cost in WEEKS.items()}
    assert unusual_days({**cents, date(2026, 11, 2): DOLLAR // 2}, [date(2026, 11, 2)]) == []
