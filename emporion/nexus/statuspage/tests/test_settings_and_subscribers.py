"""Setting a status page up, and hearing of its updates by mail."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client

from emporion.kernel.ids import new_id
from emporion.nexus.statuspage import actions
from emporion.nexus.statuspage.models import Component, StatusPage, Subscriber
from emporion.nexus.statuspage.types import Indicator, NewsItem, PageView, Stage
from emporion.notify.models import MailMessage
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-18")]
SETTINGS = "/nexus/status-page/"
ANN = "ann@customer.example"


def say(project_id: UUID, alice: Actor, now: datetime) -> None:
    said = NewsItem(
        incident_id=new_id(), name="Summaries fail", stage=Stage.INVESTIGATING, impact=Indicator.MINOR, text="We look into it."
    )
    actions.post_news(project_id=project_id, news=said, actor=alice, now=now)


def link_in(mail: MailMessage) -> str:
    found = re.search(r"/status/subscriptions/[\w-]+/", mail.text)
    assert found
    return found[0]


def test_a_page_is_set_up_published_and_hidden_again(alice_client: Client) -> None:
    assert "Set up your status page" in alice_client.get(SETTINGS).content.decode()
    said = {"name": "Halyard Freight", "slug": "", "time_zone": "UTC"}
    assert alice_client.post(SETTINGS, said).status_code == 302
    assert StatusPage.objects.get().slug == "halyard-freight"
    assert Client().get("/status/halyard-freight/").status_code == 404
    alice_client.post(f"{SETTINGS}publish/", {"state": "public"})
    assert Client().get("/status/halyard-freight/").status_code == 200
    alice_client.post(f"{SETTINGS}publish/", {"state": "private"})
    assert Client().get("/status/halyard-freight/").status_code == 404


def test_a_taken_address_is_said_at_its_field_and_keeps_what_was_typed(
    page: PageView, charlie_client: Client, alice_client: Client
) -> None:
    answer = charlie_client.post(SETTINGS, {"name": "Mine", "slug": "halyard", "time_zone": "UTC"})
    assert answer.status_code == 422
    assert "This address is taken." in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    wrong = alice_client.post(SETTINGS, {"name": "Halyard", "slug": "no good!", "time_zone": "UTC"})
    assert "small letters, digits and hyphens" in wrong.content.decode()


def test_components_are_added_ordered_removed_and_brought_back(page: PageView, alice_client: Client) -> None:
    for name in ("Summaries", "Search"):
        alice_client.post(f"{SETTINGS}components/new/", {"name": name, "status": "operational"})
    second = Component.objects.get(name="Search")
    alice_client.post(f"{SETTINGS}components/{second.pk}/move/", {"to": "up"})
    assert [one.name for one in Component.objects.all()] == ["Search", "Summaries"]
    gone = alice_client.post(f"{SETTINGS}components/{second.pk}/remove/", follow=True)
    assert "The component is off the page." in gone.content.decode()
    alice_client.post(f"{SETTINGS}components/{second.pk}/remove/", {"do": "restore"})
    assert Component.objects.filter(removed_at=None).count() == 2
    alice_client.post(f"{SETTINGS}components/{second.pk}/", {"name": "Search", "status": "major_outage"})
    assert "Major outage" in alice_client.get("/status/halyard/").content.decode()


def test_a_member_looks_but_does_not_change(page: PageView, search: Component, bob_client: Client) -> None:
    text = bob_client.get(SETTINGS).content.decode()
    assert "Search" in text
    assert "Remove" not in text
    assert bob_client.post(f"{SETTINGS}publish/", {"state": "public"}).status_code == 403
    assert StatusPage.objects.get().published_at is None


def test_nothing_is_mailed_before_the_address_has_confirmed(
    public: PageView, alice: Actor, project_id: UUID, now: datetime, drain: Callable[[], int]
) -> None:
    answer = Client().post("/status/halyard/subscribe/", {"email": "Ann@customer.example"})
    assert "Look into your mail" in answer.content.decode()
    say(project_id, alice, now)
    drain()
    mail = MailMessage.objects.get(to=ANN)
    assert "Nothing is sent before you say yes" in mail.text
    link = link_in(mail)
    assert Client().get(link).status_code == 200
    assert Subscriber.objects.get().confirmed_at is None, "mail programs open links by themselves"
    Client().post(link, {"do": "confirm"})
    say(project_id, alice, now)
    drain()
    told = MailMessage.objects.filter(to=ANN).latest("id")
    assert told.subject == "[Halyard Frëight] Investigating: Summaries fail"
    assert "We look into it." in told.text
    Client().post(link_in(told), {"do": "stop"})
    assert not Subscriber.objects.exists()


def test_asking_twice_tells_nobody_that_the_address_is_known(public: PageView, now: datetime) -> None:
    first = Client().post("/status/halyard/subscribe/", {"email": ANN})
    Subscriber.objects.update(confirmed_at=now)
    again = Client().post("/status/halyard/subscribe/", {"email": ANN})
    assert "is not on the list yet" in first.content.decode()
    assert "is not on the list yet" in again.content.decode()
    assert MailMessage.objects.filter(to=ANN).count() == 1
    many = [Client().post("/status/halyard/subscribe/", {"email": f"somebody{n}@customer.example"}) for n in range(19)]
    assert [one.status_code for one in many] == [200] * 18 + [422], "nobody mails the world through us"
    wrong = Client().post("/status/halyard/subscribe/", {"email": "nobody"})
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.content.decode()
