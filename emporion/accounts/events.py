"""Facts of accounts that others may hear."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRegistered:
    """Somebody has an account now."""

    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationCreated:
    """A new organisation, with its first project."""

    organisation_id: UUID
    project_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined:
    """A person accepted an invitation."""

    organisation_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved:
    """A person belongs to the organisation no more."""

    organisation_id: UUID
    person_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecorded:
    """A line was added to the audit log; the event store keeps a copy."""

    id: UUID
    organisation_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    verb: str
    object_type: str
    object_id: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationClosed:
    """An organisation has lost its last person: what runs for it ends."""

    organisation_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeleted:
    """An account is gone; whoever shows its name shows `name` instead."""

    person_id: UUID
    name: str
    at: datetime
