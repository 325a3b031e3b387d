"""An incident closes when its recovery is proven, or when an owner says why it may without; routes go back by themselves."""

from collections.abc import Callable

import pytest
from django.test import Client

from emporion.gateway.routing import actions as gateway
from emporion.gateway.routing.queries import routes_of
from emporion.gateway.routing.types import ApiView, Calls, RouteTarget
from emporion.nexus.alerts.models import Problem
from emporion.nexus.incidents import jobs
from emporion.nexus.incidents.models import Incident, RecoveryCell
from emporion.nexus.incidents.recovery import judge
from emporion.nexus.incidents.tests.conftest import ASK, MINUTE, SUMMARIES, Clock
from emporion.nexus.incidents.tests.conftest import Calls as Put
from emporion.nexus.incidents.tests.test_declaring import declared, lines
from emporion.plumbing.actions import Tick, enqueue, run_due_jobs
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-09")]


@pytest.fixture
def incident(problem: Problem, alice_client: Client, clock: Clock) -> Incident:
    return declared(alice_client, problem)


def close(client: Client, incident: Incident, reason: str = "") -> str:
    return client.post(f"/nexus/incidents/{incident.pk}/close/", {"reason": reason}, follow=True).content.decode()


def test_closing_is_refused_with_what_is_missing(incident: Incident, alice_client: Client, clock: Clock) -> None:
    text = close(alice_client, incident)
    assert "The recovery is not proven yet." in text
    assert "Meeting summaries: 0 of 15 min within bounds. 25% errors, needs under 1%" in text
    incident.refresh_from_db()
    assert incident.closed_at is None


def test_fifteen_minutes_within_bounds_prove_it_and_it_closes_with_its_report(
    incident: Incident, openai: ApiView, calls: Put, alice_client: Client, clock: Clock
) -> None:
    calls(openai, clock.now, minutes=15)
    clock.passes(10)
    judge(incident_id=incident.pk, now=clock.now)
    page = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "10 of 15 min" in page
    assert "Recovering" in page
    assert 'disabled aria-describedby="close-why"' in page
    clock.passes(5)
    judge(incident_id=incident.pk, now=clock.now)
    page = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "15 of 15 min" in page
    assert "Close and draft the report" in page
    text = close(alice_client, incident)
    assert "The incident is closed. This is the draft of its report." in text
    assert "Meeting summaries is back within bounds" in lines(incident)
    assert "Recovery proven: everything within bounds for 15 min" in lines(incident)
    assert lines(incident)[-1] == "Incident closed, recovery proven"


def test_a_relapse_begins_the_proof_anew(incident: Incident, openai: ApiView, calls: Put, clock: Clock) -> None:
    calls(openai, clock.now, minutes=8)
    calls(openai, clock.now + 8 * MINUTE, minutes=1, failing=0.5)
    calls(openai, clock.now + 9 * MINUTE, minutes=8)
    for _tick in range(17):
        judge(incident_id=incident.pk, now=clock.passes(1))
    told = lines(incident)
    assert told.count("Meeting summaries is back within bounds") == 2
    assert told.count("Meeting summaries is out of bounds again") == 1
    cells = list(RecoveryCell.objects.order_by("minute").values_list("is_ok", flat=True))
    assert cells == [False] * 10 + [True] * 8 + [False] + [True] * 8


def test_a_single_failed_call_is_no_relapse_but_burns_the_budget_when_it_comes_again_and_again(
    incident: Incident, openai: ApiView, calls: Put, alice_client: Client, clock: Clock
) -> None:
    calls(openai, clock.now, minutes=15, failing=0.05)  # one of the twenty calls of each minute
    clock.passes(15)
    judge(incident_id=incident.pk, now=clock.now)
    assert "spends its error budget 5.0 times too fast" in close(alice_client, incident)


def test_minutes_without_calls_prove_nothing(incident: Incident, alice_client: Client, clock: Clock) -> None:
    clock.passes(16)
    judge(incident_id=incident.pk, now=clock.now)
    assert "0 of 15 min within bounds. No calls and no check to judge by" in close(alice_client, incident)


