"""What people do on the pages: take a problem, close it, silence it, plan maintenance, write and test rules."""

from datetime import timedelta

import pytest

from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.alerts import ruling
from emporion.nexus.alerts.gathering import Ground, gather
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.queries import open_problems, problem_of, webhook_payload
from emporion.nexus.alerts.tests.conftest import MINUTE
from emporion.nexus.alerts.types import Kind, Metric, Observation, ProblemState, RuleOrigin, RuleSpec, Severity
from emporion.nexus.apis.simulation import Fault, Model, Source, World, simulate

RULE = {"name": "Summaries fail", "kind": "threshold", "metric": "failure_rate", "threshold": "5", "for_minutes": "5"}
RULE |= {"severity": "ticket"}


@pytest.fixture
def noticed(organisation_id, project_id, openai):
    """One failing API, seen now."""

    def notice(key="a", *, is_new=True, at=None):
        now = at or utcnow()
        observation = Observation(
            kind=Kind.OUTAGE,
            key=key,
            severity=Severity.PAGE,
            title="OpenAI: most calls fail",
            sentence="",
            api_id=openai.id,
            labels={"provider": "openai"},
            started_at=now,
            is_new=is_new,
        )
        gather(Ground(organisation_id=organisation_id, project_id=project_id), [observation], now=now)
        return Problem.objects.filter(project_id=project_id).latest("number")

    return notice


@pytest.mark.requirement("NEX-05")
def test_a_problem_is_taken_closed_and_opened_again_from_its_page(alice_client, alice, calls_store, noticed):
    problem = noticed()
    path = f"/nexus/alerts/{problem.pk}/"
    assert "Acknowledge" in alice_client.get(path).content.decode()
    alice_client.post(f"{path}acknowledge/")
    assert problem_of(alice, problem.pk).state is ProblemState.ACKNOWLEDGED
    assert "Alicé has it" in alice_client.get(path).content.decode()
    alice_client.post(f"{path}resolve/")
    assert problem_of(alice, problem.pk).state is ProblemState.RESOLVED
    noticed(is_new=False)
    assert problem_of(alice, problem.pk).state is ProblemState.RESOLVED
    alice_client.post(f"{path}reopen/")
    assert problem_of(alice, problem.pk).state is ProblemState.OPEN


@pytest.mark.requirement("NEX-08")
def test_the_page_of_a_problem_brings_its_causes_in_and_links_to_them_without_scripts(alice_client, calls_store, noticed):
    problem = noticed()
    path = f"/nexus/alerts/{problem.pk}/diagnosis/"
    shown = alice_client.get(f"/nexus/alerts/{problem.pk}/").content.decode()
    assert f'hx-get="{path}" hx-trigger="load, again"' in shown
    assert f'<a href="{path}">Look at the causes and what to do</a>' in shown
    part = alice_client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "Likely causes" in part
    assert "<html" not in part
    assert "No call reached OpenAI in the minutes that were looked at." in part
    assert "Does the job that calls it still report?" in part


@pytest.mark.requirement("NEX-05")
def test_a_silenced_problem_tells_nobody_and_a_window_keeps_new_ones_quiet(
    alice_client, alice, project_id, openai, calls_store, noticed
):
    now = utcnow()
    times = {"starts_at": f"{now - MINUTE:%Y-%m-%dT%H:%M}", "ends_at": f"{now + 60 * MINUTE:%Y-%m-%dT%H:%M}"}
    planned = alice_client.post(
        "/nexus/alerts/maintenance/", {**times, "api": str(openai.id), "reason": "Migration"}, follow=True
    )
    assert "Migration" in planned.content.decode()
    problem = noticed()
    assert problem.told == ""
    gather(Ground(organisation_id=alice.organisation, project_id=project_id), (), now=now + 61 * MINUTE)
    problem.refresh_from_db()
    assert problem.told == Severity.PAGE
    alice_client.post(f"/nexus/alerts/{problem.pk}/silence/", {"hours": "4", "reason": "I know"})
    assert problem_of(alice, problem.pk).silenced_until > now + 3 * 60 * MINUTE
    assert "Let it speak" in alice_client.get(f"/nexus/alerts/{problem.pk}/").content.decode()


@pytest.mark.requirement("NEX-05")
def test_a_window_that_ends_before_it_begins_is_refused_with_what_was_typed(alice_client, openai):
    times = {"starts_at": "2030-01-02T10:00", "ends_at": "2030-01-01T10:00"}
    answer = alice_client.post("/nexus/alerts/maintenance/", {**times, "api": "", "reason": "Backwards"})
    assert answer.status_code == 422
    assert "Backwards" in answer.content.decode()
    assert "Choose an end after the beginning" in answer.content.decode()


