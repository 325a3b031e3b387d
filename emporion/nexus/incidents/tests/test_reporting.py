"""The report is drafted in seconds from what was recorded and from nothing else; people edit it and learn from it."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from emporion.gateway.routing import actions as gateway
from emporion.gateway.routing.types import ApiView, RouteTarget
from emporion.gateway.routing.types import Calls as Which
from emporion.nexus.alerts.models import Problem
from emporion.nexus.incidents.models import ActionItem, Incident, ReportVersion
from emporion.nexus.incidents.tests.conftest import SUMMARIES, Calls, Clock
from emporion.nexus.incidents.tests.test_declaring import declared
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-10")]
ATTACK = "</textarea><script>alert(1)</script> [x](javascript:alert(1)) ![i](https://evil.example/x.png)"


@pytest.fixture
def closed(problem: Problem, backup: ApiView, calls: Calls, alice: Actor, alice_client: Client, clock: Clock) -> Incident:
    """Declared, told of, led elsewhere, recovered and closed."""
    incident = declared(alice_client, problem)
    home = f"/nexus/incidents/{incident.pk}/"
    alice_client.post(f"{home}updates/", {"audience": "team", "stage": "investigating", "text": "We look into it."})
    clock.passes(2)
    alice_client.post(f"{home}notes/", {"text": "Only *Paris* | fails"})
    route = Which(api_id=problem.api_id, feature=SUMMARIES)
    gateway.divert(calls=route, to=RouteTarget(api_id=backup.id), actor=alice, now=clock.now)
    calls(backup, clock.now, minutes=15)
    clock.passes(15)
    run_due_jobs(now=clock.now)
    alice_client.post(f"{home}close/")
    incident.refresh_from_db()
    assert incident.closed_at == clock.now
    return incident


def markdown(client: Client, incident: Incident) -> str:
    return client.get(f"/nexus/incidents/{incident.pk}/report.md").content.decode()


def test_it_is_drafted_within_five_seconds_from_what_is_stored(closed: Incident, alice_client: Client) -> None:
    text = markdown(alice_client, closed)
    assert closed.report.drafted_in_ms < 5_000
    assert text.startswith("# INC-1: OpenAI fails 1 call in 4: Meeting summaries\n")
    assert "50](/nexus/apis/" in text
    assert "From [2026-10-25 00:20]" in text
    assert "| Detect | [00:20]" in text
    assert "It was noticed within 2 min." in text
    assert "People heard of it within 0 s of the declaration." in text
    assert "| Meeting summaries | 5 |" in text
    assert "15 of 15 minutes within bounds" in text


def test_every_fact_leads_to_where_it_is_stored(closed: Incident, alice_client: Client) -> None:
    text = markdown(alice_client, closed)
    page = alice_client.get(f"/nexus/incidents/{closed.pk}/").content.decode()
    anchors = set(re.findall(r"#e-([0-9a-f-]{36})", text))
    assert anchors == {str(entry.pk) for entry in closed.entries.all()}
    assert all(f'id="e-{anchor}"' in page for anchor in anchors)
    facts = [line for line in text.split("## Timeline")[1].split("\n## ")[0].splitlines() if line.startswith("- [")]
    rows = [line for line in text.splitlines() if re.match(r"\| (?!---|Feature|Customer|Phase)", line)]
    assert all("](/nexus/" in line for line in [*facts, *rows])


def test_words_of_people_stay_words_in_the_draft(closed: Incident, alice_client: Client) -> None:
    text = markdown(alice_client, closed)
    assert r"Only \*Paris\* \| fails" in text
    shown = alice_client.get(f"/nexus/incidents/{closed.pk}/report/").content.decode()
    assert "Only *Paris* | fails" in shown


def test_people_edit_it_in_versions_and_nobody_overwrites_another(
    closed: Incident, alice_client: Client, bob_client: Client
) -> None:
    url = f"/nexus/incidents/{closed.pk}/report/"
    assert alice_client.post(url, {"text": f"# Better\n\n{ATTACK}", "based_on": "1"}).status_code == 302
    late = bob_client.post(url, {"text": "# Mine", "based_on": "1"})
    assert late.status_code == 422
    assert "Somebody saved another version while you wrote." in late.content.decode()
    assert "# Mine" in late.content.decode(), "what was typed is kept"
    shown = alice_client.get(url).content.decode()
    assert "<h1>Better</h1>" in shown
    for bad in ("<script>alert(1)", "javascript:alert", "evil.example/x.png"):
        assert f'src="{bad}' not in shown
        assert f'href="{bad}' not in shown
    assert "<script>alert(1)</script>" not in shown
    assert alice_client.get(f"{url}versions/1/").status_code == 200
    assert list(ReportVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    empty = alice_client.post(url, {"text": "  ", "based_on": "2"})
    assert "There are no words in it." in empty.content.decode()


def test_it_is_taken_away_as_markdown_and_on_paper(closed: Incident, alice_client: Client) -> None:
    paper = alice_client.get(f"/nexus/incidents/{closed.pk}/report.pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    assert 'filename="inc-1-report.pdf"' in paper["Content-Disposition"]
    assert "## To do" in markdown(alice_client, closed)


def test_it_proposes_what_the_record_asks_for_and_people_add_their_own(closed: Incident, alice_client: Client) -> None:
    home = f"/nexus/incidents/{closed.pk}/"
    proposed = set(ActionItem.objects.values_list("key", flat=True))
    assert "standing-fallback" in proposed
    assert "check" in proposed
    alice_client.post(f"{home}items/", {"text": "Ask for a higher limit", "due_on": "2026-12-01"})
    item = ActionItem.objects.get(text="Ask for a higher limit")
    assert item.due_on.isoformat() == "2026-12-01"
    alice_client.post(f"{home}items/{item.pk}/", {"state": "done"})
    assert "[x] Ask for a higher limit" in markdown(alice_client, closed)
    wrong = alice_client.post(f"{home}items/", {"text": "Later", "due_on": "soon"}, follow=True)
    assert "That is no day." in wrong.content.decode()


def test_learnings_are_found_across_incidents_by_their_words(
    closed: Incident, alice_client: Client, charlie_client: Client
) -> None:
    home, found = f"/nexus/incidents/{closed.pk}/", "/nexus/incidents/learnings/"
    alice_client.post(f"{home}learnings/", {"text": "The backup needs a key of its own"})
    assert "The backup needs a key" in alice_client.get(f"{found}?q=own KEY").content.decode()
    assert "The backup needs a key" in alice_client.get(f"{found}?q=OpenAI fails").content.decode()
    assert "No learning has all of the words" in alice_client.get(f"{found}?q=own elephant").content.decode()
    assert "The backup needs a key" not in charlie_client.get(found).content.decode()
    learning = closed.learnings.get()
    gone = alice_client.post(f"{home}learnings/{learning.pk}/remove/", follow=True).content.decode()
    assert "The learning is gone." in gone
    assert "The backup needs a key" not in alice_client.get(found).content.decode()
    alice_client.post(f"{home}learnings/{learning.pk}/remove/", {"do": "restore"})
    assert "The backup needs a key" in alice_client.get(found).content.decode()


def test_an_incident_that_goes_on_has_no_report_until_somebody_asks(problem: Problem, alice_client: Client, clock: Clock) -> None:
    incident = declared(alice_client, problem)
    url = f"/nexus/incidents/{incident.pk}/report/"
    assert "Draft the report" in alice_client.get(url).content.decode()
    alice_client.post(f"{url}draft/")
    first = alice_client.get(url).content.decode()
    assert "“Mitigate” never happened." in first
    clock.now += timedelta(minutes=5)
    alice_client.post(f"{url}draft/", {"do": "again"})
    assert ReportVersion.objects.count() == 2
