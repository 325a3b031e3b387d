"""Days of many visits, added up once they are over, so that a month of ten million visits is read from thousands of rows.

A day that was added up holds as long as no visit of it is written again, which the store counts; whatever does not hold is read
from the visits themselves. Nothing is estimated: visitors of a period are the visits whose visitor's last one with the same value
began before it, so it is kept of each day how many there are of each earlier day.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec

from emporion.insights.reports import periods
from emporion.insights.reports.sql import Bound, Sql
from emporion.insights.reports.types import Dimension, Interval, Period
from emporion.store import EventStore

REMEMBERED_DAYS = 800
MOST_STRETCHES = 8
_NONE_SECONDS = 60.0
_MOST_REMEMBERED = 10_000

# Until when a website is taken to have nothing added up. Most never have; to read their visits is right in any case.
_HAS_NONE: dict[tuple[UUID, str], float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One whole day, and the version of its figures that holds."""

    start: datetime
    end: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """The days of a period that are added up, and the stretches between them that are not."""

    zone: str
    days: tuple[Day, ...]
    rest: tuple[Period, ...]


class Known(msgspec.Struct):
    """A day by its start: how often its visits were written, and how often they had been when it was added up."""

    start: int
    written: int
    version: int


def covered(store: EventStore, site_id: UUID, period: Period) -> Covered | None:
    """What of a period is added up; `None` where nothing is, or too scattered to be worth it."""
    starts = days_of(period)
    if len(starts) < 2 or _HAS_NONE.get((site_id, period.zone), 0.0) > time.monotonic():
        return None
    found = known(store, site_id, period.zone, starts)
    if not any(one.version for one in found.values()) and not store.value(_ANY, {"site": site_id, "zone": period.zone}, as_=int):
        _remember_none(site_id, period.zone)
    days = [
        Day(start=start, end=end, version=one.version)
        for start, end in pairwise(starts)
        if (one := found.get(int(start.timestamp()))) is not None and one.version == one.written
    ]
    rest = tuple(_rest(period, days))
    if not days or len(rest) > MOST_STRETCHES:
        return None
    return Covered(zone=period.zone, days=tuple(days), rest=rest)


def _remember_none(site_id: UUID, zone: str) -> None:
    if len(_HAS_NONE) >= _MOST_REMEMBERED:
        _HAS_NONE.clear()
    _HAS_NONE[site_id, zone] = time.monotonic() + _NONE_SECONDS


def were_added(site_id: UUID, zone: str) -> None:
    """Days of a website were added up: they are asked for from now on."""
    _HAS_NONE.pop((site_id, zone), None)


def days_of(period: Period) -> list[datetime]:
    """Where the whole days of a period begin, and the last of them ends; none where the period does not begin with a day."""
    zone = periods.zone_of(period)
    if period.start != periods.step_start(period.start, Interval.DAY, zone):
        return []
    starts = list(periods.steps(period, Interval.DAY))
    if period.end == periods.step_start(period.end, Interval.DAY, zone):
        starts.append(period.end)
    return starts if len(starts) <= REMEMBERED_DAYS else []


def _rest(period: Period, days: Sequence[Day]) -> Iterator[Period]:
    reached = period.start
    for day in days:
        if day.start > reached:
            yield Period(start=reached, end=day.start, zone=period.zone)
        reached = day.end
    if reached < period.end:
        yield Period(start=reached, end=period.end, zone=period.zone)


def known(store: EventStore, site_id: UUID, zone: str, starts: Sequence[datetime]) -> Mapping[int, Known]:
    """Of each day with visits, how often they were written and which version is added up; the last of `starts` is an end."""
    found = store.rows(
        _KNOWN,
        {
            "site": site_id,
            "zone": zone,
            "starts": [int(start.timestamp()) for start in starts[:-1]],
            "ends": [int(end.timestamp()) for end in starts[1:]],
            "first": starts[0] - timedelta(hours=1),
            "last": starts[-1],
        },
        as_=Known,
    )
    return {one.start: one for one in found}


# An hour that two days share, as some zones have it, counts for both. So few rows take half as long again on two threads.
_KNOWN = """
SELECT start, sum(part.written) AS written, max(part.version) AS version FROM (
  SELECT arrayJoin(arrayDistinct([
      roundDown(toUnixTimestamp(hour), {starts:Array(UInt32)}), roundDown(toUnixTimestamp(hour) + 3599, {starts:Array(UInt32)})
    ])) AS start, sum(written) AS written, toUInt64(0) AS version
  FROM site_changes
  WHERE site_id = {site:UUID} AND hour > {first:DateTime64(3)} AND hour < {last:DateTime64(3)} GROUP BY start
  UNION ALL
  SELECT toUnixTimestamp(starts_at) AS start, 0 AS written, version FROM site_days
  WHERE site_id = {site:UUID} AND zone = {zone:String} AND dimension = ''
    AND toUnixTimestamp(ends_at) = transform(start, {starts:Array(UInt32)}, {ends:Array(UInt32)}, toUInt32(0))
) AS part GROUP BY start SETTINGS max_threads = 1
"""


_ANY = "SELECT count() FROM (SELECT 1 FROM site_days WHERE site_id = {site:UUID} AND zone = {zone:String} LIMIT 1)"


def series(whole: Covered, starts: Sequence[datetime]) -> Sql:
    """The figures of the days by step, as those of the visits themselves are asked."""
    step = "roundDown(toUnixTimestamp(starts_at), {starts:Array(UInt32)})"
    text = (
        f"SELECT {step} AS step, {_visitors(step)} AS visitors, {_visitors(_PERIOD)} AS newcomers, {_SUMS}"
        f" {_where(whole)} AND dimension = '' GROUP BY step"
    )
    return Sql(text=text, params={**_params(whole), "starts": [int(start.timestamp()) for start in starts]})


def values(whole: Covered, dimensions: Sequence[Dimension]) -> Sql:
    """The figures of the days by dimension and value."""
    names = ", ".join(f"'{one.value}'" for one in dimensions)
    text = (
        f"SELECT toString(dimension) AS dimension, value, {_visitors(_PERIOD)} AS visitors, {_SUMS},"
        " sum(completions) AS completions"
        f" {_where(whole)} AND dimension IN ({names}) GROUP BY dimension, value"
    )
    return Sql(text=text, params=_params(whole))


_PERIOD = "toUnixTimestamp({start:DateTime64(3)})"
_SUMS = (
    "sum(site_days.sessions) AS sessions, sum(site_days.pageviews) AS pageviews, sum(site_days.bounces) AS bounces,"
    " sum(site_days.duration_ms) AS duration_ms"
)


def _visitors(since: str) -> str:
    return f"sum(arraySum((count, day) -> if(day < {since}, count, 0), last_counts, last_days))"


def _where(whole: Covered) -> str:
    # A day that was added up again meanwhile has a higher version; what only its older one had is no value any more.
    held = "version >= transform(toUnixTimestamp(starts_at), {days:Array(UInt32)}, {versions:Array(UInt64)}, toUInt64(-1))"
    return (
        "FROM site_days WHERE site_id = {site:UUID} AND zone = {zone:String}"
        f" AND starts_at >= {{start:DateTime64(3)}} AND starts_at < {{end:DateTime64(3)}} AND {held}"
    )


def _params(whole: Covered) -> dict[str, Bound]:
    return {
        "zone": whole.zone,
        "days": [int(day.start.timestamp()) for day in whole.days],
        "versions": [day.version for day in whole.days],
    }
