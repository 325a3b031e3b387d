"""Alice's website with visitors whose steps are in a real event store, and Stripe's events as Stripe sends them."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.insights.revenue import actions, intake
from emporion.insights.revenue.models import Connection
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.payments.signatures import sign
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.secrets import decrypt
from emporion.plumbing.types import Actor
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch

SECRET = "whsec_0123456789abcdef"
CHANNELS = {"Direct": "Direct", "Google": "Organic search", "X": "Organic social", "Newsletter": "Email"}


@dataclass(slots=True)
class Scene:
    """What a test of revenue arranges with."""

    site: SiteView
    alice: Actor
    now: datetime
    connection_id: UUID | None = None
    numbers: list[int] = field(default_factory=lambda: [0])

    def drain(self, later: timedelta = timedelta(seconds=1)) -> int:
        """Run what is due, as the worker would."""
        return run_due_jobs(now=utcnow() + later)

    def event(self, visitor: UUID, ago: timedelta, **values: object) -> SiteEvent:
        plain = {
            "event_id": new_id(),
            "occurred_at": self.now - ago,
            "organisation_id": self.site.organisation_id,
            "project_id": self.site.project_id,
            "site_id": self.site.id,
            "visitor_id": visitor,
            "kind": "pageview",
            "host": self.site.domain,
            "path": "/",
            "source": "Direct",
            "country": "SE",
            "device": "desktop",
        }
        source = str(values.get("source", "Direct"))
        return SiteEvent(**plain | {"channel": CHANNELS[source]} | values)

    def keep(self, *events: SiteEvent) -> None:
        store = eventlog.store()
        store.insert(SiteEvent, events, token=uuid4().hex)
        stitch(store, events)
        intake.take(events, now=self.now)

    def visit(self, visitor: UUID, ago: timedelta, source: str = "Direct", **values: object) -> None:
        """A visit of two pages."""
        self.keep(
            self.event(visitor, ago, source=source, **values),
            self.event(visitor, ago - timedelta(seconds=40), source="Direct", path="/pricing", **values),
        )

    def connect(self) -> UUID:
        view, _ = actions.connect_webhook(site_id=self.site.id, secret=SECRET, actor=self.alice, now=self.now)
        self.connection_id = view.id
        return view.id

    def stripe(self, type_: str, ago: timedelta = timedelta(0), **thing: object) -> dict[str, object]:
        """An event about a thing."""
        self.numbers[0] += 1
        created = int((self.now - ago).timestamp())
        return {
            "id": f"evt_{self.site.id.hex[:6]}{self.numbers[0]}",
            "object": "event",
            "type": type_,
            "created": created,
            "data": {"object": {"created": created, **thing}},
        }

    def send(self, event: dict[str, object], at: datetime | None = None) -> int:
        """Post an event as Stripe does; the status."""
        body = json.dumps(event).encode()
        secret = decrypt(Connection.objects.get(pk=self.connection_id).secret)
        header = sign(body, secrets=[secret], now=at or datetime.now(self.now.tzinfo))
        response = Client().post(
            f"/webhooks/insights/stripe/{self.connection_id}",
            body,
            content_type="application/json",
            headers={"Stripe-Signature": header},
        )
        return response.status_code

    def paid(
        self, number: int = 1, amount: int = 9_900, ago: timedelta = timedelta(0), **session: object
    ) -> list[dict[str, object]]:
        """The events of one payment by Stripe Checkout."""
        charge = {"id": f"ch_{number}", "object": "charge", "status": "succeeded", "payment_intent": f"pi_{number}"}
        intent = {"id": f"pi_{number}", "object": "payment_intent", "status": "succeeded", "latest_charge": f"ch_{number}"}
        checkout = {
            "id": f"cs_{number}",
            "object": "checkout.session",
            "mode": "payment",
            "payment_status": "paid",
            "payment_intent": f"pi_{number}",
            "amount_total": amount,
        }
        currency = str(session.pop("currency", "usd"))
        money = {"amount": amount, "currency": currency}
        return [
            self.stripe("charge.succeeded", ago, **charge, **money, amount_captured=amount),
            self.stripe("payment_intent.succeeded", ago, **intent, **money, amount_received=amount),
            self.stripe("checkout.session.completed", ago, **checkout, currency=currency, **session),
        ]


@pytest.fixture
def scene(alice: Actor, project_id: UUID) -> Scene:
    now = utcnow()  # pages and webhooks read the clock themselves
    site = add_site(site=NewSite(domain="fieldnote.example"), project_id=project_id, actor=alice, now=now)
    return Scene(site=site, alice=alice, now=now)
