"""Updates fill themselves from what is stored and reach whoever they are written for."""

from collections.abc import Callable

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.gateway.routing.types import ApiView
from emporion.nexus.alerts.models import Problem
from emporion.nexus.incidents import rules
from emporion.nexus.incidents.models import Incident
from emporion.nexus.incidents.rules import percent
from emporion.nexus.incidents.tests.conftest import ASK, MINUTE, Calls, Clock
from emporion.nexus.incidents.tests.test_declaring import declared, lines
from emporion.nexus.statuspage import actions as pages
from emporion.nexus.statuspage.models import StatusIncident, Subscriber
from emporion.nexus.statuspage.types import PageView
from emporion.notify.models import MailMessage, Notification
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.secrets import encrypt
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-07")]


@pytest.fixture
def incident(problem: Problem, alice_client: Client, clock: Clock) -> Incident:
    return declared(alice_client, problem)


@pytest.fixture
def page(alice: Actor, openai: ApiView, incident: Incident, clock: Clock) -> PageView:
    """Public, on Berlin's clock."""
    said = pages.PageSettings(name="Halyard", slug="halyard", time_zone="Europe/Berlin")
    made = pages.create_page(page=said, project_id=incident.project_id, actor=alice, now=clock.now)
    part = pages.ComponentSettings(name="Summaries", api_id=openai.id)
    pages.add_component(page_id=made.id, component=part, actor=alice, now=clock.now)
    return pages.publish_page(page_id=made.id, is_public=True, actor=alice, now=clock.now)


def shown(client: Client, incident: Incident, audience: str) -> str:
    return client.get(f"/nexus/incidents/{incident.pk}/?for={audience}").content.decode()


def words_of(client: Client, incident: Incident, audience: str) -> str:
    """What the form would post as it stands."""
    text = shown(client, incident, audience)
    return text.split('name="text" rows="5" maxlength="4000">')[1].split("</textarea>")[0]


def post(client: Client, incident: Incident, audience: str, text: str, **more: str) -> str:
    said = {"audience": audience, "text": text, "stage": "investigating", "headline": "Problems with summaries", **more}
    return client.post(f"/nexus/incidents/{incident.pk}/updates/", said, follow=True).content.decode()


def test_marked_words_are_filled_from_the_figures_and_the_clock_of_the_page(
    incident: Incident, page: PageView, alice_client: Client
) -> None:
    text = words_of(alice_client, incident, "customers")
    assert text.startswith("About 1 in 4 requests to Meeting summaries fail since 02:20 CEST.")
    assert "OpenAI" not in text, "customers are not told whom we buy from"
    assert "<mark>About 1 in 4</mark>" in shown(alice_client, incident, "customers")
    team = words_of(alice_client, incident, "team")
    assert "INC-1, severity 1: OpenAI fails 1 call in 4: Meeting summaries. 50 of 200 calls failed" in team
    assert "Lead: Alicé." in team
    assert "5 customers feel it" in words_of(alice_client, incident, "executives")


def test_one_tap_posts_to_the_status_page_and_its_subscribers(
    incident: Incident, page: PageView, alice_client: Client, clock: Clock, drain: Callable[..., int]
) -> None:
    Subscriber.objects.create(
        page_id=page.id,
        email="ann@customer.example",
        token_digest="d",
        token_sealed=encrypt("t"),
        asked_at=clock.now,
        confirmed_at=clock.now,
    )
    clock.passes(3)
    answer = post(alice_client, incident, "customers", words_of(alice_client, incident, "customers"))
    assert "Posted: status page, 1 subscriber." in answer
    told = StatusIncident.objects.get()
    assert (told.name, told.impact) == ("Problems with summaries", "critical")
    drain(clock.now)
    mail = MailMessage.objects.get(to="ann@customer.example")
    assert "About 1 in 4 requests" in mail.text
    entry = incident.entries.get(kind="update")
    assert (entry.text, entry.detail) == ("Update for Customers: Investigating", "status page and 1 subscriber")
    incident.refresh_from_db()
    assert incident.next_update_at == clock.now + 20 * MINUTE
    clock.passes(5)
    post(alice_client, incident, "customers", "It works again.", stage="resolved", headline="")
    told.refresh_from_db()
    assert (told.stage, told.name) == ("resolved", "Problems with summaries")
    assert "Everything works" in Client().get("/status/halyard/").content.decode()