@pytest.mark.requirement("NEX-05", "NEX-10")
def test_a_rule_says_when_it_would_have_alerted_before_it_is_added(
    alice_client, organisation_id, project_id, openai, calls_store, put
):
    now = utcnow()
    fault = Fault(api_id=openai.id, since=now - 300 * MINUTE, until=now - 280 * MINUTE, share=0.3)
    source = Source(api_id=openai.id, provider="openai", models=(Model(name="gpt-4o"),), calls_per_minute=60, failure_rate=0.0)
    world = World(organisation_id=organisation_id, project_id=project_id, sources=(source,), faults=(fault,), is_steady=True)
    put(list(simulate(world, now - 400 * MINUTE, now)))
    rule = RULE | {"api": str(openai.id)}
    tested = alice_client.post("/nexus/alerts/rules/new/", rule | {"test": "1"}).content.decode()
    assert "This would have alerted 1 time in the last 14 days." in tested
    assert "Summaries fail" not in alice_client.get("/nexus/alerts/rules/").content.decode()
    alice_client.post("/nexus/alerts/rules/new/", rule)
    assert "Summaries fail" in alice_client.get("/nexus/alerts/rules/").content.decode()


@pytest.mark.requirement("NEX-05")
def test_a_rule_that_could_never_speak_is_refused_with_what_was_typed(alice_client, openai):
    answer = alice_client.post("/nexus/alerts/rules/new/", RULE | {"threshold": "", "name": "No limit"})
    assert answer.status_code == 422
    assert "No limit" in answer.content.decode()
    assert "Write a number above 0." in answer.content.decode()


@pytest.mark.requirement("NEX-05")
def test_a_removed_rule_comes_back_and_a_default_one_stays_away(alice, alice_client, project_id, openai, now):
    rule = ruling.rules_of(alice, project_id)[0]
    gone = alice_client.post(f"/nexus/alerts/rules/{rule.id}/remove/")
    assert "is removed" in alice_client.get(gone["Location"]).content.decode()
    assert ruling.furnish(project_id=project_id, api_id=openai.id, name="OpenAI", actor=alice, now=now) == 0
    assert rule.id not in [one.id for one in ruling.rules_of(alice, project_id)]
    alice_client.post(f"/nexus/alerts/rules/{rule.id}/restore/")
    assert rule.id in [one.id for one in ruling.rules_of(alice, project_id)]


@pytest.mark.requirement("NEX-10")
def test_history_suggests_to_raise_the_limit_of_a_rule_that_only_made_noise(
    alice, alice_client, organisation_id, project_id, openai
):
    now = utcnow()
    spec = RuleSpec(kind=Kind.THRESHOLD, name="Slow", metric=Metric.P95_MS, threshold=1000, api_id=openai.id)
    rule = ruling.add_rule(project_id=project_id, spec=spec, origin=RuleOrigin.PERSON, actor=alice, now=now)
    ground = Ground(organisation_id=organisation_id, project_id=project_id)
    for day in range(5):
        at = now - timedelta(days=day + 1)
        slow = Observation(
            kind=Kind.THRESHOLD,
            key=f"{rule.id}",
            severity=Severity.TICKET,
            title="Slow",
            sentence="",
            rule_id=rule.id,
            value=1900.0,
            started_at=at,
        )
        gather(ground, [slow], now=at)
        from emporion.nexus.alerts.gathering import fingerprint

        gather(ground, (), over=[fingerprint(Kind.THRESHOLD, f"{rule.id}")], now=at + 6 * MINUTE)
    page = alice_client.get("/nexus/alerts/rules/").content.decode()
    assert "Raise the limit of “Slow” to 2.5 s" in page
    assert "It spoke 5 times in 14 days" in page


@pytest.mark.requirement("NEX-05")
def test_history_is_found_by_its_address(alice_client, openai, calls_store, noticed):
    problem = noticed()
    alice_client.post(f"/nexus/alerts/{problem.pk}/resolve/")
    shown = alice_client.get(f"/nexus/alerts/?state=all&days=7&api={openai.id}").content.decode()
    assert "OpenAI: most calls fail" in shown
    assert "OpenAI: most calls fail" not in alice_client.get(f"/nexus/alerts/?api={new_id()}").content.decode()
    for days in ("x", "²", "7" * 5000):
        assert alice_client.get(f"/nexus/alerts/?state=what&days={days}&api=y").status_code == 200


@pytest.mark.requirement("NEX-06")
def test_a_problem_reads_as_alertmanager_tells_it(alice, openai, noticed):
    problem = noticed()
    said = webhook_payload(alice, problem.pk, "https://emporion.example")
    assert (said["version"], said["status"], len(said["alerts"])) == ("4", "firing", 1)
    assert said["alerts"][0]["labels"]["provider"] == "openai"
    assert said["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert said["groupLabels"] == {"problem": str(problem.number)}


@pytest.mark.requirement("NEX-05")
def test_members_look_and_act_but_only_those_who_configure_change_rules(
    bob_client, alice, project_id, openai, calls_store, noticed
):
    problem, rule = noticed(), ruling.rules_of(alice, project_id)[0]
    assert bob_client.get(f"/nexus/alerts/{problem.pk}/").status_code == 200
    assert bob_client.post(f"/nexus/alerts/{problem.pk}/acknowledge/").status_code == 302
    assert bob_client.post(f"/nexus/alerts/rules/{rule.id}/remove/").status_code == 403
    assert open_problems(alice, project_id)[0].state is ProblemState.ACKNOWLEDGED
