"""Notices, from what the store has just taken in, which keys are in use and which APIs had their first call."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.gateway.routing.actions import note_first_calls
from emporion.gateway.routing.models import Api, GatewayKey
from emporion.store import shared_store

LOOKED_BACK = timedelta(minutes=10)


class _Seen(msgspec.Struct):
    id: UUID
    at: datetime


def notice(*, now: datetime) -> None:
    """Looks at the calls of the last minutes; late ones are noticed on the page that waits for them."""
    projects = [
        str(one) for one in Api.objects.filter(removed_at=None).values_list("project_id", flat=True).distinct().order_by()
    ]
    if not projects:
        return
    for key in _seen("key_id", "max", projects, now):
        GatewayKey.objects.filter(pk=key.id).exclude(last_used_at__gte=key.at).update(last_used_at=key.at)
    waiting = set(Api.objects.filter(first_call_at=None, removed_at=None).values_list("pk", flat=True))
    if waiting:
        first = {api.id: api.at for api in _seen("api_id", "min", projects, now) if api.id in waiting}
        note_first_calls(first_calls=first)


def _seen(column: str, which: str, projects: list[str], now: datetime) -> list[_Seen]:
    return shared_store(settings.EVENTS_URL).rows(
        f"SELECT {column} AS id, {which}(occurred_at) AS at FROM api_calls"  # noqa: S608 - both words stand above
        " WHERE project_id IN {projects:Array(UUID)} AND occurred_at >= {since:DateTime64(3)} GROUP BY id",
        {"projects": projects, "since": now - LOOKED_BACK},
        as_=_Seen,
    )
