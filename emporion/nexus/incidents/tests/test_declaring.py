"""An incident is declared with one tap, knows what is known already, and its timeline writes itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from emporion.accounts.models import Person
from emporion.gateway.routing.types import ApiView
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.actions import acknowledge
from emporion.nexus.alerts.events import ProblemAcknowledged
from emporion.nexus.alerts.models import Problem
from emporion.nexus.incidents.models import Incident, TimelineEntry
from emporion.nexus.incidents.tests.conftest import MINUTE, SUMMARIES, Clock, open_problem
from emporion.nexus.oncall.events import PageSent
from emporion.nexus.providers.events import ProviderIncidentOpened
from emporion.nexus.signals.events import DeployMarked
from emporion.notify.models import Notification
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-07")]
DECLARE = "/nexus/incidents/declare/"


def declared(client: Client, problem: Problem) -> Incident:
    answer = client.post(DECLARE, {"problem": str(problem.pk)})
    assert answer.status_code == 302
    return Incident.objects.get(pk=answer["Location"].split("/")[-2])


def lines(incident: Incident) -> list[str]:
    return [entry.text for entry in incident.entries.order_by("at", "id")]


def test_one_tap_declares_with_severity_title_and_impact_counted_from_the_calls(
    problem: Problem, alice_client: Client, clock: Clock
) -> None:
    incident = declared(alice_client, problem)
    assert incident.number == 1
    assert incident.severity == 1, "half of the customers who called felt it"
    assert incident.title == f"OpenAI fails 1 call in 4: {SUMMARIES}"
    assert incident.began_at == clock.now - 10 * MINUTE
    problem.refresh_from_db()
    assert problem.incident_id == incident.pk
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "INC-1, 10 min so far" in text
    assert "<b>5</b>50% of 10 active" in text.replace("\n", "")
    assert "<b>50</b>of 200 since 00:20 UTC" in text
    assert '<b class="bad-ink">25%</b>OpenAI, target 1%' in text
    assert "Lead <b>Alicé</b>" in text


def test_declaring_the_same_problem_twice_is_one_incident(
    problem: Problem, alice_client: Client, bob_client: Client, clock: Clock
) -> None:
    assert declared(alice_client, problem) == declared(bob_client, problem)
    assert Incident.objects.count() == 1


def test_the_person_can_say_it_better_before_declaring(problem: Problem, alice_client: Client, clock: Clock) -> None:
    page = alice_client.get(f"{DECLARE}?problem={problem.pk}").content.decode()
    assert "OpenAI fails 1 call in 4" in page
    alice_client.post(DECLARE, {"problem": str(problem.pk), "title": "Summaries are down", "severity": "3"})
    incident = Incident.objects.get()
    assert (incident.title, incident.severity) == ("Summaries are down", 3)


def test_by_hand_without_a_title_nothing_is_declared_and_what_was_chosen_stays(
    openai: ApiView, alice_client: Client, clock: Clock, store: object
) -> None:
    answer = alice_client.post(DECLARE, {"title": " ", "severity": "2", "api": str(openai.id)})
    assert answer.status_code == 422
    assert "The incident has no title." in answer.content.decode()
    assert not Incident.objects.exists()
    alice_client.post(DECLARE, {"title": "Uploads hang", "severity": "2", "api": str(openai.id)})
    assert Incident.objects.get().affected.get().api_id == openai.id


def test_a_declaration_is_taken_back_for_a_while(problem: Problem, alice_client: Client, clock: Clock) -> None:
    incident = declared(alice_client, problem)
    clock.passes(1)
    page = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "INC-1 is declared. The team is told." in page
    answer = alice_client.post(f"/nexus/incidents/{incident.pk}/undo/", follow=True)
    assert "The declaration is taken back." in answer.content.decode()
    assert "No incident so far" in answer.content.decode()
    problem.refresh_from_db()
    assert problem.incident_id is None
    again = declared(alice_client, problem)
    assert again.number == 2
    clock.passes(11)
    late = alice_client.post(f"/nexus/incidents/{again.pk}/undo/", follow=True).content.decode()
    assert "This declaration cannot be undone any more." in late


def test_what_happened_before_the_declaration_is_on_the_timeline_in_its_order(
    problem: Problem, openai: ApiView, alice_client: Client, clock: Clock, drain: Callable[..., int], bob_person: Person
) -> None:
    now, place = clock.now, {"organisation_id": problem.organisation_id, "project_id": problem.project_id}
    deploy = DeployMarked(deploy_id=new_id(), service="api", version="2.14.3", at=now - 30 * MINUTE, **place)
    old = DeployMarked(deploy_id=new_id(), service="api", version="1.0", at=now - timedelta(days=1), **place)
    provider = ProviderIncidentOpened(
        incident_id=new_id(),
        feed_id=new_id(),
        api_ids=(openai.id,),
        title="Elevated errors",
        impact="major",
        at=now - 3 * MINUTE,
        url="https://status.example.com/1",
        **place,
    )
    elsewhere = ProviderIncidentOpened(
        incident_id=new_id(), feed_id=new_id(), api_ids=(new_id(),), title="Other", impact="minor", at=now, url="", **place
    )
    sent = PageSent(
        page_id=new_id(),
        problem_id=problem.pk,
        incident_id=None,
        person_id=bob_person.pk,
        person_name="Bob",
        channel="push",
        at=now - 7 * MINUTE,
        **place,
    )
    for event in (provider, sent, deploy, old, elsewhere, deploy):
        publish(event, now=now)
    drain()
    incident = declared(alice_client, problem)
    drain()
    told = lines(incident)
    problem.refresh_from_db()  # its alerts now include the provider's own word
    order = ["Deploy api 2.14.3", problem.title, "Bob notified by push", "The provider confirms: Elevated errors"]
    assert [line for line in told if line in order] == order
    assert any(line.endswith("alerts grouped into one") for line in told)
    assert "Incident declared, severity 1" in told
    assert not any("1.0" in line or "Other" in line for line in told)
    page = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert page.index("Incident declared") < page.index("The provider confirms") < page.index("Deploy api 2.14.3")


def test_who_declares_has_the_problem_and_that_is_said_once_however_often_it_is_told(
    problem: Problem, alice_client: Client, bob: Actor, clock: Clock, drain: Callable[..., int]
) -> None:
    incident = declared(alice_client, problem)
    acknowledge(problem_id=problem.pk, actor=bob, now=clock.passes(1))
    problem.refresh_from_db()
    assert problem.acknowledged_by == "Alicé"
    again = ProblemAcknowledged(
        problem_id=problem.pk,
        organisation_id=problem.organisation_id,
        project_id=problem.project_id,
        api_id=problem.api_id,
        severity="page",
        title=problem.title,
        at=problem.acknowledged_at,
    )
    publish(again, now=clock.now)
    drain(clock.now)
    assert [line for line in lines(incident) if line.endswith("has it")] == ["Alicé has it"]
    incident.refresh_from_db()
    assert incident.acknowledged_at == problem.acknowledged_at


def test_notes_and_roles_stand_on_the_timeline_and_nothing_of_it_is_ever_changed(
    problem: Problem, alice_client: Client, bob_person: Person, charlie_person: Person, clock: Clock
) -> None:
    incident = declared(alice_client, problem)
    home = f"/nexus/incidents/{incident.pk}/"
    clock.passes(2)
    alice_client.post(f"{home}notes/", {"text": "I see <b>timeouts</b> in Paris"})
    alice_client.post(f"{home}roles/", {"role": "updates", "person": str(bob_person.pk)})
    told = lines(incident)
    assert told[-2:] == ["I see <b>timeouts</b> in Paris", "Updates: Bob"]
    assert "I see &lt;b&gt;timeouts&lt;/b&gt; in Paris" in alice_client.get(home).content.decode()
    refused = alice_client.post(f"{home}roles/", {"role": "lead", "person": str(charlie_person.pk)}, follow=True)
    assert "This person does not see the project." in refused.content.decode()
    empty = alice_client.post(f"{home}notes/", {"text": "  "}, follow=True)
    assert "The note has no words." in empty.content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        incident.entries.update(text="Nothing happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        TimelineEntry.objects.all().delete()
    incident.entries.update(person_name="Somebody")


def test_severity_and_title_change_with_a_line_each(problem: Problem, alice_client: Client, clock: Clock) -> None:
    incident = declared(alice_client, problem)
    clock.passes(1)
    alice_client.post(f"/nexus/incidents/{incident.pk}/edit/", {"title": "Summaries fail", "severity": "2"})
    assert lines(incident)[-2:] == ["Severity 1 → 2", "Renamed to “Summaries fail”"]


def test_the_team_sees_it_in_the_app(
    problem: Problem, alice_client: Client, ada_person: Person, clock: Clock, drain: Callable[..., int]
) -> None:
    declared(alice_client, problem)
    drain()
    told = Notification.objects.filter(person_id=ada_person.pk, title__startswith="INC-1 declared")
    assert told.count() == 1


def test_strangers_learn_nothing(problem: Problem, alice_client: Client, charlie_client: Client, clock: Clock) -> None:
    incident = declared(alice_client, problem)
    for path in ("", "report/", "timeline.csv", "edit/"):
        assert charlie_client.get(f"/nexus/incidents/{incident.pk}/{path}").status_code == 404
    for path in ("notes/", "close/", "updates/", "undo/", "apply/"):
        assert charlie_client.post(f"/nexus/incidents/{incident.pk}/{path}", {"text": "x"}).status_code == 404
    assert charlie_client.post(DECLARE, {"problem": str(problem.pk)}).status_code == 404


def test_the_timeline_is_exported_without_formulas(problem: Problem, alice_client: Client, clock: Clock) -> None:
    incident = declared(alice_client, problem)
    alice_client.post(f"/nexus/incidents/{incident.pk}/notes/", {"text": "=1+1"})
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/timeline.csv").content.decode()
    assert "'=1+1" in text
    assert text.splitlines()[0] == "at,what,text,detail,who,stored at"


def test_the_incident_of_a_silent_api_says_why_there_are_no_causes_and_shows_it_as_neither_good_nor_bad(
    openai: ApiView, calls: Callable[..., None], organisation_id: object, project_id: object, alice_client: Client, clock: Clock
) -> None:
    calls(openai, clock.now - 90 * MINUTE, minutes=40)
    silent = open_problem(openai, organisation_id, project_id, clock.now - 8 * MINUTE, began=clock.now - 20 * MINUTE)
    incident = declared(alice_client, silent)
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "No call reached OpenAI in the minutes that were looked at." in text
    assert "Ranked by evidence" not in text
    assert '<a href="/nexus/heartbeats/">Does the job that calls it still report?</a>' in text
    involved = text[text.index("APIs involved") :]
    involved = involved[: involved.index("</section>")]
    assert 'aria-label="No calls"' in involved
    assert "Within bounds" not in involved


def test_an_incident_that_was_noticed_after_its_calls_counts_them_and_says_that_all_failed(
    openai: ApiView, calls: Callable[..., None], organisation_id: object, project_id: object, alice_client: Client, clock: Clock
) -> None:
    calls(openai, clock.now - 4 * MINUTE, minutes=1, each=6, failing=1.0)
    seen_at = clock.now - 2 * MINUTE
    incident = declared(alice_client, open_problem(openai, organisation_id, project_id, seen_at, began=seen_at))
    assert incident.began_at == clock.now - 4 * MINUTE
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/?for=customers").content.decode()
    assert "<b>6</b>of 6 since" in text
    assert "No call reached OpenAI" not in text
    assert "from 0 calls" not in text
    assert "Ranked by evidence from 6 calls" in text
    draft = text.split('name="text" rows="5" maxlength="4000">')[1].split("</textarea>")[0]
    assert draft.startswith("All requests to Meeting summaries fail since"), draft
    executives = alice_client.get(f"/nexus/incidents/{incident.pk}/?for=executives").content.decode()
    assert "19 in 20" not in executives


def test_an_incident_about_no_api_says_that_there_are_no_calls_to_compare(alice_client: Client, problem: Problem) -> None:
    Problem.objects.update(api_id=None)
    problem.alerts.update(api_id=None)
    incident = declared(alice_client, problem)
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/").content.decode()
    assert "None of its problems is about a registered API, so there are no calls to compare." in text
