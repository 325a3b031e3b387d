"""What an organisation may measure: its plan of Insights, or the trial that its first website starts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.billing import queries as billing
from emporion.billing.types import SubscriptionView
from emporion.insights.sites.models import Site
from emporion.plumbing.types import Actor

PRODUCT = "insights"
EVENTS = "events"
TRIAL = timedelta(days=14)
TRIAL_EVENTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a tier of the product allows; `websites` is None where there is no limit."""

    websites: int | None
    api_per_minute: int


_BY_TIER = {
    "starter": Allowance(websites=10, api_per_minute=100),
    "pro": Allowance(websites=30, api_per_minute=500),
    "enterprise": Allowance(websites=None, api_per_minute=2_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """The plan of an organisation; without a subscription it is the trial, which ends."""

    name: str
    allowance: Allowance
    events: int | None
    subscription_id: UUID | None = None
    trial_ends_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the trial has ended and nothing was bought."""
        return self.subscription_id is None and self.trial_ends_at is not None and self.trial_ends_at <= now


def subscription_to_insights(organisation_id: UUID) -> SubscriptionView | None:
    """The running subscription to Insights, the newest if there are several."""
    found = billing.subscriptions_of(Actor.system(organisation_id))
    return next((one for one in found if one.product_slug == PRODUCT and one.is_usable), None)


def plan_of(organisation_id: UUID) -> SitePlan:
    """What the organisation has: a subscription, else its trial."""
    subscription = subscription_to_insights(organisation_id)
    if subscription is not None:
        component = subscription.plan.component(EVENTS)
        return SitePlan(
            name=subscription.plan.name,
            allowance=_BY_TIER.get(subscription.plan.tier, _BY_TIER["starter"]),
            events=int(component.included) if component and component.included is not None else None,
            subscription_id=subscription.id,
            trial_ends_at=subscription.trial_ends_at,
        )
    first = Site.objects.filter(organisation_id=organisation_id, is_demo=False).order_by("created_at").first()
    return SitePlan(
        name="Trial",
        allowance=_BY_TIER["starter"],
        events=TRIAL_EVENTS,
        trial_ends_at=first.created_at + TRIAL if first else None,
    )


def api_limit(organisation_id: UUID) -> int:
    """How many requests a minute the plan allows."""
    return plan_of(organisation_id).allowance.api_per_minute
