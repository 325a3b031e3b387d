"""Invites people, lets them in, changes their roles and lets them go."""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from emporion.accounts import rules
from emporion.accounts.actions.audit import record_audit
from emporion.accounts.actions.notices import send_invitation
from emporion.accounts.errors import (
    AlreadyMember,
    InvitationClosed,
    InvitationGone,
    LastOwner,
    RoleNotYours,
    TooManyInvitations,
)
from emporion.accounts.events import MemberJoined, MemberRemoved
from emporion.accounts.models import Invitation, Membership, Organisation, Person, Project, ProjectMembership
from emporion.accounts.queries.team import open_invitation
from emporion.accounts.types import Grant, InvitationView
from emporion.accounts.views_of import invitation_view
from emporion.kernel.errors import Invalid, NotFound
from emporion.plumbing.actions import publish
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest, new_token
from emporion.plumbing.types import Actor, ActorKind, Permission, Role


def invite(*, email: str, grant: Grant, actor: Actor, now: datetime) -> InvitationView:
    """Invite an address to the organisation or one of its projects; an open invitation to the same place is replaced."""
    actor.require(Permission.INVITE, grant.project_id)
    rules.check_grant(actor.role, grant)
    email = email.strip().lower()
    _check_address(email)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=actor.organisation)
        _check_not_member(email, organisation, grant)
        if organisation.invitations.filter(created_at__gt=now - timedelta(days=1)).count() >= rules.INVITATIONS_A_DAY:
            raise TooManyInvitations(limit=rules.INVITATIONS_A_DAY)
        organisation.invitations.open().filter(email=email, project=grant.project_id).update(revoked_at=now)
        token = new_token("inv_")
        invitation = Invitation.objects.create(
            organisation=organisation,
            project=Project.objects.get(pk=grant.project_id, organisation=organisation) if grant.project_id else None,
            email=email,
            role=grant.role,
            token_digest=digest(token),
            invited_by_id=actor.id if actor.kind is ActorKind.PERSON else None,
            created_at=now,
            expires_at=now + rules.INVITATION_LASTS,
        )
        send_invitation(invitation=invitation, token=token, now=now)
        _record(actor, "invitation.sent", invitation, now)
    return invitation_view(invitation, now)


def resend_invitation(*, invitation_id: UUID, actor: Actor, now: datetime) -> InvitationView:
    """Send an open invitation again with a fresh link and a fresh term; the old link stops working."""
    with transaction.atomic():
        invitation = _open_of(actor, invitation_id)
        token = new_token("inv_")
        invitation.token_digest = digest(token)
        invitation.expires_at = now + rules.INVITATION_LASTS
        invitation.save(update_fields=["token_digest", "expires_at"])
        send_invitation(invitation=invitation, token=token, now=now)
        _record(actor, "invitation.resent", invitation, now)
    return invitation_view(invitation, now)


