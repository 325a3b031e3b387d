"""What incidents tell others: declared, changed, spoken about, closed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclared:
    """Somebody called trouble an incident; `problem_ids` are what it is about."""

    incident_id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    severity: int
    title: str
    at: datetime
    problem_ids: tuple[UUID, ...] = ()
    declared_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged:
    """Its title, severity, roles or state changed; `state` is withdrawn where the declaration was undone."""

    incident_id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    severity: int
    title: str
    at: datetime
    state: str = ""
    problem_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdatePosted:
    """People were told how it stands."""

    incident_id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    severity: int
    title: str
    at: datetime
    update_id: UUID
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed:
    """It is over; `is_proven` says whether the recovery was proven or an owner closed it with a reason."""

    incident_id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    severity: int
    title: str
    at: datetime
    problem_ids: tuple[UUID, ...] = ()
    is_proven: bool = True
