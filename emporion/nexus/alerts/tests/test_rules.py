"""What decides without asking anybody: exact tails, windows that burn, calm before an end, limits that people would choose."""

from datetime import timedelta
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.nexus.alerts.burning import POLICIES, burning
from emporion.nexus.alerts.holding import Change, Held, calm_needed, step
from emporion.nexus.alerts.hours import CALLS, Hours, floor_hour
from emporion.nexus.alerts.judging import Evidence, Finding, gaps, judge
from emporion.nexus.alerts.replaying import replay
from emporion.nexus.alerts.streaming import Detector
from emporion.nexus.alerts.suggesting import rounded_up
from emporion.nexus.alerts.tails import binomial_at_least, negative_binomial_at_least, poisson_at_least, poisson_at_most
from emporion.nexus.alerts.telling import priority
from emporion.nexus.alerts.tests.conftest import BEGAN, MINUTE
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Severity
from emporion.nexus.apis.types import Impact, Minute, Moment

pytestmark = pytest.mark.requirement("NEX-05")


def minutes(count, *, calls=60, failures=0, start=BEGAN, **more):
    return [Minute(at=start + number * MINUTE, calls=calls, failures=failures, **more) for number in range(count)]


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 99))
def test_the_tail_of_a_few_calls_is_exact(hits, trials, percent):
    share = Fraction(percent, 100)
    exact = sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(hits, trials + 1))
    assert binomial_at_least(hits, trials, percent / 100) == pytest.approx(float(exact), rel=1e-9, abs=1e-14)


def test_tails_of_counts_agree_with_each_other():
    assert poisson_at_least(4, 2.5) + poisson_at_most(3, 2.5) == pytest.approx(1.0)
    assert poisson_at_most(0, 14) == pytest.approx(8.315e-7, rel=1e-3)
    assert negative_binomial_at_least(9, 4, 4) == pytest.approx(poisson_at_least(9, 4))
    assert negative_binomial_at_least(9, 4, 20) > 10 * poisson_at_least(12, 4)
    assert binomial_at_least(500_000, 1_000_000, 0.01) == 0.0


def test_the_windows_spend_what_the_workbook_says():
    month = 30 * 24 * 60
    assert [round(one.rate * one.long / month, 3) for one in POLICIES] == [0.02, 0.05, 0.1]
    assert all(one.short * 12 == one.long for one in POLICIES)


def test_a_total_outage_at_three_nines_burns_the_hour_after_52_seconds():
    calm, hours = minutes(360, calls=60), Hours(floor_hour(BEGAN))
    for failed, is_burning in ((51, False), (53, True)):
        last = Minute(at=BEGAN + 360 * MINUTE, calls=60, failures=failed)
        now = last.at + timedelta(seconds=59)
        assert (burning([*calm[1:], last], hours, now, 0.999) is not None) == is_burning


def seconds(*runs, now):
    """Moments from `(seconds ago, calls, failures)`."""
    return [Moment(at=now - timedelta(seconds=ago), calls=calls, failures=failed) for ago, calls, failed in runs]


OUT = RuleSpec(kind=Kind.OUTAGE, name="x")
BUSY_BEFORE = [(ago, 20, 0) for ago in range(60, 25, -1)]  # 700 calls that went well, then the fault


@pytest.mark.parametrize(
    ("case", "runs", "finding"),
    [
        ("a dozen failures end a burst, and nothing comes for 23 seconds", [*BUSY_BEFORE, (24, 7, 7), (23, 6, 6)], "fires"),
        (
            "the same a moment ago may be a hiccup",
            [*((ago - 18, *rest) for ago, *rest in BUSY_BEFORE), (6, 13, 13)],
            "clear",
        ),
        ("two of them began before the fault", [*BUSY_BEFORE, (24, 7, 7), (23, 6, 6), (21, 2, 0)], "fires"),
        ("what came after a hiccup went well", [*BUSY_BEFORE, (24, 30, 30), (3, 9, 0)], "clear"),
        (
            "four failures in two minutes are too few",
            [(100, 1, 1), (70, 1, 1), (40, 1, 1), (22, 1, 1)],
            "clear",
        ),
        ("five are enough", [(100, 1, 1), (70, 1, 1), (50, 1, 1), (40, 1, 1), (22, 1, 1)], "fires"),
    ],
)
def test_an_outage_is_seen_in_the_seconds_since_it_began_whatever_came_before(case, runs, finding):
    now = BEGAN + 10 * MINUTE
    last = Minute(at=now, calls=700, failures=13)  # by the clock most went well
    evidence = Evidence(now=now, minutes=[*minutes(10), last], hours=Hours(floor_hour(BEGAN)), moments=seconds(*runs, now=now))
    assert judge(OUT, evidence).finding == finding, case


