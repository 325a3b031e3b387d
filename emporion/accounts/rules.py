"""Decides who may give which role, and names things, without reading or writing anything."""

import re
import unicodedata
from datetime import datetime, timedelta

from emporion.accounts.errors import RoleDoesNotFit, RoleNotYours
from emporion.accounts.types import Grant, InvitationState
from emporion.plumbing.types import Role

INVITATION_LASTS = timedelta(days=14)
INVITATIONS_A_DAY = 100
DELETION_WAITS = timedelta(days=14)
EXPORT_LASTS = timedelta(days=7)
ORGANISATION_ROLES = frozenset({Role.OWNER, Role.MANAGER})
PROJECT_ROLES = frozenset({Role.ADMIN, Role.MEMBER})
_RANK = {Role.MEMBER: 0, Role.ADMIN: 1, Role.MANAGER: 2, Role.OWNER: 3}


def outranks(mine: Role | None, theirs: Role) -> bool:
    """Whether somebody with my role may give or take theirs: an owner any role, others only those below their own."""
    if mine is None:
        return False
    return mine is Role.OWNER or _RANK[mine] > _RANK[theirs]


def check_grant(mine: Role | None, grant: Grant) -> None:
    """Refuse a role that is not for this place (`RoleDoesNotFit`) or not for me to give (`RoleNotYours`)."""
    fitting = PROJECT_ROLES if grant.project_id else ORGANISATION_ROLES
    if grant.role not in fitting:
        raise RoleDoesNotFit(role=str(grant.role), field="role")
    if not outranks(mine, grant.role):
        raise RoleNotYours(role=str(grant.role))


def state_of_invitation(
    *, accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationState:
    """Where an invitation stands; one that was accepted stays accepted."""
    if accepted_at:
        return InvitationState.ACCEPTED
    if revoked_at:
        return InvitationState.REVOKED
    return InvitationState.PENDING if now < expires_at else InvitationState.EXPIRED


def slug_of(name: str) -> str:
    """The name in an address: lower case, ASCII letters, digits and hyphens; `organisation` when nothing is left."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:50] or "organisation"


def first_organisation_name(person_name: str) -> str:
    """The name of the organisation that registration makes."""
    return f"{person_name}'s Organization"


def name_from_email(email: str) -> str:
    """A name to start with for somebody who gave none."""
    return email.partition("@")[0].replace(".", " ").replace("_", " ").strip().title() or email
