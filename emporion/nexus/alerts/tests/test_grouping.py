"""Alerts of one fault are one problem that is told once; others stay apart; people merge, split, and take it back."""

from datetime import timedelta

import pytest

from emporion.kernel.errors import NotFound
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.gathering import MOST_FIRING, Ground, fingerprint, gather
from emporion.nexus.alerts.models import Alert, Problem
from emporion.nexus.alerts.queries import open_problems, problem_of, problems
from emporion.nexus.alerts.tests.conftest import BEGAN, MINUTE
from emporion.nexus.alerts.types import Kind, Observation, Severity
from emporion.nexus.providers.events import ProviderIncidentOpened, ProviderIncidentResolved
from emporion.nexus.signals.events import ExternalAlertReceived, HeartbeatMissed, HeartbeatReturned
from emporion.plumbing.actions import publish, run_due_jobs

NOW = BEGAN


@pytest.fixture
def ground(organisation_id, project_id):
    return Ground(organisation_id=organisation_id, project_id=project_id)


@pytest.fixture
def external(organisation_id, project_id, openai, groq):
    """Has another system's alerts arrive."""
    receiver = new_id()

    def arrive(name: str, at=NOW, *, is_firing: bool = True, severity: str = "warning", **labels: str) -> None:
        event = ExternalAlertReceived(
            alert_id=new_id(),
            receiver_id=receiver,
            organisation_id=organisation_id,
            project_id=project_id,
            fingerprint=name,
            is_firing=is_firing,
            name=name,
            severity=severity,
            summary=f"{name} fires",
            url="",
            starts_at=at,
            ends_at=None,
            at=at,
            labels=labels,
        )
        publish(event, now=at)
        run_due_jobs(now=at)

    return arrive


def noticed(key="a", *, at=NOW, severity=Severity.TICKET, **labels):
    return Observation(
        kind=Kind.EXTERNAL, key=key, severity=severity, title=f"Alert {key}", sentence="", labels=labels, started_at=at
    )


@pytest.mark.requirement("NEX-05")
def test_alerts_of_one_provider_are_one_problem_that_says_why(alice, alice_client, project_id, external):
    external("Errors", provider="openai")
    external("Latency", NOW + MINUTE, provider="openai")
    external("Queue", NOW + 2 * MINUTE, api="OpenAI")
    external("Mails", NOW + 2 * MINUTE, provider="groq")
    by_size = sorted(open_problems(alice, project_id), key=lambda one: -one.alert_count)
    assert [one.alert_count for one in by_size] == [3, 1]
    assert "same provider" in by_size[0].why[0]
    assert "Same provider" in alice_client.get("/nexus/alerts/").content.decode()


@pytest.mark.requirement("NEX-05")
def test_the_same_alert_again_is_counted_and_not_told_again(alice, project_id, external):
    for minute in range(4):
        external("Errors", NOW + minute * MINUTE, provider="openai")
    (problem,) = open_problems(alice, project_id)
    assert [one.count for one in problem.alerts] == [4]
    external("Errors", NOW + 5 * MINUTE, is_firing=False, provider="openai")
    assert open_problems(alice, project_id) == []
    external("Errors", NOW + 9 * MINUTE, provider="openai")
    (again,) = open_problems(alice, project_id)
    assert again.id == problem.id


@pytest.mark.requirement("NEX-05")
def test_a_problem_is_told_once_and_again_only_when_it_gets_worse(ground, project_id):
    gather(ground, [noticed("a", service="web", cluster="eu")], now=NOW)
    gather(ground, [noticed("b", service="web", cluster="eu")], now=NOW + MINUTE)
    (problem,) = Problem.objects.filter(project_id=project_id)
    assert problem.told == Severity.TICKET
    gather(ground, [noticed("c", severity=Severity.PAGE, service="web", cluster="eu")], now=NOW + MINUTE)
    problem.refresh_from_db()
    assert (problem.told, problem.severity, problem.alerts.count()) == (Severity.PAGE, Severity.PAGE, 3)


@pytest.mark.requirement("NEX-05")
def test_money_and_failures_of_one_api_are_two_problems(alice, project_id, ground):
    money = Observation(
        kind=Kind.BUDGET, key="b", severity=Severity.TICKET, title="A budget is spent", sentence="", started_at=NOW
    )
    gather(ground, [noticed("a", service="web", cluster="eu"), money], now=NOW)
    assert len(open_problems(alice, project_id)) == 2


