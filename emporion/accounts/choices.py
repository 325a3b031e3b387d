"""Roles as one choice of a form: `owner`, `manager`, or `admin:<project>` and `member:<project>`."""

from uuid import UUID

from django.utils.translation import gettext as _

from emporion.accounts import queries, rules
from emporion.accounts.errors import RoleDoesNotFit
from emporion.accounts.types import Grant, MemberView
from emporion.plumbing.types import Actor, Role
from emporion.ui.types import Option


def grant_options(actor: Actor) -> tuple[Option, ...]:
    """The roles that the actor may give."""
    everywhere = [(Role.MANAGER, _("Manager of the organization")), (Role.OWNER, _("Owner of the organization"))]
    options = [
        Option(label=f"{label}: {project.name}", value=f"{role}:{project.id}")
        for project in queries.projects_of(actor)
        for role, label in ((Role.MEMBER, _("Member")), (Role.ADMIN, _("Admin")))
    ]
    options += [Option(label=str(label), value=str(role)) for role, label in everywhere if rules.outranks(actor.role, role)]
    return tuple(options)


def grant_value(member: MemberView) -> str:
    """What a member holds, as a choice; of several projects the first."""
    if member.role is not Role.MEMBER:
        return str(member.role)
    first = next(iter(member.projects), None)
    return f"{first.role}:{first.id}" if first else ""


def parse_grant(text: str) -> Grant:
    """The role that was chosen; `RoleDoesNotFit` for anything that is not a choice."""
    role, _colon, project = text.partition(":")
    try:
        return Grant(role=Role(role), project_id=UUID(project) if project else None)
    except ValueError as error:
        raise RoleDoesNotFit(field="grant") from error
