"""What an answer costs its subscription: asked before it is made, recorded once it is stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.agents.runtime.errors import PlanLimitReached
from emporion.billing import actions as billing
from emporion.billing import queries as plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Which subscription pays and in which unit; without one nothing is counted (demo, preview)."""

    subscription_id: UUID
    metric: str


def admit(meter: Meter, *, now: datetime) -> bool:
    """Whether the answer should be slowed down; `PlanLimitReached` when the plan allows none."""
    admission = plans.admit(subscription_id=meter.subscription_id, metric=meter.metric, quantity=1, now=now)
    if not admission.allowed:
        raise PlanLimitReached(admission.reason or PlanLimitReached.title, next_step=admission.next_step)
    return bool(admission.throttled)


def record(meter: Meter, *, message_id: UUID, now: datetime) -> None:
    """Count one call, once for each message however often this is repeated."""
    billing.record_usage(
        subscription_id=meter.subscription_id, metric=meter.metric, quantity=1, event_id=str(message_id), now=now
    )
