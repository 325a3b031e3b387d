"""A fault is noticed by itself, soon, said once and in words, and is over by itself; quiet traffic says nothing."""

import re
from datetime import timedelta

import msgspec
import pytest

from emporion.gateway.routing.types import Outcome
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.queries import open_problems, problems
from emporion.nexus.alerts.tests.conftest import BEGAN, MINUTE
from emporion.nexus.alerts.types import Kind, ProblemState, Severity
from emporion.nexus.apis.simulation import Fault

HOUR = timedelta(hours=1)
FAULT = BEGAN + HOUR


@pytest.mark.requirement("NEX-05")
def test_a_total_outage_wakes_somebody_within_a_minute_and_is_over_by_itself(
    alice, alice_client, project_id, openai, live, watch
):
    live(BEGAN, FAULT + 45 * MINUTE, Fault(api_id=openai.id, since=FAULT, until=FAULT + 10 * MINUTE))
    watch(FAULT - MINUTE, FAULT)
    assert open_problems(alice, project_id) == []

    watch(FAULT + MINUTE / 4, FAULT + MINUTE)
    (problem,) = open_problems(alice, project_id)
    assert problem.severity is Severity.PAGE
    assert problem.opened_at <= FAULT + MINUTE
    assert problem.title in {"OpenAI: every call fails", "OpenAI: most calls fail"}
    assert problem.customers > 10
    assert "customers" in problem.sentence
    page = alice_client.get("/nexus/alerts/").content.decode()
    assert problem.title in page
    assert "Nobody has it yet" in page

    watch(FAULT + 2 * MINUTE, FAULT + 32 * MINUTE, 3 * MINUTE)
    assert open_problems(alice, project_id) == []
    (past,) = problems(alice, project_id, BEGAN, FAULT + HOUR)
    assert past.state is ProblemState.RESOLVED
    assert FAULT + 10 * MINUTE < past.resolved_at < FAULT + 30 * MINUTE


@pytest.mark.requirement("NEX-05")
def test_an_outage_that_meets_the_end_of_a_burst_is_noticed_within_a_minute(alice, alice_client, project_id, live, watch, coming):
    begins = FAULT + timedelta(seconds=50)
    live(BEGAN, begins)
    made = max((one for one in coming if one.outcome == "ok"), key=lambda one: one.occurred_at)
    for number in range(-200, 13):  # 200 calls go well in ten seconds, then 13 fail in one, then nobody calls any more
        at = begins + number * timedelta(seconds=0.05)
        failed = {"outcome": "overloaded", "status": 503} if number >= 0 else {}
        coming.append(msgspec.structs.replace(made, event_id=new_id(), occurred_at=at, duration_us=20_000, **failed))
    watch(begins - MINUTE, begins)
    assert open_problems(alice, project_id) == []

    watch(begins + MINUTE / 6, begins + MINUTE)
    (problem,) = open_problems(alice, project_id)
    assert problem.severity is Severity.PAGE
    assert problem.opened_at <= begins + MINUTE
    page = alice_client.get(f"/nexus/alerts/{problem.id}/").content.decode()
    assert re.search(r"of the calls of the last \d+ seconds failed|calls? failed for", page)


@pytest.mark.requirement("NEX-05")
def test_a_quarter_of_failing_calls_is_noticed_within_five_minutes(alice, project_id, openai, live, watch):
    live(BEGAN, FAULT + 6 * MINUTE, Fault(api_id=openai.id, since=FAULT, until=FAULT + HOUR, share=0.25))
    watch(FAULT, FAULT + 5 * MINUTE)
    (problem,) = open_problems(alice, project_id)
    assert problem.severity is Severity.PAGE


@pytest.mark.requirement("NEX-05")
def test_an_hour_of_ordinary_calls_says_nothing(alice, project_id, openai, live, watch):
    live(BEGAN, FAULT)
    watch(BEGAN + 5 * MINUTE, FAULT, 4 * MINUTE)
    assert problems(alice, project_id, BEGAN, FAULT) == []


@pytest.mark.requirement("NEX-05")
def test_calls_that_stop_coming_are_missed(alice, project_id, openai, live, watch):
    live(BEGAN, FAULT + HOUR)
    watch(FAULT + HOUR, FAULT + HOUR + 10 * MINUTE, MINUTE)
    (problem,) = open_problems(alice, project_id)
    assert problem.alerts[0].kind is Kind.SILENCE
    assert problem.title == "No calls reach OpenAI"


@pytest.mark.requirement("NEX-05")
def test_three_failures_in_a_row_are_enough_where_calls_are_rare(alice, project_id, openai, live, watch):
    live(BEGAN, FAULT, per_minute=4)
    live(FAULT, FAULT + 5 * MINUTE, Fault(api_id=openai.id, since=FAULT, until=FAULT + HOUR), per_minute=4)
    watch(FAULT, FAULT + 3 * MINUTE)
    assert [one.title for one in open_problems(alice, project_id)] == ["OpenAI: every call fails"]


@pytest.mark.requirement("NEX-05")
def test_throttled_calls_are_told_apart_from_an_outage(alice, project_id, openai, live, watch):
    throttled = Fault(api_id=openai.id, since=FAULT, until=FAULT + HOUR, outcome=Outcome.THROTTLED, share=0.15)
    live(BEGAN, FAULT + 10 * MINUTE, throttled)
    watch(FAULT, FAULT + 8 * MINUTE, MINUTE)
    (problem,) = open_problems(alice, project_id)
    assert "OpenAI throttles" in " ".join(one.title for one in problem.alerts)


@pytest.mark.requirement("NEX-05")
def test_every_registered_api_is_watched_without_setting_anything(alice_client, openai):
    page = alice_client.get("/nexus/alerts/rules/").content.decode()
    for words in ("most calls fail", "error budget burns", "calls stop", "slower than usual", "quota runs out"):
        assert f"OpenAI: {words}" in page


@pytest.mark.requirement("NEX-05")
def test_the_first_cost_beside_none_is_no_alarm(alice, project_id, openai, live, watch, coming):
    live(BEGAN, BEGAN + 26 * HOUR, per_minute=3)
    coming[:] = [msgspec.structs.replace(one, cost_picos=0) for one in coming]
    live(BEGAN + 26 * HOUR, BEGAN + 27 * HOUR, per_minute=3)
    watch(BEGAN + 25 * HOUR, BEGAN + 27 * HOUR, 10 * MINUTE)
    assert [one.title for one in problems(alice, project_id, BEGAN, BEGAN + 27 * HOUR)] == []
