"""Reports about a website; every question begins at the actor, who sees the website or gets SiteNotFound."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.insights.goals.types import FunnelStep
from emporion.insights.reports import compiling, days, exporting, funnels, journeys, money, periods
from emporion.insights.reports.days import Covered
from emporion.insights.reports.exporting import ExportForm, ExportKind
from emporion.insights.reports.labels import label
from emporion.insights.reports.sql import Sql
from emporion.insights.reports.types import (
    Breakdown,
    Dashboard,
    Dimension,
    Figures,
    Funnel,
    FunnelPlace,
    NextStep,
    Overview,
    Page,
    Period,
    Point,
    ReportQuery,
    Row,
    Session,
    ShareList,
    VisitorList,
)
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor
from emporion.store import EventStore, shared_store
from emporion.store.priority import step_back

# What the dashboard shows before anybody opens another tab.
FIRST_DIMENSIONS = (Dimension.SOURCE, Dimension.PAGE, Dimension.COUNTRY, Dimension.DEVICE, Dimension.GOAL)
NOW_MINUTES = 5
# As many as the store has clients to spare; the writer keeps one.
_POOL = ThreadPoolExecutor(3, thread_name_prefix="reports", initializer=step_back)


class _Step(msgspec.Struct):
    step: int
    visitors: int = 0
    sessions: int = 0
    pageviews: int = 0
    bounces: int = 0
    duration_seconds: int = 0
    payments: int = 0
    paying_visitors: int = 0
    revenue_minor: int = 0


class _Value(msgspec.Struct):
    value: str
    count: int
    visitors: int
    sessions: int
    pageviews: int
    bounces: int
    duration_seconds: int
    payments: int
    paying_visitors: int
    revenue_minor: int
    completions: int


class _ValueOf(_Value):
    dimension: Dimension


class _Seen(msgspec.Struct):
    at: datetime


def event_store() -> EventStore:
    """Where the figures are."""
    return shared_store(settings.EVENTS_URL)


def dashboard(
    query: ReportQuery,
    *,
    actor: Actor,
    now: datetime | None = None,
    dimensions: tuple[Dimension, ...] = FIRST_DIMENSIONS,
    rows_compare: bool = False,
) -> Dashboard:
    """Everything that the dashboard of a website shows, with one breakdown by each of the dimensions.

    With `rows_compare` each row, too, has its figures in the period that is compared with, which takes half as long again.
    """
    site_of(actor, query.site_id)
    return _dashboard(query, now or utcnow(), dimensions, rows_compare=rows_compare)


def _dashboard(
    query: ReportQuery, now: datetime, dimensions: tuple[Dimension, ...] = FIRST_DIMENSIONS, *, rows_compare: bool = False
) -> Dashboard:
    """All questions of the page at once: while one reads, another counts. What is compared with waits for the rows to compare."""
    covered = _covered(query, query.period)
    lists = _ask_lists(query, dimensions, Page(), covered)
    here = _POOL.submit(_visitors_now, query.site_id, now)
    before = _covered(query, query.compared) if query.compared else None
    overview = _overview_of(query, now, covered, before)
    shown = lists.arrived()
    if rows_compare and overview.compared != Figures():  # beside nothing at all everything would be new
        shown = _compared(query, shown, before)
    return Dashboard(query=query, overview=overview, breakdowns=shown, visitors_now=here.result())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """Breakdowns that are on their way: those of lists take longest and go alone, the rest is read together."""

    dimensions: tuple[Dimension, ...]
    alone: "Mapping[Dimension, Future[list[_Value]]]"
    together: "Future[list[_ValueOf]]"

    def arrived(self) -> tuple[Breakdown, ...]:
        found: dict[Dimension, list[_Value]] = {one: rows.result() for one, rows in self.alone.items()}
        for row in self.together.result():
            found.setdefault(row.dimension, []).append(row)
        return tuple(_listed(one, found.get(one, [])) for one in self.dimensions)


def _ask_lists(query: ReportQuery, dimensions: tuple[Dimension, ...], page: Page, covered: Covered | None) -> _Lists:
    alone = {one: _asked(compiling.breakdown(query, one, page, covered), _Value) for one in dimensions if one in compiling.LISTS}
    plain = tuple(one for one in dimensions if one not in compiling.LISTS)
    together = _asked(compiling.breakdowns(query, plain, page, covered), _ValueOf)
    return _Lists(dimensions=dimensions, alone=alone, together=together)


def _compared(query: ReportQuery, shown: tuple[Breakdown, ...], covered: Covered | None) -> tuple[Breakdown, ...]:
    """The breakdowns, each row with its figures in the period that the question compares with."""
    values = tuple({row.value for one in shown for row in one.rows})
    if query.compared is None or not values:
        return shown
    # A value of one dimension that another one has, too, is a row too many, and is not looked at.
    page = Page(limit=len(values), values=values)
    dimensions = tuple(one.dimension for one in shown if one.rows or one.dimension not in compiling.LISTS)
    other = _ask_lists(replace(query, period=query.compared), dimensions, page, covered).arrived()
    before = {one.dimension: one for one in other}
    return tuple(_beside(one, before[one.dimension]) if one.rows else one for one in shown)


def _beside(found: Breakdown, other: Breakdown) -> Breakdown:
    """Each row with its figures of another period; nothing of all where it had none."""
    before = {row.value: row.figures for row in other.rows}
    return replace(found, rows=tuple(replace(row, compared=before.get(row.value, Figures())) for row in found.rows))


_Rows = TypeVar("_Rows", bound=msgspec.Struct)


def _covered(query: ReportQuery, period: Period) -> Covered | None:
    """What of a period is added up; with a filter, days say nothing."""
    return None if query.filters else days.covered(event_store(), query.site_id, period)


def _asked(sql: Sql, as_: type[_Rows]) -> "Future[list[_Rows]]":
    """One of several questions at once. Each then takes one thread: with more they wait for each other's, and merge twice."""
    store = event_store()
    text = f"{sql.text} SETTINGS max_threads = 1" if store.is_embedded else sql.text
    return _POOL.submit(store.rows, text, sql.params, as_=as_)


