"""The words that plans, subscriptions and charges are described with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PriceShape(StrEnum):
    """How a plan asks for money."""

    SUBSCRIPTION = "subscription"
    USAGE = "usage"
    ONE_TIME = "one_time"
    CONTACT = "contact"


class AtLimit(StrEnum):
    """What happens when what the plan includes is used up."""

    OVERAGE = "overage"
    THROTTLE = "throttle"
    PAUSE = "pause"


class Cycle(StrEnum):
    """How often a subscription is paid; `ONCE` for what is bought for good."""

    MONTHLY = "monthly"
    YEARLY = "yearly"
    ONCE = "once"

    @property
    def months(self) -> int:
        """The length of a paid period in months; what is bought once still counts its usage by the month."""
        return 12 if self is Cycle.YEARLY else 1


class SubscriptionState(StrEnum):
    """Where a subscription stands; `CANCELLED` still works until its period ends, `ENDED` no longer does."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    ENDED = "ended"


class ChargeKind(StrEnum):
    """Why a subscription charges after the purchase."""

    RENEWAL = "renewal"
    USAGE = "usage"
    UPGRADE = "upgrade"


class ChargeState(StrEnum):
    """Where such a charge stands."""

    DUE = "due"
    PAID = "paid"
    FAILED = "failed"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open span of time: `start` belongs to it, `end` to the next one."""

    start: datetime
    end: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether the moment lies inside."""
        return self.start <= moment < self.end

    @property
    def length(self) -> timedelta:
        """How long it lasts, in real time."""
        return self.end - self.start
