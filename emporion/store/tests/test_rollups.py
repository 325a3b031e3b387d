"""Calls are counted as they arrive, each once, whatever comes again and whenever the counting began."""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from emporion.kernel.ids import new_id
from emporion.store import EventStore, open_store
from emporion.store.rollups import API_CUSTOMER_TOTALS, API_CUSTOMERS, API_DAYS, API_HOUR_TOTALS, API_HOURS, API_MINUTES, ROLLUPS
from emporion.store.schemas import ApiCalled, CostCorrected
from emporion.store.tests.events import call

# The last seconds of a month, so that one insert touches two partitions.
START = datetime(2026, 1, 31, 23, 58, 30, tzinfo=UTC)
PROJECT = UUID("01900000-0000-7000-8000-00000000000c")
CORRECTION = UUID("01900000-0000-7000-8000-0000000000cc")
PICOS = 9 * 10**18  # three of them are more than 64 bits hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    calls: int
    cost_picos: int
    tokens: int


def some_calls(count: int, seed: int = 1) -> list[ApiCalled]:
    chance = random.Random(seed)
    return [
        call(
            project_id=PROJECT,
            occurred_at=START + timedelta(milliseconds=chance.randrange(300_000)),
            outcome=chance.choice(["ok", "ok", "ok", "throttled"]),
            model=chance.choice(["gpt-é", "claude"]),
            feature=chance.choice(["", "Résumés"]),
            customer=chance.choice(["", "Zoë", "Ann", "Bo"]),
            duration_us=chance.randrange(1_000, 30_000_000),
            first_token_us=chance.choice([0, 400_000]),
            input_tokens=chance.randrange(2**32),
            cost_picos=PICOS,
        )
        for _ in range(count)
    ]


def counted(store: EventStore, name: str) -> Counted:
    (row,) = store.rows(
        f"SELECT sum(calls) AS calls, sum(cost_picos) AS cost_picos, sum(input_tokens) AS tokens FROM {name}", as_=Counted
    )
    return row


def expected(calls: list[ApiCalled]) -> Counted:
    return Counted(calls=len(calls), cost_picos=PICOS * len(calls), tokens=sum(one.input_tokens for one in calls))


@pytest.mark.requirement("NEX-03")
def test_the_counts_are_those_of_the_calls_by_minute_and_by_hour(store):
    calls = some_calls(400)
    for start in range(0, 400, 90):
        store.insert(ApiCalled, calls[start : start + 90], token=f"piece {start}")
    for rollup in (API_MINUTES, API_HOUR_TOTALS, API_HOURS, API_DAYS):
        assert counted(store, rollup.name) == expected(calls)
    for rollup in (API_CUSTOMER_TOTALS, API_CUSTOMERS):
        assert counted(store, rollup.name) == expected([one for one in calls if one.customer])
    for kind, value in (("", ""), ("model", "claude"), ("feature", ""), ("feature", "Résumés")):
        half = f"api_half_days WHERE kind = '{kind}' AND value = '{value}'"
        assert counted(store, half) == expected([one for one in calls if not kind or getattr(one, kind) == value])
    by_minute = Counter((one.occurred_at.minute, one.outcome) for one in calls)
    for (minute, outcome), number in by_minute.items():
        asked = {"minute": minute, "outcome": outcome}
        sql = "SELECT sum(calls) FROM api_minutes WHERE toMinute(at) = {minute:UInt8} AND outcome = {outcome:String}"
        assert store.value(sql, asked, as_=int) == number
    assert store.value("SELECT uniqMerge(customers) FROM api_hour_totals", as_=int) == 3


@pytest.mark.requirement("NEX-04")
def test_quantiles_of_pieces_are_those_of_the_whole(store):
    calls = some_calls(1_000, seed=2)
    for start in range(0, 1_000, 130):
        store.insert(ApiCalled, calls[start : start + 130], token=f"piece {start}")
    exact = sorted(one.duration_us for one in calls)
    for name in ("api_minutes", "api_hour_totals", "api_hours"):
        merged = store.value(f"SELECT quantilesBFloat16Merge(0.5, 0.95, 0.99)(durations) FROM {name}", as_=list[float])
        for level, found in zip((0.5, 0.95, 0.99), merged, strict=True):
            assert found == pytest.approx(exact[int(level * len(exact))], rel=0.01)
        first = store.value(f"SELECT quantilesBFloat16Merge(0.5, 0.95, 0.99)(first_tokens) FROM {name}", as_=list[float])
        assert first == [pytest.approx(400_000, rel=0.01)] * 3, "a call without a first token has no part in it"


@pytest.mark.requirement("NEX-03", "REL-01")
def test_an_insert_that_comes_again_is_counted_once(store):
    calls = some_calls(50)
    for _ in range(3):
        store.insert(ApiCalled, calls, token="again")
    assert counted(store, "api_minutes") == counted(store, "api_hours") == expected(calls)


