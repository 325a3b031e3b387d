"""What knowledge tells the rest of the product."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRead:
    """A source is ready to be quoted."""

    source_id: UUID
    library_id: UUID
    organisation_id: UUID | None
    name: str
    passage_count: int
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed:
    """A source could not be read."""

    source_id: UUID
    library_id: UUID
    organisation_id: UUID | None
    name: str
    problem: str
    failed_at: datetime
