"""What is said about the health of an API: figures of a stretch of time, minute by minute, and who feels it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Health(StrEnum):
    """How an API does, worst last; `QUIET` has had no calls to judge."""

    HEALTHY = "healthy"
    QUIET = "quiet"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which calls are looked at: those of a project, narrowed by whatever is named."""

    project_id: UUID
    api_id: UUID | None = None
    model: str = ""
    feature: str = ""
    team: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the calls of a stretch of time were like. Times in milliseconds, `None` without a call that has one.

    `failures` are the outcomes that `Outcome.is_failure` counts; `cost_picos` is 10^-12 USD.
    """

    since: datetime
    until: datetime
    calls: int = 0
    failures: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    first_token_p95_ms: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_picos: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)

    @property
    def failure_rate(self) -> float:
        """The share of calls that failed, between 0 and 1; 0 without calls."""
        return self.failures / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """One minute of calls; a minute without calls is there, too, with zeros."""

    at: datetime
    calls: int = 0
    failures: int = 0
    throttled: int = 0
    p95_ms: float | None = None
    cost_picos: int = 0
    first_token_p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """How many customers and calls of one feature (or of one customer) a failure reached."""

    name: str
    customers: int
    failed_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Who feels a failure: counted from calls that carry a customer and a feature, not estimated.

    `customers` failed at least once, of `active_customers` who called at all in that time.
    """

    since: datetime
    until: datetime
    calls: int = 0
    failed_calls: int = 0
    customers: int = 0
    active_customers: int = 0
    cost_picos_per_minute: int = 0
    features: tuple[Felt, ...] = ()
    top_customers: tuple[Felt, ...] = ()
