"""Shows an organisation to those who belong to it: projects, members, invitations, tokens and the audit log."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from emporion.accounts.errors import InvitationClosed, InvitationNotFound
from emporion.accounts.models import ApiToken, AuditEntry, Invitation, Membership, Organisation, Project, ProjectMembership
from emporion.accounts.types import (
    AuditSearch,
    AuditView,
    InvitationState,
    InvitationView,
    MemberView,
    OrganisationView,
    ProjectView,
    TokenView,
)
from emporion.accounts.views_of import audit_view, invitation_view, token_view
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest
from emporion.plumbing.types import Actor, ActorKind, Permission, Role


def projects_of(actor: Actor) -> tuple[ProjectView, ...]:
    """The projects that the actor sees in the present organisation, oldest first."""
    rows = Project.objects.filter(pk__in=actor.project_ids).order_by("created_at", "id")
    return tuple(
        ProjectView(id=row.id, organisation_id=row.organisation_id, name=row.name, role=actor.project_roles.get(row.id))
        for row in rows
    )


def organisation_of(actor: Actor) -> OrganisationView | None:
    """The organisation that the actor acts for, with the projects that they see."""
    row = Organisation.objects.filter(pk=actor.organisation_id).first() if actor.organisation_id else None
    if row is None:
        return None
    return OrganisationView(id=row.id, slug=row.slug, name=row.name, role=actor.role, projects=projects_of(actor))


def organisations_of(actor: Actor) -> tuple[OrganisationView, ...]:
    """Every organisation of the person, each with the projects that they see in it; three queries."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        here = organisation_of(actor)
        return (here,) if here else ()
    memberships = list(Membership.objects.filter(person_id=actor.id).select_related("organisation").order_by("created_at", "id"))
    given = {
        row.project_id: Role(row.role) for row in ProjectMembership.objects.filter(person_id=actor.id).only("project_id", "role")
    }
    projects: dict[UUID, list[Project]] = defaultdict(list)
    for project in Project.objects.filter(organisation__in=[row.organisation_id for row in memberships]).order_by("created_at"):
        projects[project.organisation_id].append(project)
    return tuple(_organisation(row, projects[row.organisation_id], given) for row in memberships)


def _organisation(membership: Membership, projects: list[Project], given: dict[UUID, Role]) -> OrganisationView:
    sees_all = membership.role != Role.MEMBER
    return OrganisationView(
        id=membership.organisation_id,
        slug=membership.organisation.slug,
        name=membership.organisation.name,
        role=Role(membership.role),
        projects=tuple(
            ProjectView(id=project.id, organisation_id=project.organisation_id, name=project.name, role=given.get(project.id))
            for project in projects
            if sees_all or project.id in given
        ),
    )


def members_of(actor: Actor) -> tuple[MemberView, ...]:
    """The people of the organisation with their roles; a project's member sees those of the same projects and the owners."""
    memberships = (
        Membership.objects.filter(organisation_id=actor.organisation).select_related("person").order_by("created_at", "id")
    )
    roles: dict[UUID, list[ProjectView]] = defaultdict(list)
    given = ProjectMembership.objects.filter(project_id__in=actor.project_ids).select_related("project")
    for row in given.order_by("project__created_at", "created_at"):
        role = Role(row.role)
        roles[row.person_id].append(
            ProjectView(id=row.project_id, organisation_id=actor.organisation, name=row.project.name, role=role)
        )
    sees_all = actor.may(Permission.INVITE)
    return tuple(
        MemberView(
            person_id=row.person_id,
            name=row.person.name,
            email=row.person.email,
            role=Role(row.role),
            projects=tuple(roles[row.person_id]),
            joined_at=row.created_at,
        )
        for row in memberships
        if sees_all or row.role != Role.MEMBER or roles[row.person_id] or row.person_id == actor.id
    )


def invitations_of(actor: Actor, *, now: datetime) -> tuple[InvitationView, ...]:
    """Invitations that are neither accepted nor revoked, newest first; for those who may invite."""
    actor.require(Permission.INVITE)
    rows = Invitation.objects.open().filter(organisation_id=actor.organisation)
    rows = rows.select_related("organisation", "project", "invited_by").order_by("-created_at")
    return tuple(invitation_view(row, now) for row in rows)


def revoked_invitation(actor: Actor, invitation_id: UUID, *, now: datetime) -> InvitationView | None:
    """An invitation that was revoked less than an hour ago, so that the revocation can be undone."""
    actor.require(Permission.INVITE)
    rows = Invitation.objects.filter(pk=invitation_id, organisation_id=actor.organisation, accepted_at=None)
    rows = rows.filter(revoked_at__gte=now - REVOKED_FOR_GOOD).select_related("organisation", "project", "invited_by")
    return next((invitation_view(row, now) for row in rows), None)


def open_invitation(*, token: str, now: datetime) -> InvitationView:
    """The open invitation behind a link; `InvitationNotFound` or `InvitationClosed` when there is none."""
    invitation = (
        Invitation.objects.select_related("organisation", "project", "invited_by").filter(token_digest=digest(token)).first()
    )
    if invitation is None:
        raise InvitationNotFound
    shown = invitation_view(invitation, now)
    if shown.state is not InvitationState.PENDING:
        raise InvitationClosed(state=str(shown.state))
    return shown


def tokens_of(actor: Actor) -> tuple[TokenView, ...]:
    """The person's own tokens in this organisation, newest first; owners see everybody's."""
    rows = ApiToken.objects.filter(organisation_id=actor.organisation).select_related("person").order_by("-created_at")
    if not actor.may(Permission.MANAGE_ORGANISATION):
        rows = rows.filter(person__id=actor.id) if actor.id else rows.none()
    return tuple(token_view(row) for row in rows)


def audit_of(actor: Actor, search: AuditSearch) -> tuple[AuditView, ...]:
    """Lines of the organisation's audit log, newest first."""
    actor.require(Permission.READ_AUDIT)
    rows = AuditEntry.objects.of_organisation(actor.organisation)
    if search.verb:
        rows = rows.filter(verb__startswith=search.verb)
    if search.person:
        rows = rows.filter(actor_name__icontains=search.person)
    if search.before:
        rows = rows.filter(id__lt=search.before)
    return tuple(audit_view(row) for row in rows[: search.limit])
