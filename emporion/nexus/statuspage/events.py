"""What the status page tells others."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPosted:
    """Something was said on a published page; its subscribers are told by a job of their own."""

    page_id: UUID
    update_id: UUID
    organisation_id: UUID
    project_id: UUID
    at: datetime
