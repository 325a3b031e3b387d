"""What others may want to know of websites."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChanged:
    """A website was added, changed or removed, so that the data plane must be told."""

    site_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsLetIn:
    """Dropped events of a website are to count after all."""

    site_id: UUID
    event_ids: tuple[UUID, ...]
