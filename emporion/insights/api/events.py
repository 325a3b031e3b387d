"""What programs tell about visitors."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRecorded:
    """A server saw a visitor reach a goal; `params` is a tuple of names and values."""

    event_id: UUID
    site_id: UUID
    organisation_id: UUID
    project_id: UUID
    visitor_id: UUID
    name: str
    params: tuple[tuple[str, str], ...]
    host: str
    country: str
    device: str
    browser: str
    system: str
    reached_at: datetime
