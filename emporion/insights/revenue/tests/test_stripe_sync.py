"""A read-only key finds what happened, through Stripe's own client, and never counts twice what a webhook told."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from emporion.insights.revenue import actions, queries, stripe_sync
from emporion.insights.revenue.errors import KeyRefused
from emporion.insights.revenue.models import Connection, Report
from emporion.insights.revenue.tests import stripe_server
from emporion.insights.revenue.tests.scene import Scene
from emporion.insights.revenue.tests.stripe_server import KEY, StripeServer
from emporion.insights.revenue.types import PaymentFilter
from emporion.kernel.clock import utcnow
from emporion.plumbing.secrets import encrypt

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("INS-10")]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def stripe(settings: object) -> Iterator[StripeServer]:
    with stripe_server.running() as server:
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, stripe_url=server.url)
        yield server


def net(scene: Scene) -> dict[str, int]:
    return {one.currency: one.net.minor for one in queries.totals_of(scene.alice, scene.site.id, PaymentFilter())}


def fill(server: StripeServer, scene: Scene, visitor: str) -> None:
    """Three sales in pages of two, one of them refunded in part and one in dispute."""
    made = int((scene.now - HOUR).timestamp())
    charges, intents, sessions = [], [], []
    for number in (1, 2, 3):
        money = {"amount": 1_000 * number, "currency": "eur", "created": made + number}
        charge = {"id": f"ch_{number}", "object": "charge", "status": "succeeded", "paid": True, "captured": True} | money
        charges.append(charge | {"payment_intent": f"pi_{number}", "customer": None, "amount_captured": 1_000 * number})
        intents.append({"id": f"pi_{number}", "object": "payment_intent", "status": "succeeded", "latest_charge": charge} | money)
        session = {"id": f"cs_{number}", "object": "checkout.session", "mode": "payment", "payment_status": "paid"}
        session |= {"created": made, "payment_intent": f"pi_{number}", "amount_total": 1_000 * number, "currency": "eur"}
        sessions.append(session | {"metadata": {"datafast_visitor_id": visitor}})
    server.objects = {
        "/v1/charges": charges,
        "/v1/payment_intents": intents,
        "/v1/checkout/sessions": sessions,
        "/v1/invoices": [],
        "/v1/refunds": [
            {
                "id": "re_1",
                "object": "refund",
                "amount": 400,
                "currency": "eur",
                "charge": "ch_1",
                "created": made,
                "status": "succeeded",
            }
        ],
        "/v1/disputes": [
            {
                "id": "dp_1",
                "object": "dispute",
                "amount": 2_000,
                "currency": "eur",
                "charge": "ch_2",
                "created": made,
                "status": "lost",
            }
        ],
    }


def test_a_key_finds_every_payment_once_with_its_visitor_whatever_a_webhook_told_before(
    scene: Scene, stripe: StripeServer
) -> None:
    visitor = uuid4()
    scene.visit(visitor, DAY, "Google")
    fill(stripe, scene, str(visitor))
    scene.connect()
    for event in scene.paid(1, amount=1_000, currency="eur", ago=HOUR):
        scene.send(event)
    actions.connect_stripe_key(site_id=scene.site.id, key=KEY, actor=scene.alice, now=scene.now)
    scene.drain()
    rows, _ = queries.payments_of(scene.alice, scene.site.id, PaymentFilter())
    assert sorted(row.amount.minor for row in rows) == [-2_000, -400, 1_000, 2_000, 3_000]
    assert {row.source for row in rows} == {"Google"}
    assert net(scene) == {"EUR": 3_600}
    reports = Report.objects.count()
    [connection] = Connection.objects.filter(kind="stripe_key")
    actions.ask_now(connection_id=connection.id, actor=scene.alice, now=scene.now)
    scene.drain()
    assert (net(scene), Report.objects.count()) == ({"EUR": 3_600}, reports)


def test_a_key_that_stripe_does_not_know_is_refused_and_one_that_may_not_read_all_says_what(
    scene: Scene, stripe: StripeServer
) -> None:
    with pytest.raises(KeyRefused, match="does not know this key"):
        actions.connect_stripe_key(site_id=scene.site.id, key="rk_test_unknown12345", actor=scene.alice, now=scene.now)
    fill(stripe, scene, str(uuid4()))
    stripe.refuses = {"/v1/disputes"}
    actions.connect_stripe_key(site_id=scene.site.id, key=KEY, actor=scene.alice, now=scene.now)
    scene.drain()
    [connection] = queries.connections_of(scene.alice, scene.site.id)
    assert connection.problem == "The key may not read: disputes."
    assert net(scene) == {"EUR": 5_600}


def test_a_stripe_that_is_away_is_asked_again_and_nothing_is_lost(scene: Scene, stripe: StripeServer, settings: object) -> None:
    fill(stripe, scene, str(uuid4()))
    actions.connect_stripe_key(site_id=scene.site.id, key=KEY, actor=scene.alice, now=scene.now)
    away, there = replace(settings.ENVIRONMENT, stripe_url="http://127.0.0.1:9"), settings.ENVIRONMENT
    settings.ENVIRONMENT = away
    scene.drain()
    [connection] = queries.connections_of(scene.alice, scene.site.id)
    assert "does not answer" in connection.problem
    settings.ENVIRONMENT = there
    actions.ask_now(connection_id=connection.id, actor=scene.alice, now=scene.now)
    scene.drain()
    assert net(scene) == {"EUR": 3_600}


def _localstripe() -> str | None:
    """The program, from an environment of its own: it is licensed so that it must never be part of ours."""
    return shutil.which("localstripe")


@pytest.mark.peers
@pytest.mark.skipif(_localstripe() is None, reason="localstripe is not on the path: pip install it in an environment of its own")
def test_another_implementation_of_stripe_is_read_as_well(scene: Scene, settings: object) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [_localstripe(), "--port", str(port), "--from-scratch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until_it_answers(url)
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, stripe_url=url)
        _buy(url)
        # It knows secret keys only, which our verbs refuse: the row is made by hand.
        site = scene.site
        row = Connection(site_id=site.id, organisation_id=site.organisation_id, kind="stripe_key", created_at=scene.now)
        row.secret = encrypt("sk_test_12345")
        row.save()
        client = stripe_sync.client_of("sk_test_12345")
        for path, expand in stripe_sync.KINDS[:2] + stripe_sync.KINDS[4:5]:  # it has no sessions, no disputes, no filter by time
            for found in stripe_sync._listed(client, path, expand, None):
                stripe_sync._take(row, found, utcnow())
        assert net(scene) == {"EUR": 1_500}
    finally:
        process.terminate()
        process.wait(timeout=10)


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/js.stripe.com/v3/", timeout=1)
        except httpx.TransportError:
            continue
        return
    raise TimeoutError(sys.executable)


def _buy(url: str) -> None:
    """A card payment of 20 euros of which 5 went back."""
    with httpx.Client(base_url=url, auth=("sk_test_12345", "")) as client:
        card = {
            "type": "card",
            "card[number]": "4242424242424242",
            "card[exp_month]": "12",
            "card[exp_year]": "2040",
            "card[cvc]": "123",
        }
        method = client.post("/v1/payment_methods", data=card).json()["id"]
        customer = client.post("/v1/customers", data={"email": "maya@northwind.example"}).json()["id"]
        client.post(f"/v1/payment_methods/{method}/attach", data={"customer": customer})
        said = {"amount": "2000", "currency": "eur", "customer": customer, "payment_method": method, "confirm": "true"}
        intent = client.post("/v1/payment_intents", data=said).json()
        assert intent["status"] == "succeeded", intent
        refund = client.post("/v1/refunds", data={"payment_intent": intent["id"], "amount": "500"})
        assert refund.status_code == 200, refund.text
