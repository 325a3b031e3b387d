"""What happens to pages; the timeline of an incident reads it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfPage:
    page_id: UUID
    problem_id: UUID | None
    incident_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    person_id: UUID
    person_name: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSent(_OfPage):
    """A person was told of a page by a channel (push, email, in_app)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDelivered(_OfPage):
    """The person's device showed the page, so many seconds after it was sent."""

    after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOpened(_OfPage):
    """The person looked at the page, so many seconds after it was sent."""

    after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAcknowledged(_OfPage):
    """The person took the page, so many seconds after it was opened; nobody else is told any more."""

    after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUnanswered:
    """Everybody of the policy was asked, as often as it says, and nobody came."""

    page_id: UUID
    problem_id: UUID | None
    incident_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    at: datetime
