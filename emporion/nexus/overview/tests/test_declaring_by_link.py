"""From a push to an incident without a session: one signed link, one page, one person, once, and only what that person may do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from emporion.accounts.models import Membership, Person
from emporion.kernel.clock import utcnow
from emporion.nexus.alerts.models import Problem
from emporion.nexus.incidents.models import Incident
from emporion.nexus.oncall.models import Page
from emporion.nexus.oncall.tests.conftest import end_problem, open_problem
from emporion.notify.models import MailMessage
from emporion.plumbing.types import Role
from tests.receiving import Phone

__all__ = ["end_problem", "open_problem"]
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-06", "NEX-07"), pytest.mark.usefixtures("calls_store")]
Open = Callable[..., Problem]


@pytest.fixture
def link(alice_client: Client, phone: Phone, open_problem: Open, drain: Callable[..., int]) -> str:
    """The address behind the second button of the push that Alice got."""
    phone.turn_on(alice_client)
    open_problem(at=utcnow())
    drain(utcnow())
    assert phone.pushes[-1]["decide_label"] == "Declare incident"
    return phone.pushes[-1]["decide_url"]


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def test_whoever_was_called_declares_from_the_phone_after_being_asked_and_has_it(link: str) -> None:
    phone = Client(enforce_csrf_checks=True)
    asked = text(phone, link)
    assert "Declare an incident?" in asked
    assert "OpenAI fails for Ask Fieldnote – 12%" in asked
    assert phone.head(link).status_code == 200
    assert not Incident.objects.exists(), "looking declares nothing"
    done = phone.post(link, {"severity": "2"})
    assert "The incident is declared, and you have it." in done.content.decode()
    incident = Incident.objects.get()
    assert (incident.declared_by, incident.severity, incident.number) == ("Alicé", 2, 1)
    assert Page.objects.get().state == "acknowledged"
    assert Problem.objects.get().acknowledged_by == "Alicé"
    assert phone.get(f"/nexus/incidents/{incident.pk}/").status_code == 302, "the link signs nobody in"


def test_the_page_of_the_other_button_and_the_mail_lead_to_the_same_question(link: str) -> None:
    assert link in text(Client(), link.removesuffix("declare/"))
    assert link in MailMessage.objects.get().text


def test_a_link_declares_once_also_when_its_incident_was_taken_back(link: str, alice_client: Client) -> None:
    Client().post(link)
    again = Client().post(link, {"severity": "1"})
    assert "Alicé has declared it." in again.content.decode()
    incident = Incident.objects.get()
    assert alice_client.post(f"/nexus/incidents/{incident.pk}/undo/").status_code == 302
    assert "does so once" in Client().post(link).content.decode()
    assert Incident.objects.count() == 1
    assert link not in text(Client(), link.removesuffix("declare/"))


def test_a_link_that_is_old_or_changed_or_about_what_is_over_declares_nothing(
    link: str, end_problem: Callable[..., None], drain: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = link.split("/")[-3]
    for place in (2, 30, -3):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert Client().post(link.replace(token, forged)).status_code == 410
    with monkeypatch.context() as later:
        later.setattr("emporion.nexus.overview.link_views.utcnow", lambda: utcnow() + timedelta(hours=25))
        assert Client().post(link).status_code == 410
    end_problem(Problem.objects.get(), utcnow())
    drain(utcnow())
    assert "It is over." in Client().post(link).content.decode()
    assert not Incident.objects.exists()


def test_what_the_person_may_do_is_looked_at_when_the_link_is_used(link: str, alice_person: Person, bob_person: Person) -> None:
    Membership.objects.filter(person=bob_person).update(role=Role.OWNER)
    Membership.objects.filter(person=alice_person).update(role=Role.MEMBER)  # of no project any more
    assert Client().get(link).status_code == 410
    assert Client().post(link).status_code == 410
    Membership.objects.filter(person=alice_person).delete()
    assert Client().post(link).status_code == 410
    assert not Incident.objects.exists()
