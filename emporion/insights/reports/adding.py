"""Adds up the days that are over, of websites with so many visits that reading them takes long; see `days`.

Nobody writes a day's visits again for a while before it is added up, by the clock of this process that only goes forward: an
insert under way might be counted as written before its visits can be read.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog

from emporion.insights.reports import days, periods
from emporion.store import EventStore
from emporion.store.derived import NEVER
from emporion.store.query import Parameter

log = structlog.get_logger(__name__)

# With fewer visits, reading them takes no longer than reading what they add up to.
MANY_VISITS = 10_000
QUIET_SECONDS = 60.0
_SETTLED = timedelta(hours=1)  # after its end a day's last visits end
_ROUND_SECONDS = 20.0  # then others have their turn


class Busy(msgspec.Struct, frozen=True):
    """A website with days of many visits, the first and the last of them."""

    site_id: UUID
    first: datetime
    last: datetime


@dataclass(slots=True)
class Adder:
    """Remembers how often the visits of each day had been written when it last looked."""

    quiet_seconds: float = QUIET_SECONDS
    many_visits: int = MANY_VISITS
    _seen: dict[tuple[UUID, str, int], tuple[int, float]] = field(default_factory=dict)

    def busy(self, store: EventStore, *, now: datetime) -> list[Busy]:
        """The websites with days of many visits."""
        since = now - timedelta(days=days.REMEMBERED_DAYS)
        return store.rows(_BUSY, {"since": since, "many": self.many_visits}, as_=Busy)

    def add_up(self, store: EventStore, site: Busy, zone: ZoneInfo, *, now: datetime) -> int:
        """Adds up the days of a website that do not hold, the latest first, until its turn is over; says how many."""
        until, added = time.monotonic() + _ROUND_SECONDS, 0
        for starts, known in self._open(store, site, zone, now):
            if time.monotonic() > until:
                break
            added += _add_up(store, site.site_id, zone, starts, known)
        return added

    def _open(self, store: EventStore, site: Busy, zone: ZoneInfo, now: datetime) -> Iterator[tuple[list[datetime], days.Known]]:
        """The days to add up, each with the beginnings of those before it and its end."""
        last = min(periods.local_day(site.last, zone), periods.local_day(now - _SETTLED, zone) - timedelta(days=1))
        first = max(periods.local_day(site.first, zone), last - timedelta(days=days.REMEMBERED_DAYS - 2))
        if last < first:
            return
        starts = [periods.midnight(first + timedelta(days=number), zone) for number in range((last - first).days + 2)]
        known = days.known(store, site.site_id, zone.key, starts)
        for start, end in reversed(list(pairwise(starts))):
            found = known.get(int(start.timestamp()))
            if (
                found
                and found.written >= self.many_visits
                and found.version != found.written
                and self._is_quiet(site, zone, found)
            ):
                yield [*_before(start, zone), start, end], found

    def _is_quiet(self, site: Busy, zone: ZoneInfo, found: days.Known) -> bool:
        key = (site.site_id, zone.key, found.start)
        written, since = self._seen.get(key, (-1, 0.0))
        if written != found.written:
            since = time.monotonic()
            self._seen[key] = (found.written, since)
        return time.monotonic() - since >= self.quiet_seconds


def _before(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = periods.local_day(start, zone)
    return (periods.midnight(day - timedelta(days=ago), zone) for ago in range(days.REMEMBERED_DAYS, 0, -1))


def _add_up(store: EventStore, site_id: UUID, zone: ZoneInfo, starts: Sequence[datetime], known: days.Known) -> bool:
    """Adds up one day; False where its visits were written again meanwhile."""
    start, end = starts[-2:]
    params: dict[str, Parameter] = {
        "site": site_id,
        "zone": zone.key,
        "start": start,
        "end": end,
        "version": known.written,
        "starts": [0, *(int(one.timestamp()) for one in starts[:-1])],
    }
    store.run(_insert(_VALUES), params)
    again = days.known(store, site_id, zone.key, [start, end]).get(known.start)
    if again is None or again.written != known.written:
        return False
    # Last the row of all visits, which says that those of the values are there.
    store.run(_insert(_ALL), params)
    days.were_added(site_id, zone.key)
    return True


_BUSY = """
SELECT site_id, min(first) AS first, max(last) AS last FROM (
  SELECT site_id, min(hour) AS first, max(hour) AS last FROM site_changes
  WHERE hour >= {since:DateTime64(3)} GROUP BY site_id, toStartOfDay(hour) HAVING sum(written) * 2 >= {many:UInt64}
) GROUP BY site_id ORDER BY site_id
"""

_WHERE = (
    "WHERE site_id = {site:UUID} AND NOT is_deleted AND started_at >= {start:DateTime64(3)} AND started_at < {end:DateTime64(3)}"
)
# When the visitor's last visit with the same value began, in seconds since 1970; 0 is never.
_LAST = f"if({{ago}} = {NEVER}, 0, toUnixTimestamp(started_at) - {{ago}})"
_TOLD = ", ".join(f"('{name}', toString({name}), {_LAST.format(ago=f'{name}_ago')})" for name in ("source", "country", "device"))


def _of_visits(told: str) -> str:
    return (
        "SELECT told.1 AS dimension, told.2 AS value, told.3 AS last, true AS is_first, pageviews, is_bounce, duration_ms,"  # noqa: S608
        f" 0 AS completions FROM site_sessions ARRAY JOIN [{told}] AS told {_WHERE}"
    )


def _of_list(name: str, pageviews: str, completions: int) -> str:
    """A page that a visit saw twice is two views of it and one visit: the second time, it is no time ago."""
    return (
        f"SELECT '{name}' AS dimension, toString(item) AS value, {_LAST.format(ago='ago')} AS last, ago > 0 AS is_first,"  # noqa: S608
        f" {pageviews} AS pageviews, is_bounce, duration_ms, {completions} AS completions"
        f" FROM site_sessions ARRAY JOIN {name}s AS item, {name}_ago AS ago {_WHERE}"
    )


_ALL = _of_visits("('', '', toUnixTimestamp(previous_at))")
_VALUES = " UNION ALL ".join(
    (
        _of_visits(_TOLD),
        _of_list("page", pageviews="1", completions=0),
        _of_list("goal", pageviews="if(ago > 0, pageviews, 0)", completions=1),
    )
)


def _insert(visits: str) -> str:
    # A visitor whose last visit with the value was on the same day is one of an earlier visit in every period.
    return f"""
INSERT INTO site_days (site_id, zone, dimension, starts_at, value, ends_at, version, sessions, pageviews, bounces, duration_ms,
  completions, last_days, last_counts)
SELECT {{site:UUID}}, {{zone:String}}, dimension, {{start:DateTime64(3)}}, value, {{end:DateTime64(3)}}, {{version:UInt64}},
  sum(part.sessions), sum(part.pageviews), sum(part.bounces), sum(part.duration_ms), sum(part.completions),
  groupArrayIf(last_day, part.sessions > 0 AND last_day < toUnixTimestamp({{start:DateTime64(3)}})),
  groupArrayIf(part.sessions, part.sessions > 0 AND last_day < toUnixTimestamp({{start:DateTime64(3)}}))
FROM (
  SELECT dimension, value, roundDown(last, {{starts:Array(UInt32)}}) AS last_day, countIf(is_first) AS sessions,
    sum(visits.pageviews) AS pageviews, countIf(is_first AND is_bounce) AS bounces,
    sumIf(visits.duration_ms, is_first) AS duration_ms, sum(visits.completions) AS completions
  FROM ({visits}) AS visits GROUP BY dimension, value, last_day
) AS part GROUP BY dimension, value
"""  # noqa: S608 -- own words