def test_an_alert_ends_after_calm_and_later_each_time_that_it_comes_back():
    held, now, lengths = Held(), BEGAN, []
    for _ in range(4):
        held, change = step(held, Finding.FIRES, now)
        assert change is Change.BEGINS
        began = now = now + MINUTE
        while change is not Change.ENDS:
            held, change = step(held, Finding.CLEAR, now)
            now += MINUTE
        lengths.append((now - began) / MINUTE - 1)
    assert lengths == [5, 10, 20, 40]
    assert calm_needed(9) == timedelta(minutes=40)


def test_what_only_just_came_back_does_not_end_an_alert():
    held, _ = step(Held(), Finding.FIRES, BEGAN)
    for number in range(1, 60):
        held, change = step(held, Finding.HOLDS if number % 4 == 0 else Finding.CLEAR, BEGAN + number * MINUTE)
        assert change is not Change.ENDS


def test_the_usual_of_an_hour_is_not_moved_by_a_past_outage():
    found = minutes(14 * 1440, calls=60)
    found[1000:1060] = [Minute(at=one.at, calls=0) for one in found[1000:1060]]
    hours = Hours(BEGAN - timedelta(days=1))
    hours.take(found, floor_hour(found[-1].at + MINUTE))
    assert hours.usual(CALLS, found[-1].at + MINUTE).middle == 3600
    assert Hours.load(hours.end, hours.dump()).known == hours.known == 14 * 24


def test_gaps_are_full_minutes_without_calls_and_not_what_came_before_the_first():
    found = [*minutes(3, calls=0), *minutes(2), *minutes(4, calls=0), *minutes(1), *minutes(5, calls=0)]
    assert gaps(found) == (4, 4)
    assert gaps([*found, *minutes(1)])[0] == 0


def test_a_stream_notices_a_shift_once_and_remembers_no_more_than_it_may():
    dice = np.random.default_rng(3)
    detector = Detector(per_day=288, memory=500)
    quiet = [detector.observe(float(value)) for value in dice.normal(100, 5, 1500)]
    shifted = [detector.observe(float(value)) for value in dice.normal(200, 5, 50)]
    assert max(shifted) > 3 * max(quiet[600:])
    assert max(shifted[13:]) == 0  # the mean of an hour has arrived at the new level by then
    assert sum(len(part) for part in detector.kept()) <= 4 * 500 + 2020 + 100
    again = Detector(per_day=288, memory=500, kept=detector.kept())
    assert again.observe(200.0) == pytest.approx(detector.observe(200.0), abs=0.5)


def test_a_replayed_rule_says_when_it_would_have_spoken():
    found = [*minutes(60), *minutes(10, failures=30, start=BEGAN + 60 * MINUTE), *minutes(60, start=BEGAN + 70 * MINUTE)]
    (episode,) = replay(RuleSpec(kind=Kind.THRESHOLD, name="x", threshold=0.1), found)
    assert timedelta(0) < episode.started_at - (BEGAN + 60 * MINUTE) <= 3 * MINUTE
    assert episode.ended_at is not None
    assert replay(RuleSpec(kind=Kind.THRESHOLD, name="x", metric=Metric.P95_MS), found) == []


@pytest.mark.parametrize(("value", "limit"), [(0.0123, 0.015), (1.4, 1.5), (2600, 3000), (7.9, 8.0), (9.1, 10.0), (0, 0)])
def test_a_suggested_limit_is_a_number_that_a_person_would_choose(value, limit):
    assert rounded_up(value) == pytest.approx(limit)


def test_priority_follows_how_many_feel_it():
    def felt(customers, failed):
        return Impact(since=BEGAN, until=BEGAN, calls=1000, failed_calls=failed, customers=customers, active_customers=1000)

    assert [priority(Severity.PAGE, felt(*one)) for one in ((120, 50), (5, 600), (5, 50))] == [1, 1, 2]
    assert [priority(Severity.TICKET, felt(*one)) for one in ((5, 50), (0, 50))] == [3, 4]
    assert priority(Severity.INFO, felt(900, 900)) == 4
