"""Rotations through their pages: begun, taken over, swapped, changed, removed and brought back; escalation by hand."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime

from emporion.accounts.models import Person
from emporion.kernel.clock import utcnow
from emporion.nexus.oncall.models import Override, Schedule
from emporion.nexus.oncall.tests.test_paging import HOME, link_of, rota
from tests.cast import client_of
from tests.receiving import Phone, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-06")]


def shown(client: Client) -> str:
    return re.sub(r"\s+", " ", client.get(HOME).content.decode())


def duty(client: Client) -> str:
    return re.search(r'class="duty">.*?<b>(.*?)</b>', shown(client)).group(1)


def address() -> str:
    return f"{HOME}schedules/{Schedule.objects.get().pk}/"


def test_the_first_who_was_named_has_it_now_and_the_second_after_the_handover(
    alice_client: Client, alice_person: Person, bob_person: Person
) -> None:
    rota(alice_client, bob_person, alice_person)
    page = shown(alice_client)
    assert duty(alice_client) == "Bob"
    assert "then Alicé" in page
    assert "Bob can only be reached by mail" in page


def test_somebody_takes_a_night_over_and_gives_it_back(alice_client: Client, alice_person: Person, bob_person: Person) -> None:
    rota(alice_client, alice_person, bob_person)
    bob, now = client_of(bob_person), localtime(utcnow())
    said = {
        "person": str(bob_person.id),
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(hours=8):%Y-%m-%dT%H:%M}",
    }
    assert bob.post(f"{address()}take-over/", said).status_code == 302
    assert duty(alice_client) == "Bob"
    assert "taken over" in shown(alice_client)
    override = Override.objects.get()
    bob.post(f"{address()}overrides/{override.pk}/give-back/")
    assert duty(alice_client) == "Alicé"


def test_a_stretch_that_is_over_cannot_be_taken_and_what_was_typed_stays(alice_client: Client, alice_person: Person) -> None:
    rota(alice_client, alice_person)
    said = {"person": str(alice_person.id), "starts_at": "2026-01-01T10:00", "ends_at": "2026-01-02T10:00"}
    answer = alice_client.post(f"{address()}take-over/", said)
    assert answer.status_code == 422
    assert "already over" in answer.content.decode()
    assert "2026-01-02T10:00" in answer.content.decode()


def test_two_turns_change_places(alice_client: Client, alice_person: Person, bob_person: Person) -> None:
    rota(alice_client, alice_person, bob_person)
    options = re.findall(r'<option value="(20[^"]+)"', alice_client.get(address()).content.decode())
    first, second = options[0], options[1]
    answer = alice_client.post(f"{address()}swap/", {"first": first, "second": second})
    assert answer.status_code == 302
    assert duty(alice_client) == "Bob"
    assert alice_client.post(f"{address()}swap/", {"first": first, "second": first}).status_code == 422


def test_a_rotation_is_removed_and_brought_back(alice_client: Client, alice_person: Person) -> None:
    rota(alice_client, alice_person)
    where = address()
    page = alice_client.post(f"{where}remove/", follow=True).content.decode()
    assert "Primary is removed" in page
    assert "Nobody takes turns yet" in page
    alice_client.post(f"{where}restore/")
    assert duty(alice_client) == "Alicé"


def test_a_rotation_needs_a_person_and_keeps_what_was_typed(alice_client: Client) -> None:
    answer = alice_client.post(f"{HOME}schedules/new/", {"name": "Nächte", "time_zone": "Asia/Tokyo", "weeks_each": "0"})
    assert answer.status_code == 422
    assert "Nächte" in answer.content.decode()


def test_members_take_over_but_do_not_change_how_it_goes_round(
    alice_client: Client, alice_person: Person, bob_client: Client
) -> None:
    rota(alice_client, alice_person)
    assert bob_client.get(address()).status_code == 200
    assert "How it goes round" not in bob_client.get(address()).content.decode()
    assert bob_client.post(f"{address()}remove/").status_code == 403
    assert bob_client.get(f"{HOME}escalation/").status_code == 403


def test_pages_follow_the_escalation_that_was_written(
    alice_client: Client, alice_person: Person, bob_person: Person, receiver: Receiver, open_problem, drain
) -> None:
    phone = Phone(receiver, "bob")
    phone.turn_on(client_of(bob_person))
    rota(alice_client, alice_person)
    said = {"who_1": f"person:{bob_person.id}", "wait_1": "2", "who_2": "owners", "wait_2": "3", "rounds": "1"}
    assert alice_client.post(f"{HOME}escalation/", said).status_code == 302
    assert "then waits 2 minutes" in shown(alice_client)
    open_problem(at=utcnow())
    drain(utcnow())
    assert link_of(phone)


def test_an_escalation_that_calls_nobody_is_refused(alice_client: Client) -> None:
    assert alice_client.post(f"{HOME}escalation/", {"rounds": "1", "wait_1": "5"}).status_code == 422
