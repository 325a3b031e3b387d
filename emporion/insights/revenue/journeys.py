"""Reads the raw journey before a payment: every visit of the visitor with its steps, also those outside the window."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.insights.revenue import eventstore
from emporion.insights.revenue.types import JourneyVisit, Step
from emporion.store.query import Parameter

MOST_VISITS = 40
LOOKED_BACK = timedelta(days=365)
AFTERWARDS = timedelta(minutes=30)
_JOURNEY = """
SELECT visitor_id, started_at, duration_ms, source, channel, utm_campaign, referrer, country, city, device, browser, system,
  pages, goals, step_ms, step_kinds
FROM site_sessions
WHERE site_id = {site:UUID} AND visitor_id IN {visitors:Array(UUID)}
  AND started_at >= {start:DateTime64(3)} AND started_at <= {end:DateTime64(3)} AND NOT is_deleted
ORDER BY started_at DESC, visitor_id
LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    visitor_id: UUID
    started_at: datetime
    duration_ms: int
    source: str
    channel: str
    utm_campaign: str
    referrer: str
    country: str
    city: str
    device: str
    browser: str
    system: str
    pages: tuple[str, ...]
    goals: tuple[str, ...]
    step_ms: tuple[int, ...]
    step_kinds: tuple[str, ...]


def journey(site_id: UUID, visitor_ids: Collection[UUID], paid_at: datetime) -> tuple[JourneyVisit, ...]:
    """The visits of some visitors up to a payment, oldest first."""
    if not visitor_ids:
        return ()
    bound: dict[str, Parameter] = {
        "site": site_id,
        "visitors": list(visitor_ids),
        "start": paid_at - LOOKED_BACK,
        "end": paid_at + AFTERWARDS,
        "limit": MOST_VISITS,
    }
    found = eventstore.store().rows(_JOURNEY, bound, as_=_Row)
    return tuple(_visit(row) for row in reversed(found))


def _visit(row: _Row) -> JourneyVisit:
    return JourneyVisit(
        visitor_id=row.visitor_id,
        started_at=row.started_at,
        duration_seconds=row.duration_ms // 1000,
        source=row.source,
        channel=row.channel,
        campaign=row.utm_campaign,
        referrer=row.referrer,
        place=", ".join(part for part in (row.city, row.country) if part),
        device=row.device,
        browser=row.browser,
        system=row.system,
        steps=tuple(_steps(row.started_at, row.step_ms, row.step_kinds, (row.pages, row.goals))),
    )


def _steps(
    start: datetime, offsets: Sequence[int], kinds: Sequence[str], names: tuple[Sequence[str], Sequence[str]]
) -> list[Step]:
    """The nth pageview is that of the nth page, the nth goal that of the nth goal."""
    pages, goals = iter(names[0]), iter(names[1])
    found = []
    for offset, kind in zip(offsets, kinds, strict=False):
        name = next(pages, "") if kind == "pageview" else next(goals, "") if kind == "goal" else ""
        found.append(Step(at=start + timedelta(milliseconds=offset), kind=kind, name=name))
    return found
