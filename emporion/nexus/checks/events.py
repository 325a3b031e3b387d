"""What others may want to know of synthetic checks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run of a check, as the event store keeps it; `run_id` names it for ever."""

    run_id: UUID
    check_id: UUID
    api_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    at: datetime
    region: str
    is_ok: bool
    status: int
    duration_us: int
    connect_us: int
    certificate_days: int | None
    failed: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksRan:
    """Some checks have asked their addresses."""

    runs: tuple[RunFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFailing:
    """A check has failed as often in a row as its owner said; `detail` says what was not as expected."""

    check_id: UUID
    api_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    at: datetime
    detail: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecovered:
    """A check that was failing does as expected again."""

    check_id: UUID
    api_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    at: datetime
    detail: str = ""
    name: str = ""
