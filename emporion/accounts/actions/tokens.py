"""Makes API tokens, ends them and brings them back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions.audit import record_audit
from emporion.accounts.errors import NameMissing, TokenGone
from emporion.accounts.models import ApiToken, Membership
from emporion.accounts.types import TokenScope, TokenView
from emporion.accounts.views_of import token_view
from emporion.kernel.errors import Denied, NotFound
from emporion.kernel.names import written
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest, new_token
from emporion.plumbing.types import Actor, ActorKind, Permission

PREFIX = "emp_"
SHOWN = 10


def create_token(*, name: str, scope: TokenScope, actor: Actor, now: datetime) -> tuple[TokenView, str]:
    """A token that acts as the person in this organisation, and its secret, which is never shown again."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise Denied("Only a person can make tokens.", next_step="Log in and make it under Settings, API tokens.")
    if not (name := written(name, longest=80)):
        raise NameMissing(field="name")
    secret = new_token(PREFIX)
    with transaction.atomic():
        token = ApiToken.objects.create(
            organisation_id=actor.organisation,
            person_id=actor.id,
            name=name,
            prefix=secret[:SHOWN],
            digest=digest(secret),
            scope=scope,
            created_at=now,
        )
        record_audit(
            actor=actor, verb="token.created", object_type="token", object_id=token.id, detail=f"{token.name}: {scope}", now=now
        )
    return token_view(token), secret


def revoke_token(*, token_id: UUID, actor: Actor, now: datetime) -> None:
    """End a token at once; people end their own, owners any of the organisation. It can be brought back for an hour."""
    with transaction.atomic():
        token = _locked(token_id, actor)
        if token.revoked_at is None:
            _set(token, revoked_at=now, verb="token.revoked", actor=actor, now=now)


def restore_token(*, token_id: UUID, actor: Actor, now: datetime) -> None:
    """Undo the end of a token whose person still belongs to the organisation; `TokenGone` later than an hour after it."""
    with transaction.atomic():
        token = _locked(token_id, actor)
        if token.revoked_at is None:
            return
        is_member = Membership.objects.filter(organisation_id=token.organisation_id, person_id=token.person_id).exists()
        if not is_member or now - token.revoked_at > REVOKED_FOR_GOOD:
            raise TokenGone
        _set(token, revoked_at=None, verb="token.restored", actor=actor, now=now)


def _locked(token_id: UUID, actor: Actor) -> ApiToken:
    token = ApiToken.objects.select_for_update().filter(pk=token_id, organisation_id=actor.organisation).first()
    is_mine = token is not None and actor.kind is ActorKind.PERSON and token.person_id == actor.id
    if token is None or not (is_mine or actor.may(Permission.MANAGE_ORGANISATION)):
        raise NotFound
    return token


def _set(token: ApiToken, *, revoked_at: datetime | None, verb: str, actor: Actor, now: datetime) -> None:
    token.revoked_at = revoked_at
    token.save(update_fields=["revoked_at"])
    record_audit(actor=actor, verb=verb, object_type="token", object_id=token.id, detail=token.name, now=now)
