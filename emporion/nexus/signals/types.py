"""What programs tell Nexus by themselves: deploys, signs of life, and alerts of other systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class DeploySource(StrEnum):
    """Who told of a deploy."""

    API = "api"
    PAGE = "page"
    GITHUB = "github"
    GITLAB = "gitlab"


class BeatState(StrEnum):
    """How a heartbeat does: `NEW` has never been heard of, `LATE` is inside its grace."""

    NEW = "new"
    ALIVE = "alive"
    RUNNING = "running"
    LATE = "late"
    MISSING = "missing"
    FAILED = "failed"
    PAUSED = "paused"

    @property
    def is_down(self) -> bool:
        """Whether somebody has to look."""
        return self in {BeatState.MISSING, BeatState.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeploy:
    """What is said of a deploy; `key` makes the same one told twice one deploy."""

    service: str
    version: str
    environment: str = ""
    who: str = ""
    link: str = ""
    change: str = ""
    source: DeploySource = DeploySource.API
    key: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """A version of a service went live."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    service: str
    version: str
    environment: str
    who: str
    link: str
    change: str
    source: DeploySource
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHeartbeat:
    """What a person says of a job that is to report: how often it runs, and how late it may be."""

    name: str
    period_seconds: int = 3600
    grace_seconds: int = 300
    api_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatWatch:
    """A job that is expected to report; `due_at` is when it is missed, `None` before it was ever heard of."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    name: str
    period_seconds: int
    grace_seconds: int
    state: BeatState
    address: str
    created_at: datetime
    last_at: datetime | None
    due_at: datetime | None
    since: datetime | None
    detail: str = ""
    last_duration_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReceiver:
    """An address at which another system's alerts are taken in."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    address: str
    created_at: datetime
    last_at: datetime | None
    firing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAlert:
    """An alert of another system, as it stands; `fingerprint` is that system's own name for it."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    receiver_id: UUID
    fingerprint: str
    name: str
    severity: str
    is_firing: bool
    summary: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenApi:
    """An API that traces tell of and nobody has registered; `name` is its provider or its host."""

    name: str
    calls: int
    failures: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSignal:
    """How many calls, points or lines have come, and when the last one did."""

    kind: str
    count: int
    last_at: datetime


class BeatGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What the data plane needs to know of a heartbeat; `digest` is the SHA-256 of its token in hex."""

    heartbeat_id: UUID
    digest: str
    organisation_id: UUID
    project_id: UUID


class SignalsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeats that the data plane takes in; `number` grows with each one that is written."""

    format: int = 1
    number: int
    beats: tuple[BeatGrant, ...] = ()
