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
class Moment:
    """The calls that came to an end within the second that begins at `at`; where none did, there is no moment."""

    at: datetime
    calls: int = 0
    failures: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of a chart of calls; `is_partial` when the step is not over yet."""

    at: datetime
    figures: Figures
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The figures of the calls that share a value: a model, a feature, a team, a provider, an environment or a key."""

    value: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What an API is like at this hour of the week: the median of the weeks before, or of the days where those are too few."""

    api_id: UUID
    p95_ms: float | None = None
    calls_an_hour: float = 0.0
    failure_rate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCall:
    """A call that failed, as a list shows it."""

    event_id: UUID
    at: datetime
    api_id: UUID
    outcome: str
    status: int
    error_code: str
    error_message: str
    model: str
    feature: str
    customer: str
    duration_ms: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A limit and what is left of it; `name` says of what, `runs_out_at` when it is spent at the present pace."""

    name: str
    limit: int
    left: int
    runs_out_at: datetime | None = None

    @property
    def used_percent(self) -> int:
        """How much of it is used, between 0 and 100."""
        return min(100, max(0, (self.limit - self.left) * 100 // self.limit)) if self.limit > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaView:
    """How much of its limits an API has left: what its answers said last, and the allowance that its owner noted.

    `seen_at` is when the provider's headers were last seen, `None` where it sends none.
    """

    api_id: UUID
    seen_at: datetime | None = None
    requests: Allowance | None = None
    tokens: Allowance | None = None
    noted: Allowance | None = None

    @property
    def tightest(self) -> Allowance | None:
        """The one of which most is used."""
        found = [one for one in (self.noted, self.tokens, self.requests) if one is not None]
        return max(found, key=lambda one: one.used_percent, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """Everything that is known of one call; times in milliseconds, `-1` is unknown."""

    event_id: UUID
    occurred_at: datetime
    organisation_id: UUID
    project_id: UUID
    api_id: UUID
    key_id: UUID
    agent_id: UUID
    origin: str
    operation: str
    provider: str
    model: str
    answered_model: str
    team: str
    feature: str
    environment: str
    customer: str
    region: str
    trace_id: str
    method: str
    path: str
    status: int
    outcome: str
    error_code: str
    error_message: str
    is_stream: bool
    finish_reason: str
    duration_us: int
    first_token_us: int
    own_us: int
    request_bytes: int
    response_bytes: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    usage: str
    cost_picos: int
    price_source: str
    price_version: str
    second_cost_picos: int
    attempts: int
    routed_from: UUID
    route_id: UUID
    cache: str
    limit_requests: int
    left_requests: int
    limit_tokens: int
    left_tokens: int
    reset_ms: int
    retry_after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was asked and answered in a call, where its owner keeps bodies."""

    request: str
    response: str


class Allowed(StrEnum):
    """In which time a noted allowance is given anew."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is expected of an API: `target` is the share of calls that has to succeed, `latency_ms` what its p95 may take.

    `quota_calls` is how many calls its owner has bought for each `quota_period`; 0 is none. `depends` says who depends on it.
    """

    api_id: UUID
    target: float = 0.99
    latency_ms: int = 0
    status_feed_url: str = ""
    quota_name: str = ""
    quota_calls: int = 0
    quota_period: Allowed = Allowed.MONTH
    depends: str = ""


class Cause(StrEnum):
    """What is wrong with an API, in one word; the sentence is made from it."""

    NOTHING = "nothing"
    FAILING = "failing"
    KEY_REFUSED = "key_refused"
    QUOTA_SPENT = "quota_spent"
    THROTTLED = "throttled"
    SLOW = "slow"
    QUOTA_RUNS_OUT = "quota_runs_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How an API does and why; `since` is when it began, as far as the calls of the last hours show."""

    health: Health
    cause: Cause = Cause.NOTHING
    since: datetime | None = None
    outcome: str = ""  # of most of its failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An API as a card shows it: how it does now, what it did today, what is usual, what is left."""

    api_id: UUID
    name: str
    slug: str
    provider: str
    watch: Watch
    verdict: Verdict
    now: Figures
    today: Figures
    usual: Usual | None
    quota: QuotaView
    course: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note on the timeline of an API; `is_own` where the reader may change it."""

    id: UUID
    api_id: UUID
    at: datetime
    text: str
    author_name: str
    is_own: bool = False