def test_every_feature_that_failed_has_to_recover(
    problem: Problem, openai: ApiView, calls: Put, alice_client: Client, clock: Clock
) -> None:
    calls(openai, clock.now - 10 * MINUTE, minutes=10, failing=0.5, feature=ASK)
    incident = declared(alice_client, problem)
    calls(openai, clock.now, minutes=15)
    calls(openai, clock.now, minutes=15, failing=0.5, feature=ASK)
    judge(incident_id=incident.pk, now=clock.passes(15))
    text = close(alice_client, incident)
    assert f"{ASK}: 0 of 15 min" in text
    assert f"{SUMMARIES}: " not in text.split("The recovery is not proven yet.")[1].split("</p>")[0]
    page = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "1 of 2" in page


def test_an_owner_closes_without_proof_by_saying_why_and_nobody_else_does(
    incident: Incident, alice_client: Client, ada_client: Client, clock: Clock
) -> None:
    assert "The recovery is not proven yet." in close(ada_client, incident, "I am sure")
    assert "The recovery is not proven yet." in close(alice_client, incident, "   ")
    close(alice_client, incident, "The feature was switched off for good.")
    entry = incident.entries.order_by("at", "id").last()
    assert entry.text == "Incident closed without proof of recovery"
    assert entry.detail == "The feature was switched off for good."
    report = alice_client.get(f"/nexus/incidents/{incident.pk}/report/").content.decode()
    assert "The feature was switched off for good." in report


def test_calls_that_are_led_elsewhere_count_as_the_caller_gets_them(
    incident: Incident, backup: ApiView, calls: Put, alice: Actor, clock: Clock, drain: Callable[..., int]
) -> None:
    which = Calls(api_id=incident.affected.get().api_id, feature=SUMMARIES)
    route = gateway.divert(calls=which, to=RouteTarget(api_id=backup.id), actor=alice, now=clock.now)
    drain(clock.now)
    incident.refresh_from_db()
    assert incident.state == "mitigating"
    assert incident.mitigated_at == clock.now
    assert route.sentence in lines(incident)
    calls(backup, clock.now, minutes=15)
    judge(incident_id=incident.pk, now=clock.passes(15))
    incident.refresh_from_db()
    assert incident.recovered_at is not None


def test_a_route_goes_back_by_itself_when_its_api_is_healthy_again(
    incident: Incident, backup: ApiView, calls: Put, alice: Actor, clock: Clock, drain: Callable[..., int]
) -> None:
    gateway.divert(
        calls=Calls(api_id=incident.affected.get().api_id),
        to=RouteTarget(api_id=backup.id),
        percent=90,
        actor=alice,
        now=clock.now,
    )
    drain(clock.now)
    calls(incident.affected.get(), clock.now, minutes=10, each=2, failing=1)
    clock.passes(10)
    enqueue("nexus.incidents.each_minute", Tick(at=clock.now), now=clock.now)
    drain(clock.now)
    assert routes_of(alice, incident.project_id, now=clock.now), "OpenAI still fails"
    calls(incident.affected.get(), clock.now, minutes=16, each=2)
    clock.passes(16)
    jobs.mitigating.go_back(now=clock.now)
    drain(clock.now)
    assert routes_of(alice, incident.project_id, now=clock.now) == []
    entry = incident.entries.get(kind="unrouted")
    assert entry.text.startswith("Taken back:")
    assert "healthy for long enough" in entry.detail


def test_a_route_is_taken_back_by_hand_on_the_page(
    incident: Incident, backup: ApiView, alice: Actor, alice_client: Client, bob_client: Client, clock: Clock
) -> None:
    gateway.divert(
        calls=Calls(api_id=incident.affected.get().api_id), to=RouteTarget(api_id=backup.id), actor=alice, now=clock.now
    )
    run_due_jobs(now=clock.now)
    kept = incident.mitigations.get()
    url = f"/nexus/incidents/{incident.pk}/routes/{kept.pk}/withdraw/"
    assert "Take back" in alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert bob_client.post(url).status_code == 403
    alice_client.post(url)
    assert routes_of(alice, incident.project_id, now=clock.now) == []