@pytest.mark.requirement("NEX-03", "REL-01")
def test_what_was_stored_but_not_counted_before_a_kill_is_counted_by_the_next_try(store):
    calls = some_calls(50)
    store.insert(ApiCalled, calls[:20], token="before")
    for rollup in ROLLUPS:  # as a kill leaves it: the events' part is on the disk, those of the counts are not
        store.run(f"DETACH TABLE {rollup.feeds[0].view}")
    store.insert(ApiCalled, calls[20:], token="killed")
    assert counted(store, "api_minutes") == expected(calls[:20])
    for rollup in ROLLUPS:
        store.run(f"ATTACH TABLE {rollup.feeds[0].view}")
    for _ in range(2):
        store.insert(ApiCalled, calls[20:], token="killed")
    assert store.value("SELECT count() FROM api_calls", as_=int) == 50
    assert counted(store, "api_minutes") == counted(store, "api_hours") == expected(calls)


@pytest.mark.requirement("NEX-03", "REL-03")
def test_calls_of_an_older_store_are_counted_when_it_is_brought_forward_even_after_a_kill(url):
    calls = some_calls(80)
    with open_store(url) as store:
        store.insert(ApiCalled, calls, token="old")
        for rollup in ROLLUPS:
            store.run(f"DROP TABLE {rollup.feeds[0].view}")
        # A first try that was killed after counting and before the view leaves what it counted.
    with open_store(url) as store:
        assert counted(store, "api_minutes") == counted(store, "api_hours") == expected(calls)
        store.insert(ApiCalled, [call(project_id=PROJECT, cost_picos=PICOS, event_id=new_id())], token="new")
        assert counted(store, "api_minutes").calls == 81


def corrections(calls: list[ApiCalled], delta: int) -> list[CostCorrected]:
    return [
        CostCorrected(
            event_id=new_id(),
            occurred_at=one.occurred_at,
            organisation_id=one.organisation_id,
            project_id=one.project_id,
            correction_id=CORRECTION,
            call_id=one.event_id,
            api_id=one.api_id,
            model=one.model,
            feature=one.feature,
            customer=one.customer,
            delta_picos=delta,
            cost_picos=one.cost_picos + delta,
        )
        for one in calls
    ]


@pytest.mark.requirement("NEX-11", "REL-01")
def test_a_correction_changes_the_cost_of_every_count_once_and_no_number_of_calls(store):
    calls = some_calls(60)
    store.insert(ApiCalled, calls, token="calls")
    for _ in range(2):
        store.insert(CostCorrected, corrections(calls, -1_000), token="corrected")
    for rollup in ROLLUPS:
        where = "kind = ''" if rollup.name == "api_half_days" else "true"
        counts = [one for one in calls if one.customer] if rollup.where != "true" else calls
        found, whole = counted(store, f"{rollup.name} WHERE {where}"), expected(counts)
        assert (found.calls, found.tokens) == (whole.calls, whole.tokens), rollup.name
        assert found.cost_picos == whole.cost_picos - 1_000 * len(counts), rollup.name


@pytest.mark.requirement("NEX-11", "REL-03")
def test_a_store_that_counted_no_corrections_is_counted_again_and_loses_what_nothing_reads(url):
    calls = some_calls(30)
    with open_store(url) as store:  # as the version before left it
        store.insert(ApiCalled, calls, token="old")
        for rollup in ROLLUPS:
            store.run(f"DROP TABLE {rollup.feeds[1].view}")
        store.run("DROP TABLE api_half_days_view")
        store.run("DROP TABLE api_half_days")
        store.run("CREATE TABLE api_customer_days (day Date, calls UInt64) ENGINE = MergeTree ORDER BY day")
        store.run(
            "CREATE MATERIALIZED VIEW api_customer_days_view TO api_customer_days AS "
            "SELECT toDate(occurred_at) AS day, count() AS calls FROM api_calls GROUP BY day"
        )
        store.insert(CostCorrected, corrections(calls, 5), token="corrected")
    with open_store(url) as store:
        whole = expected(calls)
        for name in ("api_minutes", "api_hours", "api_days", "api_half_days WHERE kind = ''"):
            found = counted(store, name)
            assert (found.calls, found.cost_picos) == (whole.calls, whole.cost_picos + 5 * len(calls)), name
        assert store.value("SELECT count() FROM system.tables WHERE name LIKE 'api_customer_days%'", as_=int) == 0
        store.insert(ApiCalled, some_calls(3, seed=4), token="new")
        assert counted(store, "api_half_days WHERE kind = ''").calls == 33


@pytest.mark.requirement("REL-03")
def test_a_rollup_of_an_older_shape_is_counted_again(url):
    calls = some_calls(30)
    with open_store(url) as store:
        store.insert(ApiCalled, calls, token="old")
        store.run("DROP TABLE api_minutes_view")
        store.run("ALTER TABLE api_minutes DROP COLUMN attempts")
        store.run(
            "CREATE MATERIALIZED VIEW api_minutes_view TO api_minutes AS SELECT project_id, api_id, outcome, count() AS calls, "
            "toStartOfMinute(occurred_at) AS at FROM api_calls GROUP BY project_id, api_id, outcome, at"
        )
        store.insert(ApiCalled, some_calls(10, seed=3), token="half counted")
    with open_store(url) as store:
        assert store.value("SELECT sum(attempts) FROM api_minutes", as_=int) == 40
        assert counted(store, "api_minutes").calls == 40
