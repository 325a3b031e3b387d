"""What this domain shows to others: people, organisations, projects, members, invitations, tokens and the audit log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emporion.plumbing.types import Role


class TokenScope(StrEnum):
    """What an API token may do; reading is the default."""

    READ = "read"
    READ_WRITE = "read_write"


class InvitationState(StrEnum):
    """Where an invitation stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person; `is_verified` says whether the e-mail address is known to be theirs."""

    id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    is_verified: bool
    is_operator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInView:
    """How a person can log in."""

    has_password: bool
    has_authenticator_app: bool
    passkeys: int
    recovery_codes_left: int
    connected: int

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return self.has_authenticator_app or self.passkeys > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """A project of an organisation, with the viewer's role in it where that is given for this project alone."""

    id: UUID
    organisation_id: UUID
    name: str
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationView:
    """An organisation, with the viewer's role and the projects that the viewer sees."""

    id: UUID
    slug: str
    name: str
    role: Role | None = None
    projects: tuple[ProjectView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Where a purchase lands: an organisation and one of its projects."""

    organisation: OrganisationView
    project: ProjectView


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a new person tells us; `invitation` is the token of one that brought them, `time_zone` is their browser's."""

    name: str
    email: str
    password: str
    invitation: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What a person says of themselves."""

    name: str
    locale: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A person of the organisation: the role in all of it, or the roles in single projects."""

    person_id: UUID
    name: str
    email: str
    role: Role
    projects: tuple[ProjectView, ...]
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role to give: in the whole organisation, or in one project."""

    role: Role
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An invitation as the team sees it; the link itself is only in the mail."""

    id: UUID
    email: str
    role: Role
    organisation_id: UUID
    organisation_name: str
    project_name: str
    invited_by: str
    state: InvitationState
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """An API token as it may be shown: never the secret."""

    id: UUID
    name: str
    prefix: str
    scope: TokenScope
    person_name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One line of the audit log: who did what to which object, and when."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    verb: str
    object_type: str
    object_id: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """What to look for in the audit log; empty fields match everything. `before` continues a page."""

    verb: str = ""
    person: str = ""
    before: UUID | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """A copy of a person's data; `ready_at` is None while it is being built."""

    id: UUID
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingView:
    """When an account goes, which organisations close with it, and which need another owner before it can go."""

    due_at: datetime | None
    closing: tuple[str, ...]
    needing_an_owner: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingMail:
    """What a person reads whose account is to be deleted, or was kept."""

    due_at: datetime
    url: str