@pytest.mark.requirement("NEX-05")
def test_a_provider_that_names_both_apis_joins_what_stood_apart(alice, project_id, organisation_id, openai, groq, external):
    external("Errors", api="OpenAI")
    external("Timeouts", NOW + MINUTE, api="Groq")
    first, second = sorted(open_problems(alice, project_id), key=lambda one: one.number)
    said = {"incident_id": new_id(), "feed_id": new_id(), "api_ids": (openai.id, groq.id), "organisation_id": organisation_id}
    said |= {"project_id": project_id, "title": "Elevated errors", "impact": "major", "at": NOW + 2 * MINUTE, "url": ""}
    publish(ProviderIncidentOpened(**said), now=NOW + 2 * MINUTE)
    run_due_jobs(now=NOW + 2 * MINUTE)
    (one,) = open_problems(alice, project_id)
    assert (one.id, one.alert_count) == (first.id, 3)
    assert problem_of(alice, second.id).id == first.id
    publish(ProviderIncidentResolved(**said), now=NOW + 9 * MINUTE)
    run_due_jobs(now=NOW + 9 * MINUTE)
    assert [one.state for one in open_problems(alice, project_id)[0].alerts].count("firing") == 2


@pytest.mark.requirement("NEX-05")
def test_a_missed_heartbeat_wakes_somebody_until_it_returns(alice, project_id, organisation_id, openai):
    beat = {"heartbeat_id": new_id(), "api_id": None, "organisation_id": organisation_id, "project_id": project_id}
    publish(HeartbeatMissed(**beat, name="Nightly import", reason="missing", at=NOW), now=NOW)
    run_due_jobs(now=NOW)
    (problem,) = open_problems(alice, project_id)
    assert (problem.title, problem.severity) == ("Nightly import did not report in time", Severity.PAGE)
    publish(HeartbeatReturned(**beat, name="Nightly import", at=NOW + MINUTE), now=NOW + MINUTE)
    run_due_jobs(now=NOW + MINUTE)
    assert open_problems(alice, project_id) == []


@pytest.mark.requirement("NEX-05")
def test_a_storm_of_two_hundred_alerts_is_one_problem(alice, project_id, ground):
    for start in range(0, 200, 50):
        storm = [noticed(str(number), provider="openai", pod=str(number)) for number in range(start, start + 50)]
        gather(ground, storm, now=NOW)
    (problem,) = open_problems(alice, project_id)
    assert problem.alert_count == 200


@pytest.mark.requirement("NEX-05")
def test_an_alert_loop_ends_in_one_alert_that_counts(project_id, ground):
    for start in range(0, MOST_FIRING + 300, 300):
        gather(ground, [noticed(str(start + number), provider="openai") for number in range(300)], now=NOW)
    assert Alert.objects.filter(project_id=project_id).count() <= MOST_FIRING + 1
    assert Alert.objects.get(fingerprint=fingerprint(Kind.EXTERNAL, "storm")).count > 1


@pytest.mark.requirement("NEX-05")
def test_alerts_are_split_and_merged_by_hand_and_put_back(alice, alice_client, project_id, ground):
    gather(ground, [noticed(key, service="web", cluster="eu") for key in "abc"], now=NOW)
    (problem,) = open_problems(alice, project_id)
    path = f"/nexus/alerts/{problem.id}/"
    taken = alice_client.post(f"{path}split/", {"alert": [str(problem.alerts[0].id)]})
    assert sorted(one.alert_count for one in open_problems(alice, project_id)) == [1, 2]
    regrouping = taken["Location"].split("undo=")[1]
    assert "Undo" in alice_client.get(taken["Location"]).content.decode()
    alice_client.post(f"/nexus/alerts/regroupings/{regrouping}/undo/")
    assert [one.alert_count for one in open_problems(alice, project_id)] == [3]

    gather(ground, [noticed("other", provider="stripe")], now=NOW)
    other = next(one for one in open_problems(alice, project_id) if one.provider == "stripe")
    merged = alice_client.post(f"/nexus/alerts/{other.id}/merge/", {"into": str(problem.id)})
    assert [one.alert_count for one in open_problems(alice, project_id)] == [4]
    alice_client.post(f"/nexus/alerts/regroupings/{merged['Location'].split('undo=')[1]}/undo/")
    assert sorted(one.alert_count for one in open_problems(alice, project_id)) == [1, 3]


@pytest.mark.requirement("NEX-05", "SEC-01")
def test_a_stranger_finds_no_problem(charlie, project_id, ground):
    gather(ground, [noticed("a")], now=NOW)
    problem = Problem.objects.get(project_id=project_id)
    with pytest.raises(NotFound):
        problem_of(charlie, problem.pk)
    with pytest.raises(NotFound):
        problems(charlie, project_id, NOW, NOW + timedelta(days=1))
