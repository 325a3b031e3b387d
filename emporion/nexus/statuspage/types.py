"""What a public status page says; the words are those of Statuspage's API, version 2, which programs everywhere read."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ComponentStatus(StrEnum):
    """How a component does, best first."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class Indicator(StrEnum):
    """How the whole page does."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"


class Stage(StrEnum):
    """Where a public incident, or a scheduled maintenance, stands."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


OVER = frozenset({Stage.RESOLVED, Stage.POSTMORTEM, Stage.COMPLETED})
OF_MAINTENANCE = frozenset({Stage.SCHEDULED, Stage.IN_PROGRESS, Stage.VERIFYING, Stage.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """What is to be said on the page about an incident of the project: only words that are meant for the public.

    `api_ids` name the components that show it; `impact` colours them.
    """

    incident_id: UUID
    name: str
    stage: Stage
    impact: Indicator
    text: str
    api_ids: tuple[UUID, ...] = ()
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where something that was posted is read, and how many subscribers hear of it."""

    url: str
    subscribers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """A day of a component: `bad_minutes` of the `seen_minutes` in which anything was known of it, and the worst of it."""

    on: date
    seen_minutes: int
    bad_minutes: int
    worst: ComponentStatus

    @property
    def uptime(self) -> float | None:
        """The share of the day that was good, between 0 and 1; `None` for a day of which nothing is known."""
        return 1 - self.bad_minutes / self.seen_minutes if self.seen_minutes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentView:
    """A component as the public sees it."""

    id: UUID
    code: str
    name: str
    description: str
    group: str
    position: int
    status: ComponentStatus
    created_at: datetime
    updated_at: datetime
    started_on: date
    days: tuple[DayView, ...] = ()
    uptime: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUpdate:
    """One thing that was said about a public incident."""

    id: UUID
    code: str
    stage: Stage
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIncident:
    """An incident or a maintenance as the public sees it; updates newest first."""

    id: UUID
    code: str
    name: str
    stage: Stage
    impact: Indicator
    began_at: datetime
    created_at: datetime
    updated_at: datetime
    monitoring_at: datetime | None
    resolved_at: datetime | None
    scheduled_for: datetime | None
    scheduled_until: datetime | None
    components: tuple[ComponentView, ...]
    updates: tuple[PublicUpdate, ...]

    @property
    def is_maintenance(self) -> bool:
        """Whether it was planned."""
        return self.scheduled_for is not None

    @property
    def is_over(self) -> bool:
        """Whether it is past."""
        return self.stage in OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A status page's own facts."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    slug: str
    name: str
    description: str
    support_url: str
    time_zone: str
    code: str
    is_published: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """Everything that the public sees at once."""

    page: PageView
    indicator: Indicator
    components: tuple[ComponentView, ...]
    open: tuple[PublicIncident, ...]
    planned: tuple[PublicIncident, ...]
    past: tuple[PublicIncident, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberView:
    """Somebody who hears of updates by mail."""

    id: UUID
    email: str
    is_confirmed: bool
    asked_at: datetime