def overview(query: ReportQuery, *, actor: Actor, now: datetime | None = None) -> Overview:
    """The tiles and the line of a period, and those of the period that it is compared with."""
    site_of(actor, query.site_id)
    return _overview(query, now or utcnow())


def breakdown(query: ReportQuery, dimension: Dimension, page: Page, *, actor: Actor) -> Breakdown:
    """The figures by the values of a dimension."""
    site_of(actor, query.site_id)
    return _breakdown(query, dimension, page)


def breakdown_compared(query: ReportQuery, dimension: Dimension, page: Page, *, actor: Actor) -> Breakdown:
    """The same, each row with its figures in the period that the question compares with; nothing of all where it had none."""
    found = breakdown(query, dimension, page, actor=actor)
    if query.compared is None or not found.rows:
        return found
    values = tuple(row.value for row in found.rows)
    other = _breakdown(replace(query, period=query.compared), dimension, Page(limit=len(values), values=values))
    return _beside(found, other)


def goals(query: ReportQuery, *, actor: Actor) -> Breakdown:
    """How often each goal was reached, and by how many visitors."""
    return breakdown(query, Dimension.GOAL, Page(limit=1_000), actor=actor)


def visitors_now(site_id: UUID, *, actor: Actor, now: datetime | None = None) -> int:
    """How many visitors did something in the last five minutes."""
    site_of(actor, site_id)
    return _visitors_now(site_id, now or utcnow())


def visitors(query: ReportQuery, page: Page, *, actor: Actor) -> VisitorList:
    """The visitors of a period, those who were here last first."""
    site_of(actor, query.site_id)
    return journeys.visitors(event_store(), query, page)


def visitors_of_step(query: ReportQuery, at: FunnelPlace, page: Page, *, actor: Actor) -> VisitorList:
    """The visitors behind a number of a funnel, those who were here last first."""
    site_of(actor, query.site_id)
    return journeys.visitors(event_store(), query, page, funnels.whose(query, at))


def shares(query: ReportQuery, page: Page, *, actor: Actor, at: FunnelPlace | None = None) -> ShareList:
    """The payments behind the revenue of a period, or of those at a place of a funnel, the latest first, with their shares."""
    site_of(actor, query.site_id)
    return money.shares(event_store(), query, page, funnels.whose(query, at) if at else None)


def sessions_of_visitor(site_id: UUID, visitor_id: UUID, *, actor: Actor) -> tuple[Session, ...]:
    """All visits of a visitor with every step, the latest first; none for somebody whom the website never saw."""
    site_of(actor, site_id)
    return journeys.sessions_of_visitor(event_store(), site_id, visitor_id)


def live_sessions(site_id: UUID, minutes: int, *, actor: Actor, now: datetime | None = None) -> tuple[Session, ...]:
    """The visits with a step in the last minutes, those with the latest step first."""
    site_of(actor, site_id)
    return journeys.live_sessions(event_store(), site_id, minutes, now or utcnow())


def next_steps(query: ReportQuery, path: str, *, actor: Actor, limit: int = 5) -> tuple[NextStep, ...]:
    """Where the visits of a period went from a page, the commonest first; an empty path is the end of the visit."""
    site_of(actor, query.site_id)
    return journeys.next_steps(event_store(), query, path, limit)


def funnel(
    query: ReportQuery, steps: tuple[FunnelStep, ...], window_seconds: int, *, actor: Actor, by: Dimension | None = None
) -> Funnel:
    """The visitors who reached each of two to eight steps in their order, and what those were worth in the period."""
    site_of(actor, query.site_id)
    return funnels.funnel(event_store(), query, funnels.Asked(steps=steps, window_seconds=window_seconds, by=by))


