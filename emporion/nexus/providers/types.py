"""What is said about the status pages of providers: feeds, their components, and the incidents that they tell of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FeedKind(StrEnum):
    """Whose shape a status page speaks."""

    STATUSPAGE = "statuspage"
    ROOTLY = "rootly"
    BETTER_STACK = "better_stack"


class Impact(StrEnum):
    """How bad an incident is, in the words of Statuspage."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Stage(StrEnum):
    """Where an incident stands; the last two are its end."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"

    @property
    def is_over(self) -> bool:
        """Whether nothing is broken any more."""
        return self in {Stage.RESOLVED, Stage.POSTMORTEM}


class FeedState(StrEnum):
    """Whether a status page could be read; one that is down is said, and is no alarm."""

    NEW = "new"
    READ = "read"
    DOWN = "down"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTemplate:
    """A provider whose status page is known."""

    key: str
    name: str
    url: str
    kind: FeedKind = FeedKind.STATUSPAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """What a person says of a status page; `api_ids` are those that all of it concerns, as long as no component says better."""

    name: str
    url: str
    kind: FeedKind = FeedKind.STATUSPAGE
    api_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSeen:
    """A part of a provider's service: `status` in Statuspage's words."""

    key: str
    name: str
    status: str = "operational"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSeen:
    """One thing that a provider said in the course of an incident."""

    stage: Stage
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    """An incident as a status page tells it now."""

    key: str
    title: str
    stage: Stage
    impact: Impact
    started_at: datetime
    changed_at: datetime
    resolved_at: datetime | None = None
    url: str = ""
    updates: tuple[UpdateSeen, ...] = ()
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen:
    """A status page as it was read."""

    indicator: Impact
    description: str
    components: tuple[ComponentSeen, ...] = ()
    incidents: tuple[IncidentSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedComponent:
    """A component of a feed and the registered API that it stands for, where somebody said so."""

    key: str
    name: str
    status: str
    api_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A status page that is read; `problem` says why it could not be, since `down_since`."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    kind: FeedKind
    url: str
    state: FeedState
    indicator: Impact
    description: str
    problem: str
    read_at: datetime | None
    down_since: datetime | None
    api_ids: tuple[UUID, ...] = ()
    components: tuple[FeedComponent, ...] = ()
    open_incidents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIncident:
    """An incident that a provider told of; `api_ids` are the registered APIs that it concerns."""

    id: UUID
    feed_id: UUID
    feed_name: str
    organisation_id: UUID
    project_id: UUID
    api_ids: tuple[UUID, ...]
    title: str
    stage: Stage
    impact: Impact
    url: str
    started_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    updates: tuple[UpdateSeen, ...] = ()
    components: tuple[str, ...] = ()
