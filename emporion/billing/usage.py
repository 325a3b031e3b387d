"""What is used of a plan: a use, the counters of the month, and whether a further use is allowed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.billing.errors import LimitReached
from emporion.billing.words import AtLimit, Period
from emporion.kernel.money import Money, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageState:
    """What the counter of the month shows after a use; `is_new` is false for a repeat that was counted before."""

    metric: str
    used: Decimal
    included: int | None
    percent: int | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a use is allowed now; when not, why and what to do about it."""

    allowed: bool
    throttled: bool = False
    is_overage: bool = False
    reason: str = ""
    next_step: str = ""
    retry_after_seconds: int | None = None

    def require(self) -> None:
        """Refuse with `LimitReached` when the use is not allowed."""
        if not self.allowed:
            facts = {} if self.retry_after_seconds is None else {"retry_after_seconds": self.retry_after_seconds}
            raise LimitReached(self.reason, next_step=self.next_step, **facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseView:
    """One use as it was counted; `event_id` names what it was for: a message, a run."""

    id: UUID
    subscription_id: UUID
    metric: str
    quantity: Decimal
    event_id: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterView:
    """One metric this month against the plan: used, expected by the end, when it is full and what follows."""

    metric: str
    label: str
    unit: str
    used: Decimal
    included: int | None
    percent: int | None
    expected_by_end: int
    expected_percent: int | None
    full_about_at: datetime | None
    overage: Rate | None
    at_limit: AtLimit
    throttle_per_minute: int
    cost_so_far: Money
    cost_by_end: Money

    @property
    def is_full(self) -> bool:
        """Whether what is included is used up."""
        return self.included is not None and self.used >= self.included

    @property
    def is_near(self) -> bool:
        """Whether four fifths are used: the mark at which people are told."""
        return self.percent is not None and self.percent >= 80


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """The usage of a subscription in its present month."""

    subscription_id: UUID
    period: Period
    meters: tuple[MeterView, ...]
    cost_so_far: Money

    @property
    def primary(self) -> MeterView | None:
        """The metric that the plan names first."""
        return self.meters[0] if self.meters else None
