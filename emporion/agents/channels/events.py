"""What happens in the channels of an agent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetSeen:
    """A widget was loaded on a host."""

    widget_id: UUID
    agent_id: UUID
    organisation_id: UUID
    project_id: UUID
    host: str
    version: int
    is_new: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetPublished:
    """A new version of a widget is live."""

    widget_id: UUID
    agent_id: UUID
    organisation_id: UUID
    number: int
    published_at: datetime
