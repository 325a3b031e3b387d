"""The totals of days that another product counted, summed over a period; every question begins at the actor, who sees it.

Visitors of several days are those of each day added up: totals do not tell who came again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Max, Min, QuerySet, Sum

from emporion.insights.imports.models import ImportedDay
from emporion.insights.imports.types import Total
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor

SHOWN = 10
_COUNTS = ("visitors", "visits", "pageviews", "bounces", "duration_seconds")
_SUMS = {name: Sum(name) for name in _COUNTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Sums of one value, or of a month or a day."""

    value: str = ""
    day: date | None = None
    visitors: int = 0
    visits: int = 0
    pageviews: int = 0
    bounces: int = 0
    duration_seconds: int = 0

    @property
    def bounce_rate(self) -> float | None:
        """The share of visits that saw one page."""
        return self.bounces / self.visits if self.visits else None

    @property
    def average_seconds(self) -> int | None:
        """How long a visit went on."""
        return round(self.duration_seconds / self.visits) if self.visits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From which to which day there are totals."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was counted elsewhere in a year, or in all of them; lists hold the most frequent values."""

    span: Span
    years: tuple[int, ...]
    year: int | None
    total: Counted
    days: tuple[Counted, ...]
    lists: tuple[tuple[Total, tuple[Counted, ...]], ...]


def span_of(actor: Actor, site_id: UUID) -> Span | None:
    """From which to which day there are totals of a website; nothing where there are none."""
    return _span(_rows(actor, site_id))


def history(actor: Actor, site_id: UUID, *, year: int | None) -> History | None:
    """The totals of a website; nothing where there are none."""
    rows = _rows(actor, site_id)
    span = _span(rows)
    if span is None:
        return None
    years = tuple(range(span.last.year, span.first.year - 1, -1))
    asked = rows.filter(day__year=year) if year in years else rows
    whole = asked.filter(dimension=Total.DAY)
    return History(
        span=span,
        years=years,
        year=year if year in years else None,
        total=_counted(whole.aggregate(**_SUMS)),
        days=tuple(_counted(row, day=row["day"]) for row in whole.values("day").annotate(**_SUMS).order_by("day")),
        lists=tuple((kind, _list(asked.filter(dimension=kind))) for kind in Total if kind is not Total.DAY),
    )


def _rows(actor: Actor, site_id: UUID) -> "QuerySet[ImportedDay]":
    return ImportedDay.objects.filter(site_id=site_of(actor, site_id).id)


def _span(rows: "QuerySet[ImportedDay]") -> Span | None:
    found = rows.filter(dimension=Total.DAY).aggregate(first=Min("day"), last=Max("day"))
    return Span(first=found["first"], last=found["last"]) if found["first"] else None


def _list(rows: "QuerySet[ImportedDay]") -> tuple[Counted, ...]:
    found = rows.values("value").annotate(**_SUMS).order_by("-visitors", "value")[:SHOWN]
    return tuple(_counted(row, value=row["value"]) for row in found)


def _counted(row: Mapping[str, object], *, value: str = "", day: date | None = None) -> Counted:
    visitors, visits, pageviews, bounces, seconds = (int(str(row[name] or 0)) for name in _COUNTS)
    return Counted(
        value=value, day=day, visitors=visitors, visits=visits, pageviews=pageviews, bounces=bounces, duration_seconds=seconds
    )
