"""Turns rows into what other domains may see."""

from datetime import datetime

from emporion.accounts import rules
from emporion.accounts.models import ApiToken, AuditEntry, Invitation, Person
from emporion.accounts.types import AuditView, InvitationView, PersonView, TokenScope, TokenView
from emporion.plumbing.types import Role


def person_view(person: Person, *, is_verified: bool) -> PersonView:
    """A person."""
    return PersonView(
        id=person.id,
        email=person.email,
        name=person.name,
        locale=person.locale,
        time_zone=person.time_zone,
        is_verified=is_verified,
        is_operator=person.is_operator,
    )


def invitation_view(invitation: Invitation, now: datetime) -> InvitationView:
    """An invitation; reads the organisation, the project and the person who invited."""
    return InvitationView(
        id=invitation.id,
        email=invitation.email,
        role=Role(invitation.role),
        organisation_id=invitation.organisation_id,
        organisation_name=invitation.organisation.name,
        project_name=invitation.project.name if invitation.project else "",
        invited_by=invitation.invited_by.name if invitation.invited_by else "",
        state=rules.state_of_invitation(
            accepted_at=invitation.accepted_at,
            revoked_at=invitation.revoked_at,
            expires_at=invitation.expires_at,
            now=now,
        ),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def token_view(token: ApiToken) -> TokenView:
    """A token; reads its person."""
    return TokenView(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scope=TokenScope(token.scope),
        person_name=token.person.name,
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """A line of the audit log."""
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        verb=entry.verb,
        object_type=entry.object_type,
        object_id=entry.object_id,
        detail=entry.detail,
    )