def revoke_invitation(*, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Close an open invitation: its link stops working. It can be opened again for an hour."""
    with transaction.atomic():
        invitation = _open_of(actor, invitation_id)
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])
        _record(actor, "invitation.revoked", invitation, now)


def restore_invitation(*, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Undo a revocation, its link works as before; `InvitationGone` an hour after it, or once the place was offered anew."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=actor.organisation)  # the lock under which others are invited
        invitation = _own(actor, invitation_id)
        if invitation.accepted_at:
            raise InvitationClosed
        if invitation.revoked_at is None:
            return
        others = invitation.organisation.invitations.filter(email=invitation.email, project=invitation.project_id)
        newer = others.exclude(pk=invitation.pk).filter(created_at__gte=invitation.created_at)
        if now - invitation.revoked_at > REVOKED_FOR_GOOD or newer.exists():
            raise InvitationGone
        grant = Grant(role=Role(invitation.role), project_id=invitation.project_id)
        _check_not_member(invitation.email, invitation.organisation, grant)
        invitation.revoked_at = None
        invitation.save(update_fields=["revoked_at"])
        _record(actor, "invitation.restored", invitation, now)


def accept_invitation(*, token: str, person_id: UUID, now: datetime) -> UUID:
    """Give the person the role that the link offers and return the organisation; a role that they hold is never lowered.

    Whoever holds the link could read the invited mailbox, so the address counts as verified when it is the person's.
    """
    with transaction.atomic():
        shown = open_invitation(token=token, now=now)
        invitation = Invitation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=shown.id)
        if invitation.accepted_at or invitation.revoked_at:
            raise InvitationClosed
        person = Person.objects.get(pk=person_id)
        _join(person, invitation, now)
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at"])
        EmailAddress.objects.filter(user=person, email__iexact=invitation.email).update(verified=True)
        publish(MemberJoined(organisation_id=invitation.organisation_id, person_id=person.id, at=now), now=now)
        joined = Actor(kind=ActorKind.PERSON, id=person.id, name=person.name, organisation_id=invitation.organisation_id)
        _record(joined, "invitation.accepted", invitation, now)
    return invitation.organisation_id


def change_role(*, person_id: UUID, grant: Grant, actor: Actor, now: datetime) -> None:
    """Give a member another role; in a project this touches that project only. The last owner stays owner (`LastOwner`)."""
    actor.require(Permission.INVITE, grant.project_id)
    rules.check_grant(actor.role, grant)
    with transaction.atomic():
        membership = _membership(actor, person_id)
        if grant.project_id:
            _set_project_role(membership, grant.project_id, grant.role, now)
        else:
            _check_may_touch(actor, membership)
            if grant.role is not Role.OWNER:
                _check_other_owner(membership)
            membership.role = grant.role
            membership.save(update_fields=["role"])
        record_audit(
            actor=actor,
            verb="member.role_changed",
            object_type="person",
            object_id=person_id,
            detail=f"{membership.person.email}: {grant.role}",
            now=now,
        )


def remove_member(*, person_id: UUID, project_id: UUID | None = None, actor: Actor, now: datetime) -> None:
    """Take a person out of the organisation, or of one project; their tokens end too. Anybody may leave but the last owner."""
    leaves = actor.kind is ActorKind.PERSON and actor.id == person_id
    if not leaves:
        actor.require(Permission.INVITE, project_id)
    with transaction.atomic():
        membership = _membership(actor, person_id)
        if not leaves:
            _check_may_touch(actor, membership)
        given = ProjectMembership.objects.filter(person_id=person_id, project__organisation_id=membership.organisation_id)
        if project_id:
            given.filter(project_id=project_id).delete()
        if project_id is None or (membership.role == Role.MEMBER and not given.exists()):
            _check_other_owner(membership)
            _end(membership, now)
        record_audit(
            actor=actor,
            verb="member.left" if leaves else "member.removed",
            object_type="person",
            object_id=person_id,
            detail=membership.person.email,
            now=now,
        )


def _end(membership: Membership, now: datetime) -> None:
    organisation = membership.organisation
    ProjectMembership.objects.filter(person_id=membership.person_id, project__organisation=organisation).delete()
    organisation.tokens.filter(person_id=membership.person_id, revoked_at=None).update(revoked_at=now)
    publish(MemberRemoved(organisation_id=organisation.id, person_id=membership.person_id, at=now), now=now)
    membership.delete()


def _join(person: Person, invitation: Invitation, now: datetime) -> None:
    role = Role(invitation.role)
    organisation_role = Role.MEMBER if invitation.project_id else role
    membership, _ = Membership.objects.get_or_create(
        person=person, organisation=invitation.organisation, defaults={"role": organisation_role, "created_at": now}
    )
    if rules.outranks(organisation_role, Role(membership.role)):
        membership.role = organisation_role
        membership.save(update_fields=["role"])
    if invitation.project_id:
        _set_project_role(membership, invitation.project_id, role, now, only_up=True)


def _set_project_role(membership: Membership, project_id: UUID, role: Role, now: datetime, *, only_up: bool = False) -> None:
    project = Project.objects.filter(pk=project_id, organisation_id=membership.organisation_id).first()
    if project is None:
        raise NotFound
    given, is_new = ProjectMembership.objects.get_or_create(
        person_id=membership.person_id, project=project, defaults={"role": role, "created_at": now}
    )
    if not is_new and (not only_up or rules.outranks(role, Role(given.role))):
        given.role = role
        given.save(update_fields=["role"])


def _membership(actor: Actor, person_id: UUID) -> Membership:
    # The organisation's row is the lock under which owners are counted.
    organisation = Organisation.objects.select_for_update().get(pk=actor.organisation)
    membership = Membership.objects.select_related("person", "organisation").filter(
        organisation=organisation, person_id=person_id
    )
    found = membership.first()
    if found is None:
        raise NotFound
    return found


def _check_may_touch(actor: Actor, membership: Membership) -> None:
    if not rules.outranks(actor.role, Role(membership.role)):
        raise RoleNotYours(role=str(membership.role))


def _check_other_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER:
        return
    owners = Membership.objects.filter(organisation=membership.organisation, role=Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
        raise LastOwner


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("This is not an e-mail address.", next_step="Check it for typing mistakes.", field="email") from error


def _check_not_member(email: str, organisation: Organisation, grant: Grant) -> None:
    membership = Membership.objects.filter(organisation=organisation, person__email__iexact=email).first()
    if membership is None:
        return
    in_project = ProjectMembership.objects.filter(person_id=membership.person_id, project=grant.project_id).exists()
    if membership.role != Role.MEMBER or in_project:
        raise AlreadyMember(field="email")


def _open_of(actor: Actor, invitation_id: UUID) -> Invitation:
    invitation = _own(actor, invitation_id)
    if invitation.accepted_at or invitation.revoked_at:
        raise InvitationClosed
    return invitation


def _own(actor: Actor, invitation_id: UUID) -> Invitation:
    actor.require(Permission.INVITE)
    mine = Invitation.objects.select_for_update(of=("self",)).select_related("organisation", "project", "invited_by")
    invitation = mine.filter(organisation_id=actor.organisation, pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    rules.check_grant(actor.role, Grant(role=Role(invitation.role), project_id=invitation.project_id))
    return invitation


def _record(actor: Actor, verb: str, invitation: Invitation, now: datetime) -> None:
    detail = f"{invitation.email}: {invitation.role}"
    record_audit(actor=actor, verb=verb, object_type="invitation", object_id=invitation.id, detail=detail, now=now)
