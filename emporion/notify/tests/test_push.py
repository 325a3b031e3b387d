"""Push: a browser is turned on, gets what its person chose, sealed for it alone, and is forgotten when it is gone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.accounts.actions import notify_people
from emporion.notify.types import Message, Topic
from emporion.plumbing.types import Actor
from tests.receiving import Phone, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-06", "UX-04")]
OUTAGE = Message(
    topic=Topic.INCIDENT, title="OpenAI fails since 14:02 – é", body="12% of the calls of Ask Fieldnote.", url="/nexus/"
)


def tell(organisation_id: UUID, now: datetime, message: Message = OUTAGE) -> None:
    notify_people(organisation_id=organisation_id, message=message, now=now)


def page(client: Client) -> str:
    return client.get("/settings/notifications/").content.decode()


def server_key(client: Client) -> str:
    return re.search(r'data-key="([^"]+)"', page(client)).group(1)


def test_a_device_that_was_turned_on_gets_a_push_that_only_it_can_read(
    alice_client: Client, organisation_id: UUID, phone: Phone, drain: Callable[..., int], now: datetime
) -> None:
    assert phone.turn_on(alice_client).status_code == 201
    tell(organisation_id, now)
    drain()
    (told,) = phone.pushes
    assert told["title"] == OUTAGE.title
    assert told["body"] == OUTAGE.body
    assert told["url"] == "/nexus/"
    post = phone.receiver.posts[0]
    assert OUTAGE.title.encode() not in post.body
    assert post.headers["content-encoding"] == "aes128gcm"
    assert int(post.headers["ttl"]) > 0
    claims = phone.claims(server_key(alice_client))
    assert claims["sub"].startswith("mailto:")


def test_every_device_of_a_person_is_pushed_to_and_each_can_be_turned_off(
    alice_client: Client, organisation_id: UUID, receiver: Receiver, drain: Callable[..., int], now: datetime
) -> None:
    phone, laptop = Phone(receiver, "phone"), Phone(receiver, "laptop")
    device_id = phone.turn_on(alice_client).json()["id"]
    laptop.turn_on(alice_client)
    laptop.turn_on(alice_client)
    tell(organisation_id, now)
    drain()
    assert (len(phone.pushes), len(laptop.pushes)) == (1, 1)
    alice_client.post(f"/notifications/devices/{device_id}/remove/")
    tell(organisation_id, now)
    drain()
    assert (len(phone.pushes), len(laptop.pushes)) == (1, 2)


def test_nobody_turns_off_the_device_of_somebody_else(alice_client: Client, bob_client: Client, phone: Phone) -> None:
    device_id = phone.turn_on(alice_client).json()["id"]
    assert bob_client.post(f"/notifications/devices/{device_id}/remove/").status_code == 404
    assert "Turn off" in page(alice_client)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_whose_push_service_says_that_it_is_gone_is_forgotten(
    status: int, alice_client: Client, organisation_id: UUID, phone: Phone, drain: Callable[..., int], now: datetime
) -> None:
    phone.turn_on(alice_client)
    phone.receiver.answers = [status]
    tell(organisation_id, now)
    drain()
    tell(organisation_id, now)
    drain()
    assert len(phone.receiver.posts) == 1
    assert "Turn off" not in page(alice_client)


def test_a_push_that_its_service_could_not_take_is_sent_again(
    alice_client: Client, organisation_id: UUID, phone: Phone, drain: Callable[..., int], now: datetime
) -> None:
    phone.turn_on(alice_client)
    phone.receiver.answers = [503, 201]
    tell(organisation_id, now)
    drain()
    assert len(phone.receiver.posts) == 1
    drain(now + timedelta(seconds=10))
    assert len(phone.pushes) == 2


def test_a_topic_that_a_person_does_not_want_pushed_is_not(
    alice_client: Client, organisation_id: UUID, phone: Phone, drain: Callable[..., int], now: datetime
) -> None:
    phone.turn_on(alice_client)
    alice_client.post("/settings/notifications/", {"incident-in_app": "on"})
    tell(organisation_id, now)
    receipt = Message(topic=Topic.PURCHASE, title="Your receipt")
    tell(organisation_id, now, receipt)
    drain()
    assert phone.pushes == []


def test_the_device_itself_says_that_a_push_arrived_and_was_opened_and_strangers_say_nothing(
    alice_client: Client, phone: Phone, drain: Callable[..., int], now: datetime
) -> None:
    phone.turn_on(alice_client)
    alice_client.post("/notifications/devices/test/")
    drain(now + timedelta(days=365))
    address = phone.pushes[0]["receipt_url"]
    worker = Client(enforce_csrf_checks=True)
    assert worker.post(f"{address}?what=arrived").status_code == 204
    assert worker.post(f"{address}?what=opened").status_code == 204
    assert worker.post(address.replace("receipts/", "receipts/x")).status_code == 404
    assert worker.get(address).status_code == 405


def test_an_address_inside_our_network_is_no_push_service(alice_client: Client, settings) -> None:
    inside = Phone(Receiver(url="http://127.0.0.1:9"))
    answer = inside.turn_on(alice_client)
    assert answer.status_code == 422
    assert "Turn off" not in page(alice_client)


def test_what_is_no_subscription_is_refused_with_what_to_do(alice_client: Client) -> None:
    for body in (
        *("", "{}", '{"endpoint": 7, "keys": {}}', '{"endpoint": "https://x.example/", "keys": {"auth": "a"}}', '{"a":' * 3000),
        *(b'{"endpoint": "\xff"}', '{"endpoint": "http://[", "keys": {"auth": "a", "p256dh": "b"}}'),
    ):
        answer = alice_client.post("/notifications/devices/", body, content_type="application/json")
        assert answer.status_code == 422, body
    assert alice_client.post("/notifications/devices/", {"endpoint": "https://x.example/"}).status_code == 422, "a form"
    assert "Turn off" not in page(alice_client)


def test_the_worker_is_served_from_the_root_and_never_from_a_cache(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/"
    assert "no-cache" in answer["Cache-Control"]
    assert client.get("/manifest.webmanifest").json()["icons"]


def test_who_deletes_their_account_leaves_no_device_behind(alice: Actor, alice_client: Client, phone: Phone) -> None:
    from emporion.notify.actions import forget_person
    from emporion.notify.models import PushDevice

    phone.turn_on(alice_client)
    forget_person(person_id=alice.id, email="alice@halyard.example")
    assert not PushDevice.objects.exists()
