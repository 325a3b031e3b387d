"""What others may want to know of the incidents that providers tell of."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIncidentOpened:
    """A provider says that something of theirs is broken; `api_ids` are the registered APIs that it concerns."""

    incident_id: UUID
    feed_id: UUID
    api_ids: tuple[UUID, ...]
    organisation_id: UUID
    project_id: UUID
    title: str
    impact: str
    at: datetime
    url: str
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIncidentChanged:
    """A provider said something new about an incident of theirs; `at` is when they said it."""

    incident_id: UUID
    feed_id: UUID
    api_ids: tuple[UUID, ...]
    organisation_id: UUID
    project_id: UUID
    title: str
    impact: str
    at: datetime
    url: str
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIncidentResolved:
    """A provider says that an incident of theirs is over."""

    incident_id: UUID
    feed_id: UUID
    api_ids: tuple[UUID, ...]
    organisation_id: UUID
    project_id: UUID
    title: str
    impact: str
    at: datetime
    url: str
    stage: str = ""
