"""What is said of alerts: a rule that watches, an alert that it raised, and the problem that alerts of one fault form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Severity(StrEnum):
    """Who has to know when, most urgent first: somebody now, somebody this week, whoever looks."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Severity).index(self)


class ProblemState(StrEnum):
    """Where a problem stands: nobody has it, somebody has it, it is over."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AlertState(StrEnum):
    """Whether what an alert tells of still holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Kind(StrEnum):
    """How a fault is noticed."""

    OUTAGE = "outage"  # most calls of the last minute failed
    BURN_RATE = "burn_rate"  # the error budget of the objective is spent too fast
    THRESHOLD = "threshold"  # a figure is past a limit for a time
    ANOMALY = "anomaly"  # a figure is not what it usually is at this hour
    SILENCE = "silence"  # calls that always come do not come
    BUDGET = "budget"
    QUOTA = "quota"
    HEARTBEAT = "heartbeat"
    CHECK = "check"
    PROVIDER = "provider"  # the provider itself says so
    EXTERNAL = "external"  # another system says so


class Metric(StrEnum):
    """Which figure a rule watches."""

    FAILURE_RATE = "failure_rate"  # 0 to 1
    THROTTLED_SHARE = "throttled_share"  # 0 to 1
    P95_MS = "p95_ms"
    FIRST_TOKEN_MS = "first_token_ms"  # noqa: S105 - a metric, not a secret
    CALLS_PER_MINUTE = "calls_per_minute"
    COST_PER_HOUR = "cost_per_hour"  # USD
    QUOTA_LEFT = "quota_left"  # 0 to 1

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole, written in percent."""
        return self in {Metric.FAILURE_RATE, Metric.THROTTLED_SHARE, Metric.QUOTA_LEFT}


class RuleOrigin(StrEnum):
    """Where a rule comes from."""

    DEFAULT = "default"
    PERSON = "person"
    SUGGESTION = "suggestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What a rule watches and when it speaks; `threshold` is in the unit of its metric, `objective` a share such as 0.99.

    `for_minutes` is how long the figure has to stay past the threshold. Empty scope fields are every model, feature or team.
    """

    kind: Kind
    name: str
    metric: Metric = Metric.FAILURE_RATE
    api_id: UUID | None = None
    model: str = ""
    feature: str = ""
    team: str = ""
    threshold: float = 0.0
    objective: float = 0.0
    for_minutes: int = 5
    minimum_calls: int = 0
    severity: Severity = Severity.TICKET


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule as its readers see it."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    spec: RuleSpec
    origin: RuleOrigin
    is_enabled: bool
    created_at: datetime
    created_by: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One thing that was noticed; the same thing noticed again raises `count`, not another alert."""

    id: UUID
    problem_id: UUID | None
    rule_id: UUID | None
    api_id: UUID | None
    kind: Kind
    state: AlertState
    severity: Severity
    title: str
    sentence: str
    fingerprint: str
    labels: Mapping[str, str]
    started_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None = None
    count: int = 1
    value: float | None = None
    threshold: float | None = None
    is_silenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeltBy:
    """A feature or customer that a problem reached."""

    name: str
    customers: int = 0
    failed_calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemView:
    """One fault: the alerts that belong together, since when, who feels it, and how far we are with it.

    `priority` is 1 (drop everything) to 4. `why` says in words why its alerts belong together, empty for a single alert.
    `is_whole`: it is about the whole organisation.
    Impact is what was counted at `impact_at`; `cost_picos_per_minute` is what the calls of the API cost then.
    """

    id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    title: str
    sentence: str
    severity: Severity
    state: ProblemState
    priority: int
    opened_at: datetime
    last_seen_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    alerts: tuple[AlertView, ...] = ()
    alert_count: int = 0
    why: tuple[str, ...] = ()
    provider: str = ""
    api_ids: tuple[UUID, ...] = ()
    features: tuple[FeltBy, ...] = ()
    top_customers: tuple[FeltBy, ...] = ()
    customers: int = 0
    active_customers: int = 0
    failed_calls: int = 0
    cost_picos_per_minute: int = 0
    impact_at: datetime | None = None
    incident_id: UUID | None = None
    silenced_until: datetime | None = None
    is_whole: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the fault is still there."""
        return self.state is not ProblemState.RESOLVED

    @property
    def about(self) -> frozenset[UUID]:
        """The APIs that it is about."""
        return frozenset({*self.api_ids, *([self.api_id] if self.api_id else [])})


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceView:
    """A time in which matching alerts are kept but tell nobody; empty fields match everything."""

    id: UUID
    project_id: UUID
    api_id: UUID | None
    rule_id: UUID | None
    problem_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str
    is_maintenance: bool = False


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was noticed, without words: `what` is a kind (or a storm of alerts), the rest its facts in the unit of its metric.

    `share` is in percent, `at` a moment in ISO 8601; `detail` is what somebody else said of it, in their words.
    """

    what: str
    name: str = ""
    metric: Metric = Metric.FAILURE_RATE
    value: float = 0.0
    usual: float = 0.0
    limit: float = 0.0
    minutes: int = 0
    seconds: int = 0
    share: int = 0
    reason: str = ""
    at: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a detector or another system noticed: the material of an alert. `key` is what makes it the same thing again.

    `title` and `sentence` are its words where it was noticed; `said` makes them anew in the language of each reader.

    `is_whole`: it is about the whole organisation, and nothing for who only sees a project of it.
    `is_new` says that it begins now; what only goes on does not come back at once after a person closed it.
    """

    kind: Kind
    key: str
    severity: Severity
    title: str
    sentence: str
    api_id: UUID | None = None
    rule_id: UUID | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    threshold: float | None = None
    started_at: datetime
    is_new: bool = True
    is_whole: bool = False
    said: Said | None = None
