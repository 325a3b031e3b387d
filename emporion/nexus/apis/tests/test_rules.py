"""How an API does is decided from what its figures can prove."""

from datetime import UTC, datetime, timedelta

import pytest

from emporion.kernel.ids import new_id
from emporion.nexus.apis import rules
from emporion.nexus.apis.types import Allowance, Cause, Figures, Health, Minute, QuotaView, Usual, Watch

NOW = datetime(2026, 3, 3, 14, 8, tzinfo=UTC)
API = new_id()
WATCH = Watch(api_id=API, target=0.99)
NO_QUOTA = QuotaView(api_id=API)


def judged(calls, failures, outcome="overloaded", **changes):
    now = Figures(
        since=NOW - timedelta(minutes=10), until=NOW, calls=calls, failures=failures, p95_ms=changes.pop("p95_ms", 900.0),
        outcomes={"ok": calls - failures, outcome: failures},
    )  # fmt: skip
    asked = {"watch": WATCH, "usual": None, "quota": NO_QUOTA} | changes
    return rules.judge(now=now, **asked)


@pytest.mark.requirement("NEX-03")
@pytest.mark.parametrize(
    ("calls", "failures", "health"),
    [
        (0, 0, Health.QUIET),
        (1, 1, Health.HEALTHY),  # one failure of one call proves nothing
        (3, 3, Health.FAILING),
        (20, 1, Health.HEALTHY),
        (100, 3, Health.HEALTHY),
        (1000, 25, Health.DEGRADED),
        (1000, 124, Health.FAILING),
        (100_000, 1_010, Health.HEALTHY),  # over the target by a breath
        (1_000_000, 400_000, Health.FAILING),
    ],
)
def test_health_needs_more_failures_than_chance_gives(calls, failures, health):
    assert judged(calls, failures).health is health


@pytest.mark.requirement("NEX-03", "NEX-08")
@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        ("overloaded", Cause.FAILING),
        ("key_refused", Cause.KEY_REFUSED),
        ("quota_exhausted", Cause.QUOTA_SPENT),
        ("throttled", Cause.THROTTLED),
    ],
)
def test_the_commonest_failure_says_what_is_wrong(outcome, cause):
    verdict = judged(200, 100, outcome)
    assert (verdict.cause, verdict.outcome) == (cause, outcome)


@pytest.mark.requirement("NEX-03")
def test_slow_is_what_is_past_the_target_or_twice_the_usual():
    usual = Usual(api_id=API, p95_ms=2_100)
    assert judged(200, 0, p95_ms=8_400, usual=usual).cause is Cause.SLOW
    assert judged(200, 0, p95_ms=4_000, usual=usual).health is Health.HEALTHY
    assert judged(5, 0, p95_ms=8_400, usual=usual).health is Health.HEALTHY, "five calls say little of a percentile"
    assert judged(200, 0, p95_ms=4_000, usual=usual, watch=Watch(api_id=API, latency_ms=3_000)).cause is Cause.SLOW


@pytest.mark.requirement("NEX-03", "NEX-05")
def test_a_quota_that_ends_within_days_is_said_even_while_all_is_quiet():
    soon = Allowance(name="credits", limit=100, left=13, runs_out_at=NOW + timedelta(days=2))
    assert judged(0, 0, quota=QuotaView(api_id=API, noted=soon)).cause is Cause.QUOTA_RUNS_OUT
    late = Allowance(name="credits", limit=100, left=13, runs_out_at=NOW + timedelta(days=9))
    assert judged(10, 0, quota=QuotaView(api_id=API, noted=late)).health is Health.HEALTHY


@pytest.mark.requirement("NEX-03")
def test_trouble_began_with_the_first_bad_minute_of_the_run_that_lasts():
    rates = [0, 9, 0, 0, 0, 0, 0, 0, 12, 0, 15, 15]
    minutes = [Minute(at=NOW + timedelta(minutes=n), calls=100, failures=failures) for n, failures in enumerate(rates)]
    assert rules.began(minutes, 0.01) == NOW + timedelta(minutes=8)
    assert rules.began(minutes[:8], 0.01) is None
    lonely = [Minute(at=one.at, calls=30, failures=1) if one.at == minutes[5].at else one for one in minutes]
    assert rules.began(lonely, 0.01) == NOW + timedelta(minutes=8), "one failure among thirty calls is no beginning"
    silent = [*minutes[:9], *(Minute(at=NOW + timedelta(minutes=n)) for n in range(9, 20))]
    assert rules.began(silent, 0.01) == NOW + timedelta(minutes=8), "minutes without calls do not end it"


@pytest.mark.parametrize(
    ("calls", "failures", "allowed", "exact"), [(10, 2, 0.1, 0.2639011), (50, 3, 0.01, 0.01381727), (5, 5, 0.5, 0.03125)]
)
def test_the_tail_is_that_of_the_binomial_distribution(calls, failures, allowed, exact):
    assert rules.tail(calls, failures, allowed) == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize(
    ("since", "until", "sources"),
    [
        ("09:10:05", "09:10:40", ["calls"]),
        ("09:10:00", "09:40:00", ["minutes"]),
        ("09:10:05", "09:40:20", ["calls", "minutes", "calls"]),
        ("09:00:00", "11:00:00", ["hour_totals"]),
        ("08:59:59", "11:00:01", ["calls", "hour_totals", "calls"]),
        ("08:58:30", "11:20:30", ["calls", "minutes", "hour_totals", "minutes", "calls"]),
    ],
)
def test_a_stretch_is_split_without_gap_or_overlap(since, until, sources):
    start, end = (datetime.fromisoformat(f"2026-03-03T{text}+00:00") for text in (since, until))
    found = rules.pieces(start, end)
    assert [one.source for one in found] == sources
    assert [found[0].since, *(one.until for one in found)] == [*(one.since for one in found), end]
    now = rules.pieces(start, end, is_open=True)
    coarsest = next(one for one in ("hour_totals", "minutes", "calls") if one in sources)
    assert [one.source for one in now] == sources[: sources.index(coarsest) + 1], "what is under way is read as it is counted"
    assert [now[0].since, *(one.until for one in now)] == [*(one.since for one in now), end]
    narrow = rules.pieces(start, end, is_narrow=True)
    assert "minutes" not in [one.source for one in narrow]
    assert (narrow[0].since, narrow[-1].until) == (start, end)


def test_weeks_are_read_by_half_days_with_hours_at_their_ends():
    start, end = (datetime.fromisoformat(f"2026-03-{text}:00+00:00") for text in ("03T22:00", "09T13:00"))
    found = rules.pieces(start, end, is_plain=True)
    assert [(one.source, f"{one.since:%dT%H}", f"{one.until:%dT%H}") for one in found] == [
        ("hour_totals", "03T22", "04T00"),
        ("half_days", "04T00", "09T12"),
        ("hour_totals", "09T12", "09T13"),
    ]
    assert [one.source for one in rules.pieces(start, end, is_plain=True, is_open=True)] == ["hour_totals", "half_days"]
    assert [one.source for one in rules.pieces(start, end)] == ["hour_totals"]
