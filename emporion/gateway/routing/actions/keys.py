"""Making and revoking the keys with which programs call through the gateway."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing.errors import KeyGone, KeyInvalid, KeyNotFound, TooManyKeys
from emporion.gateway.routing.events import GatewayChanged
from emporion.gateway.routing.models import Api, GatewayKey
from emporion.gateway.routing.queries import key_views
from emporion.gateway.routing.types import MadeKey, NewKey
from emporion.kernel.names import written
from emporion.plumbing.actions import publish
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest, new_token
from emporion.plumbing.types import Actor, Permission

PREFIX = "emp_gw_"
SHOWN = len(PREFIX) + 4
MOST_KEYS = 500
LARGEST_LIMIT = 2_000_000_000


def create_key(*, key: NewKey, project_id: UUID, actor: Actor, now: datetime) -> MadeKey:
    """A key for a program; its plaintext is in the answer and nowhere else. KeyInvalid, TooManyKeys."""
    actor.require(Permission.CONFIGURE, project_id)
    _check(key, project_id, now)
    plaintext = new_token(PREFIX)
    with transaction.atomic():
        if GatewayKey.objects.filter(project_id=project_id, revoked_at=None).count() >= MOST_KEYS:
            raise TooManyKeys(most=MOST_KEYS)
        row = GatewayKey.objects.create(
            organisation_id=actor.organisation,
            project_id=project_id,
            name=written(key.name, longest=80),
            prefix=plaintext[:SHOWN],
            digest=digest(plaintext),
            team=key.team.strip()[:60],
            feature=key.feature.strip()[:60],
            environment=key.environment.strip()[:30],
            api_ids=[str(one) for one in key.api_ids],
            requests_per_minute=key.requests_per_minute,
            tokens_per_minute=key.tokens_per_minute,
            expires_at=key.expires_at,
            created_by=actor.name[:150],
            created_at=now,
        )
        record_audit(actor=actor, verb="add", object_type="gateway_key", object_id=row.pk, detail=row.name, now=now)
        publish(GatewayChanged(project_id=project_id), now=now)
    return MadeKey(view=key_views([row], now=now)[0], plaintext=plaintext)


def revoke_key(*, key_id: UUID, actor: Actor, now: datetime) -> None:
    """Ends a key: calls with it are refused as soon as the data plane has heard of it, within seconds. It can be brought back."""
    row = _own(key_id, actor)
    with transaction.atomic():
        if GatewayKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now):
            record_audit(actor=actor, verb="revoke", object_type="gateway_key", object_id=key_id, detail=row.name, now=now)
            publish(GatewayChanged(project_id=row.project_id), now=now)


def restore_key(*, key_id: UUID, actor: Actor, now: datetime) -> None:
    """Undoes the revocation of a key; KeyGone later than an hour after it."""
    row = _own(key_id, actor)
    if row.revoked_at is None:
        return
    if now - row.revoked_at > REVOKED_FOR_GOOD:
        raise KeyGone
    with transaction.atomic():
        if GatewayKey.objects.filter(project_id=row.project_id, revoked_at=None).count() >= MOST_KEYS:
            raise TooManyKeys(most=MOST_KEYS)
        if GatewayKey.objects.filter(pk=key_id).exclude(revoked_at=None).update(revoked_at=None):
            record_audit(actor=actor, verb="restore", object_type="gateway_key", object_id=key_id, detail=row.name, now=now)
            publish(GatewayChanged(project_id=row.project_id), now=now)


def _own(key_id: UUID, actor: Actor) -> GatewayKey:
    row = GatewayKey.objects.filter(pk=key_id, organisation_id=actor.organisation).first()
    if row is None or not actor.sees_project(row.project_id):
        raise KeyNotFound(key_id=key_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _check(key: NewKey, project_id: UUID, now: datetime) -> None:
    if not key.name.strip():
        raise KeyInvalid("The key has no name.", field="name", next_step="Name it after the program that will use it.")
    if not all(0 <= limit <= LARGEST_LIMIT for limit in (key.requests_per_minute, key.tokens_per_minute)):
        raise KeyInvalid("A limit is a whole number; 0 is no limit.", field="requests_per_minute")
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyInvalid("The key would have expired already.", field="expires_at")
    known = Api.objects.filter(project_id=project_id, removed_at=None, pk__in=key.api_ids).count()
    if known != len(set(key.api_ids)):
        raise KeyInvalid("One of the APIs is not in this project.", field="api_ids")
