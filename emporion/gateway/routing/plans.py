"""What an organisation has of Nexus: its plan, or the trial that its first API starts. No call is ever refused because of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.billing import queries as billing
from emporion.billing.types import SubscriptionView
from emporion.gateway.routing.models import Api
from emporion.plumbing.types import Actor

PRODUCT = "nexus"
CALLS = "calls"
TRIAL = timedelta(days=14)
TRIAL_CALLS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NexusPlan:
    """The plan of an organisation; `calls` is None without a limit, `trial_ends_at` None before the first API."""

    name: str
    calls: int | None
    subscription_id: UUID | None = None
    trial_ends_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the trial has ended and nothing was bought: pages ask for a plan, and nothing is switched off."""
        return self.subscription_id is None and self.trial_ends_at is not None and self.trial_ends_at <= now


def subscription_to_nexus(organisation_id: UUID) -> SubscriptionView | None:
    """The running subscription to Nexus, the newest if there are several."""
    found = billing.subscriptions_of(Actor.system(organisation_id))
    return next((one for one in found if one.product_slug == PRODUCT and one.is_usable), None)


def plan_of(organisation_id: UUID) -> NexusPlan:
    """What the organisation has: a subscription, else its trial."""
    subscription = subscription_to_nexus(organisation_id)
    if subscription is not None:
        component = subscription.plan.component(CALLS)
        return NexusPlan(
            name=subscription.plan.name,
            calls=int(component.included) if component and component.included is not None else None,
            subscription_id=subscription.id,
            trial_ends_at=subscription.trial_ends_at,
        )
    first = Api.objects.filter(organisation_id=organisation_id, is_platform=False).order_by("created_at").first()
    return NexusPlan(name="Trial", calls=TRIAL_CALLS, trial_ends_at=first.created_at + TRIAL if first else None)