def test_without_a_public_page_the_update_is_kept_and_the_page_says_so(incident: Incident, alice_client: Client) -> None:
    assert "This project has no status page yet." in shown(alice_client, incident, "customers")
    answer = post(alice_client, incident, "customers", "We look into it.")
    assert "kept here: the status page is not published" in answer


def test_the_team_and_executives_hear_it_in_the_app_and_by_mail(
    incident: Incident, alice_client: Client, ada_person: Person, mary_person: Person, drain: Callable[..., int], clock: Clock
) -> None:
    post(alice_client, incident, "team", "Half of the calls go to the backup.")
    post(alice_client, incident, "executives", "Customers feel it less.", stage="identified")
    drain(clock.now)
    bodies = set(Notification.objects.filter(person_id=ada_person.pk).values_list("body", flat=True))
    assert "Half of the calls go to the backup." in bodies
    assert "Customers feel it less." not in bodies, "she administers the project alone"
    assert Notification.objects.filter(person_id=mary_person.pk, body="Customers feel it less.").exists()


def test_an_empty_update_is_refused(incident: Incident, alice_client: Client) -> None:
    assert "The update has no words." in post(alice_client, incident, "team", "  ")
    assert incident.updates.count() == 0


def test_whoever_writes_the_updates_is_reminded_once_when_one_is_due(
    incident: Incident, alice_client: Client, bob_person: Person, clock: Clock, drain: Callable[..., int]
) -> None:
    alice_client.post(f"/nexus/incidents/{incident.pk}/roles/", {"role": "updates", "person": str(bob_person.pk)})
    assert "due in 20 min" in shown(alice_client, incident, "customers")
    for _minute in range(2):
        clock.passes(21)
        enqueue("nexus.incidents.each_minute", Tick(at=clock.now), now=clock.now)
        drain(clock.now)
    told = Notification.objects.filter(person_id=bob_person.pk, title="INC-1: an update is due")
    assert told.count() == 1
    assert "overdue by 22 min" in shown(alice_client, incident, "customers")


def test_own_templates_take_the_place_of_ours_and_an_empty_one_goes_back(
    incident: Incident, alice_client: Client, bob_client: Client
) -> None:
    url = "/nexus/incidents/templates/"
    said = {"customers-investigating": "Ouch: {share} of {features} {nonsense}"}
    assert bob_client.post(url, said).status_code == 403
    alice_client.post(url, said)
    assert words_of(alice_client, incident, "customers") == "Ouch: 1 in 4 of Meeting summaries {nonsense}"
    assert "Ouch: {share}" in alice_client.get(url).content.decode()
    alice_client.post(url, {"customers-investigating": ""})
    assert words_of(alice_client, incident, "customers").startswith("About 1 in 4")


def test_what_works_again_is_named_beside_what_does_not(
    problem: Problem, openai: ApiView, calls: Calls, alice_client: Client, clock: Clock, drain: Callable[..., int]
) -> None:
    calls(openai, clock.now - 10 * MINUTE, minutes=10, failing=0.5, feature=ASK)
    incident = declared(alice_client, problem)
    calls(openai, clock.now, minutes=5, failing=0.5)
    calls(openai, clock.now, minutes=5, feature=ASK)
    clock.passes(5)
    enqueue("nexus.incidents.each_minute", Tick(at=clock.now), now=clock.now)
    drain(clock.now)
    text = alice_client.get(f"/nexus/incidents/{incident.pk}/?stage=identified").content.decode()
    assert "<mark>Ask Fieldnote works again.</mark>" in text
    assert "Ask Fieldnote is back within bounds" in lines(incident)


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1.0, "19 in 20"), (0.757, "3 in 4"), (0.66, "2 in 3"), (0.126, "1 in 8"), (0.004, "1 in 250"), (0.0, "1 in 1,000")],
)
def test_a_share_reads_well_after_about(rate: float, words: str) -> None:
    assert rules.one_in(rate) == words


@pytest.mark.requirement("NEX-07", "UX-02")
def test_a_half_of_a_tenth_of_a_percent_is_rounded_as_everywhere() -> None:
    halves = {0.1245: "12.5%", 0.1225: "12.3%", 0.0005: "0.1%", 0.1244: "12.4%", 0.5: "50%", 0.0: "0%", 1.0: "100%"}
    assert {share: percent(share) for share in halves} == halves
