"""What is usual, read once a minute: it rests on hours that ended a day ago or earlier, and every page asks for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from emporion.nexus.apis import figures
from emporion.nexus.apis.asking import seen
from emporion.nexus.apis.rules import HOUR, floor
from emporion.nexus.apis.types import Scope, Usual
from emporion.plumbing.types import Actor

KEPT = timedelta(minutes=1)
MOST_KEPT = 1_000
_Key = tuple[str, UUID, datetime]
_kept: dict[_Key, tuple[datetime, Mapping[UUID, Usual]]] = {}


def usual_of(actor: Actor, project_id: UUID, now: datetime) -> Mapping[UUID, Usual]:
    """What each API of a project is like at this hour of the week, as it was read within the last minute."""
    seen(actor, Scope(project_id=project_id))
    key = (settings.EVENTS_URL, project_id, floor(now, HOUR))
    read_at, found = _kept.get(key, (None, {}))
    if read_at is None or not timedelta() <= now - read_at < KEPT:
        found = figures.usual(actor, project_id, now)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = (now, found)
    return found
