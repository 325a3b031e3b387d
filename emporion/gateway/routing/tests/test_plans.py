"""What a plan of Nexus counts: each monitored call once, and never a refusal."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.types import Cycle, SubscriptionStart
from emporion.config import eventlog
from emporion.gateway.routing import metering, plans
from emporion.gateway.routing.models import Api
from emporion.gateway.routing.types import ApiView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled

pytestmark = [pytest.mark.django_db]


def call(api: ApiView, *, api_id: UUID | None = None, origin: str = "gateway") -> None:
    event = ApiCalled(
        event_id=new_id(),
        occurred_at=utcnow(),
        organisation_id=api.organisation_id,
        project_id=api.project_id,
        api_id=api_id or api.id,
        origin=origin,
        outcome="ok",
    )
    eventlog.store().insert(ApiCalled, [event], token=str(event.event_id))


@pytest.mark.requirement("BIL-03", "BIL-07", "BIL-12")
def test_a_bought_plan_counts_each_call_once_however_often_it_is_metered(
    openai: ApiView, alice: Actor, catalogue: Callable[..., None]
) -> None:
    now = utcnow()
    catalogue(now=now)
    product = billing.product(plans.PRODUCT)
    assert [(plan.slug, plan.tier) for plan in product.plans] == [
        ("starter", "starter"),
        ("pro", "pro"),
        ("enterprise", "enterprise"),
    ]
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=alice.organisation,
        project_id=openai.project_id,
        person_id=None,
        plan_id=product.plans[0].id,
        price=Money.of("29", "USD"),
        cycle=Cycle.MONTHLY,
        payment_method="card",
    )
    bought = start_subscription(start=start, now=now)
    platform = Api.objects.create(
        organisation_id=openai.organisation_id,
        project_id=openai.project_id,
        slug="emporion-models",
        name="Emporion models",
        template="platform",
        protocol="openai",
        is_platform=True,
        created_at=now,
    )
    for _ in range(3):
        call(openai)
    call(openai, origin="simulation")
    call(openai, origin="import")
    call(openai, api_id=platform.pk)
    for _ in range(3):
        metering.meter(alice.organisation, now=utcnow())
    call(openai)
    metering.meter(alice.organisation, now=utcnow())
    usage = billing.usage_of(alice, bought.id, now=utcnow())
    assert [(meter.metric, int(meter.used), meter.included) for meter in usage.meters] == [("calls", 4, 100_000)]


@pytest.mark.requirement("BIL-07", "NEX-01")
def test_the_trial_begins_with_the_first_api_and_only_says_that_it_has_ended(
    openai: ApiView, alice: Actor, alice_client: Client
) -> None:
    plan = plans.plan_of(alice.organisation)
    assert plan.trial_ends_at == openai.created_at + timedelta(days=14)
    assert not plan.is_over(openai.created_at + timedelta(days=13))
    call(openai)
    metering.meter_all(now=utcnow())
    page = alice_client.get("/nexus/gateway/").content.decode()
    assert "Your trial of Nexus has ended" in page  # the clock of the cast is weeks before today's
    assert "calls still pass and are kept" in page
    assert "of 100,000" in page
