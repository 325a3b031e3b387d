"""Makes and revokes API tokens."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions.audit import record_audit
from emporion.accounts.errors import NameMissing
from emporion.accounts.models import ApiToken
from emporion.accounts.types import TokenScope, TokenView
from emporion.accounts.views_of import token_view
from emporion.kernel.errors import Denied, NotFound
from emporion.kernel.names import written
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
    """End a token at once; people end their own, owners any of the organisation."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().filter(pk=token_id, organisation_id=actor.organisation).first()
        is_mine = token is not None and actor.kind is ActorKind.PERSON and token.person_id == actor.id
        if token is None or not (is_mine or actor.may(Permission.MANAGE_ORGANISATION)):
            raise NotFound
        if token.revoked_at is None:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            record_audit(actor=actor, verb="token.revoked", object_type="token", object_id=token.id, detail=token.name, now=now)
