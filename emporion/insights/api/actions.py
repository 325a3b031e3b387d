"""Makes, uses and revokes the keys of programs."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from emporion.accounts.actions import record_audit
from emporion.insights.api.errors import KeyGone, KeyNotFound, ParameterInvalid
from emporion.insights.api.models import KeyDay, SiteKey
from emporion.insights.api.types import KeyKind, NewKey
from emporion.insights.sites.queries import site_of
from emporion.kernel.names import written
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest, new_token
from emporion.plumbing.types import Actor, Permission

SHOWN_OF_SECRET = 4


def create_key(*, site_id: UUID, key: NewKey, actor: Actor, now: datetime) -> tuple[UUID, str]:
    """A key for a website, or for all of the organisation's, and its secret, which is never shown again."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    is_account = key.kind is KeyKind.ACCOUNT
    if is_account:
        actor.require(Permission.MANAGE_PROJECTS)
    if not key.name.strip():
        raise ParameterInvalid("The key has no name.", next_step="Name it after the program that will use it.", field="name")
    secret = new_token(key.kind.value)
    with transaction.atomic():
        row = SiteKey.objects.create(
            organisation_id=site.organisation_id,
            site_id=None if is_account else site_id,
            kind=key.kind,
            name=written(key.name, longest=80),
            prefix=secret[: len(key.kind.value) + SHOWN_OF_SECRET],
            digest=digest(secret),
            can_write=key.can_write,
            created_at=now,
        )
        record_audit(actor=actor, verb="add", object_type="insights_key", object_id=row.pk, detail=row.name, now=now)
    return row.pk, secret


def revoke_key(*, site_id: UUID, key_id: UUID, actor: Actor, now: datetime) -> None:
    """Ends a key at once; it can be brought back for an hour."""
    row = _own(site_id, key_id, actor)
    if SiteKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now):
        record_audit(actor=actor, verb="revoke", object_type="insights_key", object_id=key_id, detail=row.name, now=now)


def restore_key(*, site_id: UUID, key_id: UUID, actor: Actor, now: datetime) -> None:
    """Undoes the revocation of a key; KeyGone later than an hour after it."""
    row = _own(site_id, key_id, actor)
    if row.revoked_at is None:
        return
    if now - row.revoked_at > REVOKED_FOR_GOOD:
        raise KeyGone
    if SiteKey.objects.filter(pk=key_id).exclude(revoked_at=None).update(revoked_at=None):
        record_audit(actor=actor, verb="restore", object_type="insights_key", object_id=key_id, detail=row.name, now=now)


def _own(site_id: UUID, key_id: UUID, actor: Actor) -> SiteKey:
    """A key of the website or of its whole account, living or not, that the actor may change."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    row = SiteKey.objects.ever(organisation_id=site.organisation_id, site_id=site_id).filter(pk=key_id).first()
    if row is None:
        raise KeyNotFound(key_id=key_id)
    if row.site_id is None:
        actor.require(Permission.MANAGE_PROJECTS)
    return row


def count_use(*, key_id: UUID, used_this_minute: int, now: datetime) -> None:
    """Counts one request of a key."""
    KeyDay.objects.get_or_create(key_id=key_id, day=now.date())
    KeyDay.objects.filter(key_id=key_id, day=now.date()).update(
        requests=F("requests") + 1, busiest_minute=Greatest(F("busiest_minute"), used_this_minute)
    )
    SiteKey.objects.filter(pk=key_id).update(last_used_at=now)
