"""What the event store knows of a website's past, and how what an import added leaves it again."""

from datetime import date
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.insights.imports.types import ORIGIN
from emporion.store import EventStore, shared_store
from emporion.store.erasing import erase_origin
from emporion.store.stitching import stitch_origin

_OWN = """
SELECT DISTINCT toString(toDate(occurred_at, {zone:String})) AS day FROM site_events
WHERE site_id = {site:UUID} AND NOT startsWith(origin, {imports:String}) SETTINGS final = 0
"""
_COUNT = """
SELECT uniqExact(event_id) AS events, uniqExactIf(event_id, kind = 'pageview') AS pageviews,
  uniqExactIf(event_id, kind = 'goal') AS goals
FROM site_events WHERE site_id = {site:UUID} AND origin = {origin:String} SETTINGS final = 0
"""
_VISITS = """
SELECT count() AS visits, uniqExact(visitor_id) AS visitors FROM site_sessions
WHERE site_id = {site:UUID} AND NOT is_deleted
  AND visitor_id IN (SELECT DISTINCT visitor_id FROM site_events WHERE site_id = {site:UUID} AND origin = {origin:String})
"""


class _Day(msgspec.Struct):
    day: str


class Events(msgspec.Struct):
    """The events of an import that are in the store."""

    events: int
    pageviews: int
    goals: int


class Visits(msgspec.Struct):
    """The visits that an import added."""

    visits: int
    visitors: int


def own_days(site_id: UUID, zone: str) -> frozenset[date]:
    """The days on which a website was measured here."""
    rows = _store().rows(_OWN, {"site": site_id, "zone": zone, "imports": ORIGIN}, as_=_Day)
    return frozenset(date.fromisoformat(row.day) for row in rows)


def stored(site_id: UUID, origin: str) -> Events:
    """How many events of an import are in the store by now."""
    return _store().rows(_COUNT, {"site": site_id, "origin": origin}, as_=Events)[0]


def compute_visits(site_id: UUID, origin: str, *, steps: int) -> None:
    """Make visits of an import whose events are all there; again without harm."""
    stitch_origin(_store(), site_id, origin, steps=steps)


def visits(site_id: UUID, origin: str) -> Visits:
    """The visits of an import."""
    return _store().rows(_VISITS, {"site": site_id, "origin": origin}, as_=Visits)[0]


def erase(site_id: UUID, origin: str) -> None:
    """Take an import's visits and events out of the store; again without harm."""
    erase_origin(_store(), site_id, origin)


def _store() -> EventStore:
    return shared_store(settings.EVENTS_URL)
