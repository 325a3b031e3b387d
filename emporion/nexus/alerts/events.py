"""What others may want to know of problems; on-call, incidents and the pages of the phone listen.

What `is_whole` is about the whole organisation: it is for its owners and managers, not for all the people of the project.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.nexus.alerts.types import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemOpened:
    """A fault that nobody was told of yet; said once a problem, and not at all while it is silenced."""

    problem_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    severity: Severity
    title: str
    at: datetime
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGrew:
    """A problem became more urgent than it was when it was last told; further alerts of the same urgency say nothing."""

    problem_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    severity: Severity
    title: str
    at: datetime
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemAcknowledged:
    """Somebody has it."""

    problem_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    severity: Severity
    title: str
    at: datetime
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemResolved:
    """A fault is over: its figures are back, or a person said so."""

    problem_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    severity: Severity
    title: str
    at: datetime
    is_whole: bool = False
