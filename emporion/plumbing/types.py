"""Who acts: every query and every verb begins at an `Actor`, which says who it is and what it may see and do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from emporion.kernel.errors import Denied, NotFound


class ActorKind(StrEnum):
    """How the actor proved who it is."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    AGENT_KEY = "agent_key"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Role(StrEnum):
    """The four roles of the product: two for an organisation, two for one of its projects."""

    OWNER = "owner"
    MANAGER = "manager"
    ADMIN = "admin"
    MEMBER = "member"


class Permission(StrEnum):
    """What can be granted; a role is a set of these."""

    VIEW = "view"
    USE = "use"
    CONFIGURE = "configure"
    PURCHASE = "purchase"
    MANAGE_PROJECTS = "manage_projects"
    INVITE = "invite"
    MANAGE_BILLING = "manage_billing"
    MANAGE_ORGANISATION = "manage_organisation"
    READ_AUDIT = "read_audit"


_MEMBER = frozenset({Permission.VIEW, Permission.USE})
_ADMIN = _MEMBER | {Permission.CONFIGURE, Permission.PURCHASE}
_MANAGER = _ADMIN | {Permission.MANAGE_PROJECTS, Permission.INVITE}
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
}
READS = frozenset({Permission.VIEW, Permission.READ_AUDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, token, agent's key or the system itself, in the one organisation it acts for.

    `role` is the role in the organisation, `project_roles` those in single projects; an organisation's owner and managers
    have theirs in every project. `project_ids` are the projects that the actor sees at all.
    """

    kind: ActorKind
    id: UUID | None = None
    name: str = ""
    organisation_id: UUID | None = None
    role: Role | None = None
    project_ids: frozenset[UUID] = frozenset()
    project_roles: Mapping[UUID, Role] = field(default_factory=dict)
    can_write: bool = True

    @classmethod
    def anonymous(cls) -> Self:
        """Somebody who has not said who they are."""
        return cls(kind=ActorKind.ANONYMOUS, can_write=False)

    @classmethod
    def system(cls, organisation_id: UUID | None = None) -> Self:
        """The product itself, in a job that serves one organisation or, without one, the whole installation."""
        return cls(kind=ActorKind.SYSTEM, name="Emporion", organisation_id=organisation_id, role=Role.OWNER)

    @property
    def is_signed_in(self) -> bool:
        """Whether we know who this is."""
        return self.kind is not ActorKind.ANONYMOUS

    @property
    def organisation(self) -> UUID:
        """The organisation acted for; `NotFound` for somebody who is in none."""
        if self.organisation_id is None:
            raise NotFound("You are not in an organization yet.", next_step="Create one, or accept an invitation.")
        return self.organisation_id

    def sees_project(self, project_id: UUID) -> bool:
        """Whether the project is among those that the actor sees."""
        return self.kind is ActorKind.SYSTEM or project_id in self.project_ids

    def may(self, permission: Permission, project_id: UUID | None = None) -> bool:
        """Whether a role of the actor, in the organisation or in the given project, grants the permission."""
        if not self.can_write and permission not in READS:
            return False
        if project_id is not None and not self.sees_project(project_id):
            return False
        granted = GRANTS[self.role] if self.role else frozenset()
        if project_id is not None and project_id in self.project_roles:
            granted = granted | GRANTS[self.project_roles[project_id]]
        return permission in granted

    def require(self, permission: Permission, project_id: UUID | None = None) -> None:
        """Refuse with `Denied` when the permission is missing, with `NotFound` when even the project is not seen."""
        if project_id is not None and not self.sees_project(project_id):
            raise NotFound
        if not self.may(permission, project_id):
            if self.kind is ActorKind.TOKEN and not self.can_write and permission not in READS:
                step = "Make one that may read and write, under Settings, API tokens."
                raise Denied("This token may only read.", next_step=step, permission=str(permission))
            raise Denied(permission=str(permission))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What a running job knows of itself; `attempt` counts from 1, `now` is when it was taken up."""

    id: UUID
    name: str
    attempt: int
    now: datetime
