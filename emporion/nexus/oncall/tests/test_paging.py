"""Paging: one page a problem, taken from the phone by one signed link, the next person called when nobody comes."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.kernel.clock import utcnow
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.types import Severity
from emporion.nexus.oncall.models import Page
from emporion.notify.models import MailMessage, Notification
from tests.cast import client_of
from tests.receiving import Phone, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-06")]
HOME = "/nexus/on-call/"


def page(client: Client) -> str:
    return client.get(HOME).content.decode()


def rota(client: Client, *people: Person, zone: str = "Europe/Berlin") -> None:
    """Begins a rotation through the page."""
    said = {"name": "Primary", "handover_weekday": 0, "handover_time": "09:00", "time_zone": zone, "weeks_each": 1}
    said |= {f"person_{place}": str(person.id) for place, person in enumerate(people, 1)}
    answer = client.post(f"{HOME}schedules/new/", said)
    assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def phones(alice_client: Client, bob_person: Person, receiver: Receiver) -> tuple[Phone, Phone]:
    """Alice's and Bob's, turned on."""
    alice, bob = Phone(receiver, "alice"), Phone(receiver, "bob")
    alice.turn_on(alice_client)
    bob.turn_on(client_of(bob_person))
    return alice, bob


def link_of(phone: Phone) -> str:
    return phone.pushes[-1]["answer_url"]


def test_whoever_is_on_call_is_paged_on_the_phone_and_by_mail_and_nobody_else(
    alice_client: Client, bob_person: Person, phones: tuple[Phone, Phone], open_problem, drain
) -> None:
    alice_phone, bob_phone = phones
    rota(alice_client, bob_person)
    problem = open_problem()
    drain()
    (told,) = bob_phone.pushes
    assert told["title"] == problem.title
    assert told["url"] == f"/nexus/alerts/{problem.pk}/"
    assert told["is_urgent"]
    assert bob_phone.receiver.to("/push/bob")[0].headers["urgency"] == "high"
    assert alice_phone.pushes == []
    mail = MailMessage.objects.get()
    assert mail.to == bob_person.email
    assert "/nexus/on-call/answer/" in mail.text


def test_many_alerts_of_one_problem_make_one_page(alice_client: Client, phone: Phone, open_problem, drain, now) -> None:
    from emporion.nexus.alerts.events import ProblemGrew
    from emporion.nexus.oncall.tests.conftest import said_of
    from emporion.plumbing.actions import publish

    phone.turn_on(alice_client)
    problem = open_problem(severity=Severity.TICKET)
    drain()
    Problem.objects.filter(pk=problem.pk).update(severity=Severity.PAGE)
    for minute in range(3):
        publish(ProblemGrew(**said_of(problem, now) | {"severity": Severity.PAGE}), now=now + timedelta(minutes=minute))
    drain(now + timedelta(minutes=3))
    assert Page.objects.count() == 1
    assert [told["is_urgent"] for told in phone.pushes] == [False, True]


def test_the_signed_link_takes_the_page_without_signing_in_and_a_scanner_that_looks_does_not(
    alice_client: Client, phone: Phone, open_problem, drain
) -> None:
    phone.turn_on(alice_client)
    problem = open_problem(at=utcnow())
    drain(utcnow())
    stranger, path = Client(enforce_csrf_checks=True), link_of(phone)
    at_first = stranger.get(path)
    assert problem.title in at_first.content.decode()
    assert stranger.head(path).status_code == 200
    assert Page.objects.get().state == "open"
    assert "I have it" in at_first.content.decode()
    taken = stranger.post(path)
    assert "Alicé has it" in taken.content.decode()
    assert Page.objects.get().state == "acknowledged"
    assert Problem.objects.get().state == "acknowledged"
    assert Problem.objects.get().acknowledged_by == "Alicé"
    assert stranger.get(HOME).status_code == 302


def test_one_tap_on_the_notification_takes_the_page(alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    open_problem(at=utcnow())
    drain(utcnow())
    answer = Client().post(link_of(phone), headers={"Accept": "application/json"})
    assert answer.json() == {"state": "acknowledged"}


def test_a_link_that_was_changed_takes_nothing(alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    open_problem(at=utcnow())
    drain(utcnow())
    path = link_of(phone)
    for place in (-4, -30, -50, -70):
        forged = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        assert Client().post(forged).status_code == 410
        assert Client().post(forged, headers={"Accept": "application/json"}).status_code == 409
    assert Page.objects.get().state == "open"


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 410)])
def test_a_link_is_good_for_a_day(hours: int, status: int, alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    then = utcnow() - timedelta(hours=hours)
    open_problem(at=then)
    drain(then)
    assert Client().get(link_of(phone)).status_code == status
    assert Client().post(link_of(phone)).status_code == status


def test_the_link_of_somebody_who_left_takes_nothing(
    alice_client: Client, bob_client: Client, bob_person: Person, receiver: Receiver, open_problem, drain
) -> None:
    from emporion.accounts.models import Membership

    phone = Phone(receiver, "bob")
    phone.turn_on(bob_client)
    rota(alice_client, bob_person)
    open_problem(at=utcnow())
    drain(utcnow())
    Membership.objects.filter(person=bob_person).delete()
    assert Client().post(link_of(phone)).status_code == 410


def test_when_nobody_comes_the_next_is_called_and_in_the_end_the_owners_know_that_nobody_came(
    alice_client: Client, bob_person: Person, phones: tuple[Phone, Phone], open_problem, drain, now
) -> None:
    alice_phone, bob_phone = phones
    rota(alice_client, bob_person)
    open_problem()
    drain()
    drain(now + timedelta(minutes=4))
    assert (len(bob_phone.pushes), len(alice_phone.pushes)) == (1, 0)
    drain(now + timedelta(minutes=5))
    assert (len(bob_phone.pushes), len(alice_phone.pushes)) == (1, 1)
    for minute in range(6, 60):
        drain(now + timedelta(minutes=minute))
    assert len(bob_phone.pushes) == 3
    assert Page.objects.get().state == "unanswered"
    assert Notification.objects.filter(title__startswith="Nobody came").exists()
    assert "Nobody came" in page(alice_client)


def test_taking_the_page_stops_the_calls(
    alice_client: Client, bob_person: Person, phones: tuple[Phone, Phone], open_problem, drain, now
) -> None:
    rota(alice_client, bob_person)
    open_problem()
    drain()
    shown = Page.objects.get()
    client_of(bob_person).post(f"{HOME}pages/{shown.pk}/acknowledge/")
    drain(now + timedelta(hours=3))
    assert phones[0].pushes == []
    assert "taken by Bob" in re.sub(r"\s+", " ", page(alice_client))


def test_without_a_rotation_the_owners_are_called(alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    assert "Pages go to the owners" in page(alice_client)
    open_problem()
    drain()
    assert len(phone.pushes) == 1


def test_quiet_hours_hold_what_can_wait_and_let_pages_through(
    alice_client: Client, phone: Phone, open_problem, drain, now
) -> None:
    phone.turn_on(alice_client)
    alice_client.post(f"{HOME}quiet/", {"is_on": "on", "starts": "22:00", "ends": "07:00"})
    open_problem(severity=Severity.TICKET, title="Latency is a little high")
    open_problem(title="Everything fails")
    drain()
    assert [told["title"] for told in phone.pushes] == ["Everything fails"]
    drain(now + timedelta(hours=6, minutes=31))
    assert "Latency is a little high" in [told["title"] for told in phone.pushes]


def test_what_was_over_before_the_quiet_hours_ended_is_not_told(
    alice_client: Client, phone: Phone, open_problem, end_problem, drain, now
) -> None:
    phone.turn_on(alice_client)
    alice_client.post(f"{HOME}quiet/", {"is_on": "on", "starts": "22:00", "ends": "07:00"})
    problem = open_problem(severity=Severity.TICKET)
    drain()
    end_problem(problem, now + timedelta(hours=1))
    drain(now + timedelta(hours=7))
    assert phone.pushes == []


def test_when_it_is_over_whoever_was_called_hears_of_it_in_place_of_the_alarm(
    alice_client: Client, phone: Phone, open_problem, end_problem, drain, now
) -> None:
    phone.turn_on(alice_client)
    problem = open_problem()
    drain()
    end_problem(problem, now + timedelta(minutes=9))
    drain(now + timedelta(minutes=9))
    alarm, over = phone.pushes
    assert over["title"] == f"Over: {problem.title}"
    assert over["tag"] == alarm["tag"]
    assert not over["is_urgent"]
    drain(now + timedelta(hours=2))
    assert len(phone.pushes) == 2


def test_a_problem_that_opens_again_pages_again(
    alice_client: Client, phone: Phone, open_problem, end_problem, drain, now
) -> None:
    from emporion.nexus.alerts.events import ProblemOpened
    from emporion.nexus.oncall.tests.conftest import said_of
    from emporion.plumbing.actions import publish

    phone.turn_on(alice_client)
    problem = open_problem()
    drain()
    end_problem(problem, now)
    drain()
    publish(ProblemOpened(**said_of(problem, now)), now=now)
    drain()
    assert [told["is_urgent"] for told in phone.pushes] == [True, False, True]


def test_the_page_says_when_a_push_arrived_and_was_opened(alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    then = utcnow() - timedelta(seconds=41)
    open_problem(at=then)
    drain(then)
    receipt = phone.pushes[0]["receipt_url"]
    for what in ("arrived", "opened", "arrived"):
        Client().post(f"{receipt}?what={what}")
    drain(utcnow())
    shown = alice_client.get(f"{HOME}pages/{Page.objects.get().pk}/").content.decode()
    assert re.search(r"Alicé by push, arrived in 4\d s, opened after 4\d s", shown)


def test_a_page_that_could_not_be_pushed_says_why(alice_client: Client, phone: Phone, open_problem, drain) -> None:
    phone.turn_on(alice_client)
    phone.receiver.answers = [410]
    open_problem()
    drain()
    shown = alice_client.get(f"{HOME}pages/{Page.objects.get().pk}/").content.decode()
    assert "not delivered. The browser gave up its subscription" in shown


def test_a_test_page_reaches_the_person_who_asks_and_nobody_else(
    alice_client: Client, bob_client: Client, receiver: Receiver, drain
) -> None:
    mine, other = Phone(receiver, "bob"), Phone(receiver, "alice")
    mine.turn_on(bob_client)
    other.turn_on(alice_client)
    answer = bob_client.post(f"{HOME}pages/test/")
    assert "Bob by push" in bob_client.get(answer["Location"]).content.decode()
    drain(utcnow())
    drain(utcnow() + timedelta(hours=1))
    assert len(mine.pushes) == 1
    assert other.pushes == []
    assert Client().post(link_of(mine), headers={"Accept": "application/json"}).json() == {"state": "acknowledged"}


def test_strangers_neither_see_nor_take_a_page(charlie_client: Client, alice_client: Client, open_problem, drain) -> None:
    problem = open_problem()
    drain()
    shown = Page.objects.get()
    assert charlie_client.get(f"{HOME}pages/{shown.pk}/").status_code == 404
    assert charlie_client.post(f"{HOME}pages/{shown.pk}/acknowledge/").status_code == 404
    assert problem.title not in page(charlie_client)
