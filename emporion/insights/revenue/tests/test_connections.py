"""The ways in by which payments are reported: opened, tried and closed through their page, by those who may."""

import pytest
from django.test import Client

from emporion.insights.revenue import actions
from emporion.insights.revenue.errors import KeyRefused
from emporion.insights.revenue.models import Connection
from emporion.insights.revenue.tests.scene import SECRET, Scene
from emporion.insights.revenue.types import NewPayment
from emporion.kernel.errors import Denied
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("INS-10")
@pytest.mark.parametrize(
    ("key", "words"),
    [("sk_live_abcdefgh1", "could move your money"), ("pk_live_abcdefgh1", "publishable"), ("tok_abcdefgh1", "rk_live_")],
)
def test_only_a_restricted_key_is_taken(scene: Scene, alice_client: Client, key: str, words: str) -> None:
    with pytest.raises(KeyRefused, match=words):
        actions.connect_stripe_key(site_id=scene.site.id, key=key, actor=scene.alice, now=scene.now)
    page = alice_client.post(f"/insights/{scene.site.id}/payments/connect/act/", {"do": "key", "key": key})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert key not in page.content.decode().replace("rk_live_", "")
    assert not Connection.objects.exists()


@pytest.mark.requirement("INS-10")
def test_ways_in_are_opened_tried_and_closed_through_the_page(scene: Scene, alice_client: Client) -> None:
    base = f"/insights/{scene.site.id}/payments/connect/"
    made = alice_client.post(f"{base}act/", {"do": "webhook"}).content.decode()
    connection = Connection.objects.get()
    assert f"/webhooks/insights/stripe/{connection.id}" in made
    assert "whsec_" in made
    assert "whsec_" not in connection.secret
    alice_client.post(f"{base}act/", {"do": "secret", "connection": connection.id, "secret": SECRET})
    alice_client.post(f"{base}act/", {"do": "test", "connection": connection.id})
    scene.drain()
    page = alice_client.get(base).content.decode()
    assert "emporion.test" in page
    assert "Works" in page
    assert SECRET not in page
    alice_client.post(f"{base}act/", {"do": "disconnect", "connection": connection.id})
    connection.refresh_from_db()
    assert connection.ended_at
    assert not connection.secret


@pytest.mark.requirement("INS-01")
@pytest.mark.parametrize("way", ["connection", "payment"])
def test_the_checklist_knows_that_payments_are_connected_or_arrive(scene: Scene, alice_client: Client, way: str) -> None:
    address = f"/insights/{scene.site.id}/setup/"
    alice_client.post(f"{address}skip-payments/")
    connect = f'href="/insights/{scene.site.id}/payments/connect/"'
    assert "Skipped for now" in alice_client.get(address).content.decode()
    assert connect in alice_client.get(address).content.decode()
    if way == "connection":
        alice_client.post(f"/insights/{scene.site.id}/payments/connect/act/", {"do": "webhook"})
    else:
        payment = NewPayment(amount=Money(990, "USD"), transaction_id="order-é", occurred_at=scene.now)
        actions.record_payment(site_id=scene.site.id, payment=payment, actor=scene.alice, now=scene.now)
    page = alice_client.get(address).content.decode()
    assert "Skipped for now" not in page
    assert connect not in page
    assert "They reach this website" in page
    assert "Connected" not in page, "a payment by the script connects nothing"


@pytest.mark.requirement("INS-10")
def test_a_member_may_look_but_not_connect(scene: Scene, bob: Actor, bob_client: Client) -> None:
    with pytest.raises(Denied):
        actions.connect_webhook(site_id=scene.site.id, secret="", actor=bob, now=scene.now)
    assert bob_client.get(f"/insights/{scene.site.id}/payments/").status_code == 200
    assert bob_client.post(f"/insights/{scene.site.id}/payments/connect/act/", {"do": "webhook"}).status_code == 403
