"""Figures are those of the calls, whichever table they come from, and nobody sees those of others."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from emporion.gateway.routing.types import Outcome
from emporion.kernel.errors import NotFound
from emporion.kernel.ids import new_id
from emporion.nexus.apis import figures
from emporion.nexus.apis.calls import call_of
from emporion.nexus.apis.rules import FAILURES, UNMADE, WAITED
from emporion.nexus.apis.simulation import Fault, World, simulate, usual_sources
from emporion.nexus.apis.types import Scope
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled, CostCorrected
from emporion.store.types import NOBODY

# Ends that are neither whole hours nor whole minutes.
SINCE = datetime(2026, 3, 3, 9, 41, 12, 345_000, tzinfo=UTC)
UNTIL = datetime(2026, 3, 3, 13, 7, 59, 1_000, tzinfo=UTC)
APIS = tuple(UUID(int=number) for number in range(1, 5))
OPENAI = APIS[0]


@pytest.fixture(scope="module")
def afternoon() -> list[ApiCalled]:
    """Calls of an afternoon at a third of the usual traffic, of nobody yet."""
    sources = tuple(replace(one, calls_per_minute=one.calls_per_minute / 3) for one in usual_sources(*APIS))
    fault = Fault(api_id=OPENAI, since=SINCE + timedelta(hours=2), until=UNTIL, outcome=Outcome.OVERLOADED, share=0.2)
    world = World(organisation_id=NOBODY, project_id=NOBODY, sources=sources, customers=100, faults=(fault,))
    return list(simulate(world, SINCE - timedelta(minutes=3), UNTIL + timedelta(minutes=3)))


@pytest.fixture
def calls(organisation_id, project_id, afternoon, put):
    found = [structs.replace(one, event_id=new_id(), organisation_id=organisation_id, project_id=project_id) for one in afternoon]
    put(found)
    return found


def within(calls, scope, since=SINCE, until=UNTIL):
    wanted = {name: getattr(scope, name) for name in ("api_id", "model", "feature", "team", "customer") if getattr(scope, name)}
    return [one for one in calls if since <= one.occurred_at < until and all(getattr(one, key) == wanted[key] for key in wanted)]


@pytest.mark.requirement("NEX-03", "NEX-04")
def test_figures_are_those_of_the_calls_from_hours_minutes_and_calls_alike(alice, project_id, calls):
    of_openai = {"api_id": OPENAI}
    for narrowed in ({}, of_openai, of_openai | {"model": "gpt-4o"}, {"feature": "Ask Fieldnote"}, {"customer": "customer-0000"}):
        scope = Scope(project_id=project_id, **narrowed)
        found, meant = figures.figures(alice, scope, SINCE, UNTIL), within(calls, scope)
        assert meant
        assert found.outcomes == Counter(one.outcome for one in meant), narrowed
        assert found.calls == sum(one.outcome not in UNMADE for one in meant)
        assert found.failures == sum(one.outcome in FAILURES for one in meant)
        assert found.cost_picos == sum(one.cost_picos for one in meant)
        assert (found.input_tokens, found.output_tokens) == (
            sum(one.input_tokens for one in meant),
            sum(one.output_tokens for one in meant),
        )
        times = sorted(one.duration_us / 1000 for one in meant if one.outcome in WAITED)
        for value, level in ((found.p50_ms, 0.5), (found.p95_ms, 0.95), (found.p99_ms, 0.99)):
            assert value == pytest.approx(times[min(int(level * len(times)), len(times) - 1)], rel=0.06), narrowed


@pytest.fixture
def week(put, made):
    """Calls of a week, an hour and something apart, of two models and features."""
    found = [
        made(
            api_id=APIS[number % 2],
            occurred_at=SINCE + number * timedelta(minutes=71, seconds=7),
            model=("gpt-4o", "o3", "")[number % 3],
            feature=("", "Résumés")[number % 2],
            customer=("Zoë", "")[number % 5 == 0],
            outcome=("ok", "timeout", "throttled", "ok", "limited")[number % 5],
            duration_us=100_000 + 1_000 * number,
            cost_picos=10**9 + number,
            input_tokens=number,
        )
        for number in range(140)
    ]
    put(found)
    return found


@pytest.mark.requirement("NEX-04")
@pytest.mark.parametrize(
    "narrowed",
    [{}, {"api_id": OPENAI}, {"model": "gpt-4o"}, {"feature": "Résumés"}, {"model": "o3", "feature": "Résumés"}],
    ids=str,
)
def test_weeks_have_the_figures_of_their_calls(alice, project_id, week, narrowed):
    scope, since = Scope(project_id=project_id, **narrowed), SINCE + timedelta(minutes=40)
    until = week[-1].occurred_at
    meant = within(week, scope, since, until)
    found = figures.figures(alice, scope, since, until)
    assert (found.outcomes, found.cost_picos) == (Counter(one.outcome for one in meant), sum(one.cost_picos for one in meant))
    times = sorted(one.duration_us / 1000 for one in meant if one.outcome in WAITED)
    assert times[len(times) // 2 - 1] * 0.94 < found.p50_ms < times[len(times) // 2] * 1.06
    end = until + timedelta(milliseconds=1)
    assert figures.figures(alice, scope, since, end, is_open=True) == figures.figures(alice, scope, since, end)
    models = {one.value: one.figures.cost_picos for one in figures.by_value(alice, scope, since, until, "model")}
    assert models == {name: sum(one.cost_picos for one in meant if one.model == name) for name in {one.model for one in meant}}
    points = figures.series(alice, scope, SINCE, end, timedelta(hours=12))
    assert sum(one.figures.cost_picos for one in points) == sum(one.cost_picos for one in within(week, scope, SINCE, end))


@pytest.mark.requirement("NEX-11")
@pytest.mark.parametrize("narrowed", [{}, {"api_id": OPENAI}, {"model": "gpt-4o"}, {"customer": "Zoë"}], ids=str)
def test_every_cost_counts_in_what_was_corrected(alice, project_id, calls_store, week, narrowed):
    deltas = {one.event_id: 7 * number - 300 for number, one in enumerate(week) if number % 4}
    corrected = [corrected_by(one, deltas[one.event_id]) for one in week if one.event_id in deltas]
    calls_store.insert(CostCorrected, corrected, token=str(new_id()))
    scope, end = Scope(project_id=project_id, **narrowed), week[-1].occurred_at + timedelta(milliseconds=1)

    def cost(since, until):
        return sum(one.cost_picos + deltas.get(one.event_id, 0) for one in within(week, scope, since, until))

    for since in (SINCE, SINCE + timedelta(days=2, minutes=3), end - timedelta(minutes=80)):
        found = figures.figures(alice, scope, since, end)
        assert found.cost_picos == cost(since, end)
        assert found.outcomes == Counter(one.outcome for one in within(week, scope, since, end)), "a correction is no call"
        assert found.calls == sum(one.outcome not in UNMADE for one in within(week, scope, since, end))
        assert sum(one.figures.cost_picos for one in figures.by_value(alice, scope, since, end, "model")) == cost(since, end)
        impact = figures.impact(alice, scope, since, end)
        assert impact.cost_picos_per_minute == int(cost(since, end) / ((end - since) / timedelta(minutes=1)))
    for step in (timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12)):
        assert sum(one.figures.cost_picos for one in figures.series(alice, scope, SINCE, end, step)) == cost(SINCE, end)
    last = week[-1]
    assert figures.minutes(alice, scope, last.occurred_at, end)[0].cost_picos == cost(last.occurred_at, end)
    assert call_of(alice, last.event_id).cost_picos == last.cost_picos + deltas[last.event_id]


def corrected_by(call, delta):
    """What is kept when a call turns out to have cost something else."""
    names = ("organisation_id", "project_id", "api_id", "occurred_at", "model", "team", "feature", "customer")
    return CostCorrected(
        **{name: getattr(call, name) for name in names},
        event_id=new_id(),
        correction_id=UUID(int=0xC0),
        call_id=call.event_id,
        delta_picos=delta,
        cost_picos=call.cost_picos + delta,
    )


@pytest.mark.requirement("NEX-03")
def test_each_api_has_its_own_figures_and_each_model_too(alice, project_id, calls):
    by_api = figures.by_api(alice, project_id, SINCE, UNTIL)
    assert {api_id: one.calls for api_id, one in by_api.items()} == Counter(
        one.api_id for one in within(calls, Scope(project_id=project_id))
    )
    scope = Scope(project_id=project_id, api_id=OPENAI)
    models = figures.by_value(alice, scope, SINCE, UNTIL, "model")
    assert {one.value: one.figures.calls for one in models} == Counter(one.model for one in within(calls, scope))
    assert models[0].figures.calls >= models[-1].figures.calls


@pytest.mark.requirement("NEX-03")
def test_every_minute_is_there_with_or_without_calls(alice, project_id, put, made):
    put(
        [
            made(api_id=OPENAI, occurred_at=SINCE),
            made(api_id=OPENAI, occurred_at=SINCE + timedelta(minutes=3), outcome="throttled"),
        ]
    )
    found = figures.minutes(alice, Scope(project_id=project_id), SINCE, SINCE + timedelta(minutes=5))
    assert [(one.at.minute, one.calls, one.failures, one.throttled) for one in found] == [
        (41, 1, 0, 0), (42, 0, 0, 0), (43, 0, 0, 0), (44, 1, 1, 1), (45, 0, 0, 0), (46, 0, 0, 0)
    ]  # fmt: skip
    assert [one.p95_ms is None for one in found] == [False, True, True, True, True, True]
    narrow = figures.minutes(alice, Scope(project_id=project_id, api_id=OPENAI), SINCE, SINCE + timedelta(minutes=5))
    assert narrow == found
    assert figures.minutes_by_api(alice, project_id, SINCE, SINCE + timedelta(minutes=5))[OPENAI][3].throttled == 1


@pytest.mark.requirement("NEX-05")
def test_the_last_seconds_count_calls_when_they_end_as_what_fails_at_once_would_come_first(alice, project_id, put, made):
    refused = {"outcome": "overloaded", "duration_us": 20_000}
    put(
        [
            made(api_id=OPENAI, occurred_at=SINCE),  # ends a second later
            made(api_id=OPENAI, occurred_at=SINCE - timedelta(seconds=90), duration_us=93_000_000),
            made(api_id=OPENAI, occurred_at=SINCE + timedelta(seconds=3), **refused),
            made(api_id=OPENAI, occurred_at=SINCE - timedelta(seconds=2)),  # has ended before
            made(api_id=OPENAI, occurred_at=SINCE, outcome="limited"),  # nobody was asked
            made(api_id=APIS[1], occurred_at=SINCE, **refused),
        ]
    )
    found = figures.moments_by_api(alice, project_id, SINCE, SINCE + timedelta(minutes=2))
    assert [(one.at.second, one.calls, one.failures) for one in found[OPENAI]] == [(13, 1, 0), (15, 2, 1)]
    assert [(one.at.second, one.calls, one.failures) for one in found[APIS[1]]] == [(12, 1, 1)]


@pytest.mark.requirement("NEX-04")
def test_a_chart_adds_up_to_its_calls(alice, project_id, calls):
    scope = Scope(project_id=project_id, api_id=OPENAI)
    hour, whole = timedelta(hours=1), UNTIL.replace(minute=8, second=0, microsecond=0)
    for step, end in ((timedelta(minutes=5), whole), (hour, UNTIL + hour)):
        points = figures.series(alice, scope, SINCE, UNTIL, step)
        meant = within(calls, scope, since=points[0].at, until=end)
        assert sum(point.figures.calls for point in points) == len([one for one in meant if one.outcome not in UNMADE])
        assert [point.is_partial for point in points] == [False] * (len(points) - 1) + [True]
        courses = figures.courses(alice, project_id, SINCE, UNTIL, step)
        assert len(courses[OPENAI]) == len(points)
        assert courses[OPENAI][-2] == pytest.approx(points[-2].figures.failure_rate)


@pytest.mark.requirement("NEX-03", "NEX-05")
def test_impact_counts_the_customers_and_features_that_a_failure_reached(alice, project_id, put, made):
    at = SINCE + timedelta(seconds=1)
    failed = {"occurred_at": at, "outcome": "overloaded", "status": 503, "api_id": OPENAI}
    put(
        [
            made(**failed, customer="Zoë", feature="Résumés"),
            made(**failed, customer="Zoë", feature="Résumés"),
            made(**failed, customer="Ann", feature="Résumés"),
            made(**failed, customer="Bo", feature="Ask"),
            made(**failed),
            made(occurred_at=at, api_id=OPENAI, customer="Cy", feature="Ask", cost_picos=6 * 10**12),
            made(occurred_at=at, api_id=APIS[1], customer="Di", outcome="budget_spent"),
        ]
    )
    found = figures.impact(alice, Scope(project_id=project_id, api_id=OPENAI), SINCE, SINCE + timedelta(minutes=2))
    assert (found.calls, found.failed_calls, found.customers, found.active_customers) == (6, 5, 3, 5)
    assert found.cost_picos_per_minute == 3 * 10**12
    assert [(one.name, one.customers, one.failed_calls) for one in found.features] == [("Résumés", 2, 3), ("Ask", 1, 1)]
    assert [(one.name, one.failed_calls) for one in found.top_customers] == [("Zoë", 2), ("Ann", 1), ("Bo", 1)]


@pytest.mark.requirement("NEX-03")
def test_usual_is_the_median_of_the_same_hour_of_the_weeks_before(alice, project_id, put, made):
    now = datetime(2026, 3, 31, 10, 20, tzinfo=UTC)
    weeks = [made(api_id=OPENAI, occurred_at=now - timedelta(weeks=n), duration_us=n * 1_000_000) for n in (1, 2, 3)]
    yesterday = made(api_id=OPENAI, occurred_at=now - timedelta(days=1), duration_us=9_000_000)
    daily = [made(api_id=APIS[1], occurred_at=now - timedelta(days=n), duration_us=n * 1_000_000) for n in (1, 2, 3)]
    put([*weeks, yesterday, *daily])
    found = figures.usual(alice, project_id, now)
    assert found[OPENAI].p95_ms == pytest.approx(2000, rel=0.01)
    assert found[APIS[1]].p95_ms == pytest.approx(2000, rel=0.01), "without weeks the days before have to do"


@pytest.mark.requirement("NEX-03", "SEC-01")
def test_nobody_sees_figures_of_a_project_that_is_not_theirs(bob, charlie, robo, project_id, organisation_id, week):
    scope = Scope(project_id=project_id)
    for ask in (
        lambda actor: figures.figures(actor, scope, SINCE, UNTIL),
        lambda actor: figures.by_api(actor, project_id, SINCE, UNTIL),
        lambda actor: figures.by_value(actor, scope, SINCE, UNTIL, "model"),
        lambda actor: figures.minutes(actor, scope, SINCE, UNTIL),
        lambda actor: figures.minutes_by_api(actor, project_id, SINCE, UNTIL),
        lambda actor: figures.moments_by_api(actor, project_id, SINCE, UNTIL),
        lambda actor: figures.series(actor, scope, SINCE, UNTIL, timedelta(hours=1)),
        lambda actor: figures.courses(actor, project_id, SINCE, UNTIL, timedelta(hours=1)),
        lambda actor: figures.usual(actor, project_id, UNTIL),
        lambda actor: figures.impact(actor, scope, SINCE, UNTIL),
    ):
        for reader in (bob, robo, Actor.system(organisation_id)):
            ask(reader)
        with pytest.raises(NotFound):
            ask(charlie)


def test_a_stretch_without_calls_or_without_length_has_figures_of_nothing(alice, project_id, calls_store):
    scope = Scope(project_id=project_id, api_id=new_id())
    for until in (UNTIL, SINCE):
        found = figures.figures(alice, scope, SINCE, until)
        assert (found.calls, found.p95_ms, found.first_token_p95_ms, found.failure_rate) == (0, None, None, 0.0)
    for until in (UNTIL, SINCE, SINCE - timedelta(minutes=1)):
        felt = figures.impact(alice, scope, SINCE, until)
        assert (felt.calls, felt.customers, felt.active_customers, felt.cost_picos_per_minute) == (0, 0, 0, 0)