def goal_last_seen(site_id: UUID, name: str, *, since: datetime, actor: Actor) -> datetime | None:
    """When a goal was last reached, if it was since a moment."""
    site_of(actor, site_id)
    found = event_store().rows(
        "SELECT max(occurred_at) AS at FROM site_events WHERE site_id = {site:UUID} AND kind = 'goal' AND name = {name:String}"
        " AND occurred_at >= {since:DateTime64(3)} HAVING count() > 0",
        {"site": site_id, "name": name, "since": since},
        as_=_Seen,
    )
    return found[0].at if found else None


def export_rows(query: ReportQuery, kind: ExportKind, form: ExportForm, *, actor: Actor) -> Iterator[bytes]:
    """The rows of a period, a piece at a time; visits and credits obey the filters of the question, events are all there are."""
    site_of(actor, query.site_id)
    return exporting.export_rows(event_store(), query, kind, form)


def _visitors_now(site_id: UUID, now: datetime) -> int:
    since = now - timedelta(minutes=NOW_MINUTES)
    return event_store().value(
        f"SELECT uniqExact({compiling.VISITOR}) FROM site_sessions WHERE site_id = {{site:UUID}} AND NOT is_deleted"  # noqa: S608
        " AND started_at >= {day:DateTime64(3)} AND started_at <= {now:DateTime64(3)}"
        " AND started_at + toIntervalMillisecond(duration_ms) >= {since:DateTime64(3)}",
        {"site": site_id, "day": now - timedelta(days=1), "now": now + timedelta(minutes=NOW_MINUTES), "since": since},
        as_=int,
    )


def _overview(query: ReportQuery, now: datetime) -> Overview:
    before = _covered(query, query.compared) if query.compared else None
    return _overview_of(query, now, _covered(query, query.period), before)


def _overview_of(query: ReportQuery, now: datetime, covered: Covered | None, before: Covered | None) -> Overview:
    this = _ask_series(query, query.period, covered)
    other = _ask_series(query, query.compared, before) if query.compared else None
    total, points = _series(query, this, now)
    if other is None:
        return Overview(total=total, compared=None, points=points)
    compared, compared_points = _series(query, other, now)
    return Overview(total=total, compared=compared, points=points, compared_points=compared_points)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line that is on its way: its steps, and the rows of visits and of money."""

    period: Period
    starts: tuple[datetime, ...]
    rows: tuple["Future[list[_Step]]", ...]


def _ask_series(query: ReportQuery, period: Period, covered: Covered | None) -> _Asked:
    starts = periods.steps(period, query.interval)
    asked = (compiling.session_series(query, period, starts, covered), compiling.credit_series(query, period, starts))
    return _Asked(period, starts, tuple(_asked(sql, _Step) for sql in asked))


def _series(query: ReportQuery, asked: _Asked, now: datetime) -> tuple[Figures, tuple[Point, ...]]:
    found: dict[int, _Step] = {}
    for rows in asked.rows:
        for row in rows.result():
            found[row.step] = _added(found.get(row.step), row)
    points = tuple(
        Point(
            start=start,
            figures=_figures(found.get(int(start.timestamp()))),
            is_partial=_is_partial(query, asked.period, start, now),
        )
        for start in asked.starts
    )
    return _figures(found.get(0)), points


def _added(one: _Step | None, other: _Step) -> _Step:
    if one is None:
        return other
    return _Step(one.step, *(getattr(one, name) + getattr(other, name) for name in compiling.FIGURES))


def _figures(found: _Step | _Value | None) -> Figures:
    return Figures() if found is None else Figures(**{name: getattr(found, name) for name in compiling.FIGURES})


def _is_partial(query: ReportQuery, period: Period, start: datetime, now: datetime) -> bool:
    """Whether a step is cut by the period's edges, or is not over yet."""
    zone = periods.zone_of(period)
    whole_end = periods.step_end(start, query.interval, zone)
    return start > periods.step_start(start, query.interval, zone) or whole_end > min(period.end, now)


def _breakdown(query: ReportQuery, dimension: Dimension, page: Page) -> Breakdown:
    return _listed(dimension, _values(query, dimension, page))


def _values(query: ReportQuery, dimension: Dimension, page: Page) -> list[_Value]:
    covered = _covered(query, query.period) if compiling.is_added_up(query, dimension) else None
    sql = compiling.breakdown(query, dimension, page, covered)
    return event_store().rows(sql.text, sql.params, as_=_Value)


def _listed(dimension: Dimension, found: list[_Value]) -> Breakdown:
    rows = tuple(
        Row(value=row.value, label=label(dimension, row.value), figures=_figures(row), completions=row.completions)
        for row in found
    )
    return Breakdown(dimension=dimension, rows=rows, count=found[0].count if found else 0)
