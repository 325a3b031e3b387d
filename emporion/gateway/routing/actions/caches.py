"""Keeping answers for a while, so that the same question is not paid for twice."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing.actions.apis import own_api
from emporion.gateway.routing.errors import ApiInvalid, ApiNotFound
from emporion.gateway.routing.events import GatewayChanged
from emporion.gateway.routing.models import Cache
from emporion.gateway.routing.orders import NewCache
from emporion.gateway.routing.queries import cache_view
from emporion.gateway.routing.types import CacheView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

LONGEST_SECONDS = 7 * 86_400


def save_cache(*, cache: NewCache, actor: Actor, now: datetime) -> CacheView:
    """Keeps answers from now on; a policy of the same calls is replaced."""
    if not 1 <= cache.seconds <= LONGEST_SECONDS:
        raise ApiInvalid("Answers can be kept from a second to a week.", field="seconds")
    api = own_api(cache.api_id, actor)
    with transaction.atomic():
        row, _ = Cache.objects.update_or_create(
            api=api,
            feature=cache.feature.strip()[:60],
            defaults={
                "organisation_id": api.organisation_id,
                "project_id": api.project_id,
                "seconds": cache.seconds,
                "set_by": actor.name[:150],
                "set_at": now,
            },
        )
        _tell(row, "set", actor=actor, now=now)
    return cache_view(row)


def remove_cache(*, cache_id: UUID, actor: Actor, now: datetime) -> None:
    """Keeps no answers any more."""
    row = Cache.objects.select_related("api").filter(pk=cache_id, organisation_id=actor.organisation).first()
    if row is None or not actor.sees_project(row.project_id):
        raise ApiNotFound
    actor.require(Permission.CONFIGURE, row.project_id)
    with transaction.atomic():
        _tell(row, "remove", actor=actor, now=now)
        Cache.objects.filter(pk=row.pk).delete()


def _tell(row: Cache, verb: str, *, actor: Actor, now: datetime) -> None:
    detail = f"{row.api.name} {row.feature} {row.seconds} s"
    record_audit(actor=actor, verb=verb, object_type="response_cache", object_id=row.pk, detail=detail, now=now)
    publish(GatewayChanged(project_id=row.project_id), now=now)
