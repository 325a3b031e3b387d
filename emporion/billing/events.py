"""What billing tells others."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStarted:
    """A subscription works from now on."""

    subscription_id: UUID
    organisation_id: UUID
    project_id: UUID
    product_id: UUID
    plan_id: UUID
    person_id: UUID | None
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCancelled:
    """Somebody cancelled: it works until `ends_at`."""

    subscription_id: UUID
    organisation_id: UUID
    product_name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionResumed:
    """A cancelled subscription goes on after all."""

    subscription_id: UUID
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded:
    """A subscription no longer works."""

    subscription_id: UUID
    organisation_id: UUID
    product_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged:
    """A subscription has another plan from now on."""

    subscription_id: UUID
    organisation_id: UUID
    plan_id: UUID
    plan_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounted:
    """A use was counted, once; the event store keeps it for the figures."""

    record_id: UUID
    subscription_id: UUID
    organisation_id: UUID
    project_id: UUID
    product_slug: str
    metric: str
    quantity_micros: int
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageThresholdReached:
    """Usage crossed 80, 90 or 100 % of what the plan includes; told once per threshold and period."""

    subscription_id: UUID
    organisation_id: UUID
    product_name: str
    metric: str
    label: str
    threshold: int
    used: int
    included: int
    period_start_at: datetime
    at_limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFailed:
    """A charge of a running subscription did not go through; `reason` is the payment's."""

    subscription_id: UUID
    organisation_id: UUID
    product_name: str
    charge_id: UUID
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRenewed:
    """A charge of a running subscription was paid."""

    subscription_id: UUID
    organisation_id: UUID
    charge_id: UUID
    amount_minor: int
    currency: str
