"""What others may want to know of deploys, heartbeats and the alerts of other systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployMarked:
    """A version of a service went live."""

    deploy_id: UUID
    organisation_id: UUID
    project_id: UUID
    service: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatsChanged:
    """A heartbeat was made, changed or taken away, so that the data plane must be told."""

    heartbeat_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatMissed:
    """A job did not report in time, did not finish, or said that it failed: `reason` is missing, unfinished or failed."""

    heartbeat_id: UUID
    api_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    name: str
    reason: str
    at: datetime
    last_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatReturned:
    """A job that was missed has reported again; `at` is when it did."""

    heartbeat_id: UUID
    api_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAlertReceived:
    """Another system's alert began to fire, was resolved, or was told again with something new.

    `fingerprint` is the sender's; together with `receiver_id` it names one alert for ever.
    """

    alert_id: UUID
    receiver_id: UUID
    organisation_id: UUID
    project_id: UUID
    fingerprint: str
    is_firing: bool
    name: str
    severity: str
    summary: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
