"""What a person asks for when costs are to be corrected, and what the job is handed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """Which stored calls to price again, and why: half-open in time, of one provider and model or of all."""

    since: datetime
    until: datetime
    reason: str
    provider: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repricing:
    """The job that works a correction out."""

    correction_id: UUID
