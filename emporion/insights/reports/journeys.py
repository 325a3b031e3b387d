"""Who came and what they did: lists of visitors, their visits step by step, who is here now, and where people go next."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from emporion.insights.reports import compiling
from emporion.insights.reports.sql import Bound, Sql
from emporion.insights.reports.types import JourneyStep, NextStep, Page, ReportQuery, Session, Visitor, VisitorList
from emporion.store import EventStore

_LONGEST_VISIT = timedelta(days=1)
_MOST_STEPS = 5_000
_SESSION = """
  visitor_id, started_at, started_at + toIntervalMillisecond(duration_ms) AS ended_at, number, source, channel, referrer,
  utm_source, utm_medium, utm_campaign, utm_term, utm_content, entry_path, exit_path, country, region, city, device, browser,
  system, user_ref, pageviews,
  arrayDistinct(goals) AS reached
"""
# The nth step of a kind is the nth page or goal of the visit; other steps have no name here.
STEP_NAMES = (
    "arrayMap((kind, nth) -> multiIf(kind = 'pageview', toString(pages[nth]), kind = 'goal', toString(goals[nth]), ''),"
    " step_kinds, arrayEnumerateUniq(step_kinds))"
)


class _Visit(msgspec.Struct):
    visitor_id: UUID
    started_at: datetime
    ended_at: datetime
    number: int
    source: str
    channel: str
    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    entry_path: str
    exit_path: str
    country: str
    region: str
    city: str
    device: str
    browser: str
    system: str
    user_ref: str
    pageviews: int
    reached: tuple[str, ...]


class _Live(_Visit):
    step_ms: tuple[int, ...]
    step_kinds: tuple[str, ...]
    step_names: tuple[str, ...]


class _Step(msgspec.Struct):
    occurred_at: datetime
    kind: str
    name: str
    host: str
    path: str
    params: dict[str, str]


class _Visitor(msgspec.Struct):
    visitor_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    sessions: int
    pageviews: int
    goals: tuple[str, ...]
    source: str
    channel: str
    country: str
    region: str
    city: str
    device: str
    browser: str
    system: str
    user_ref: str
    count: int


class _Paid(msgspec.Struct):
    visitor_id: UUID
    payments: int
    revenue_minor: int


class _Next(msgspec.Struct):
    path: str
    times: int
    total: int


def visitors(store: EventStore, query: ReportQuery, page: Page, among: Sql | None = None) -> VisitorList:
    """The visitors of a period, those who were here last first; `among` is a question for those who are wanted."""
    where = compiling.sessions_where(query, query.period)
    latest = ", ".join(
        f"argMax({name}, started_at) AS {name}"
        for name in ("source", "channel", "country", "region", "city", "device", "browser", "system")
    )
    params: dict[str, Bound] = {**(among.params if among else {}), **where.params}
    wanted = f" AND visitor_id IN ({among.text})" if among else ""
    search = ""
    if page.search:
        in_name = "positionCaseInsensitiveUTF8(user_ref, {search:String}) > 0"
        search = f" HAVING {in_name} OR startsWith(toString(visitor_id), {{search:String}})"
        params["search"] = page.search
    found = store.rows(
        f"SELECT visitor_id, min(started_at) AS first_seen_at, max(ended) AS last_seen_at, count() AS sessions,"  # noqa: S608 -- own words
        f" sum(views) AS pageviews, groupUniqArrayArray(goals) AS goals, {latest},"
        f" argMaxIf(ref, started_at, ref != '') AS user_ref, count() OVER () AS count"
        f" FROM (SELECT *, pageviews AS views, user_ref AS ref,"
        f" started_at + toIntervalMillisecond(duration_ms) AS ended {where.text}{wanted})"
        f" GROUP BY visitor_id{search} ORDER BY last_seen_at DESC, visitor_id LIMIT {int(page.limit)} OFFSET {int(page.offset)}",
        params,
        as_=_Visitor,
    )
    paid = _paid(store, query, [row.visitor_id for row in found])
    rows = []
    for row in found:
        fields = msgspec.structs.asdict(row)
        fields.pop("count")
        money = paid.get(row.visitor_id)
        worth = {"payments": money.payments, "revenue_minor": money.revenue_minor} if money else {}
        rows.append(Visitor(**{**fields, "goals": tuple(sorted(row.goals)), **worth}))
    return VisitorList(rows=tuple(rows), count=found[0].count if found else 0)


def _paid(store: EventStore, query: ReportQuery, ids: list[UUID]) -> dict[UUID, _Paid]:
    """What these visitors were worth in the period, whichever visits earned it."""
    if not ids:
        return {}
    where = compiling.credits_where(query, query.period)
    rows = store.rows(
        f"SELECT visitor_id, {compiling.credit_figures(query.model)} {where.text} AND visitor_id IN {{ids:Array(UUID)}}"
        " GROUP BY visitor_id",
        {**where.params, "ids": [str(one) for one in ids]},
        as_=_Paid,
    )
    return {row.visitor_id: row for row in rows}


def sessions_of_visitor(store: EventStore, site_id: UUID, visitor_id: UUID) -> tuple[Session, ...]:
    """All visits of a visitor with every step, the latest first."""
    asked: dict[str, Bound] = {"site": site_id, "visitor": visitor_id}
    whose = "site_id = {site:UUID} AND visitor_id = {visitor:UUID}"
    visits = store.rows(
        f"SELECT {_SESSION} FROM site_sessions WHERE NOT is_deleted AND (site_id, started_at, visitor_id) IN"  # noqa: S608 -- own words
        f" (SELECT site_id, occurred_at, visitor_id FROM site_events WHERE {whose}) ORDER BY started_at DESC",
        asked,
        as_=_Visit,
    )
    steps = store.rows(
        f"SELECT occurred_at, kind, name, host, path, params FROM site_events WHERE {whose}"  # noqa: S608 -- own words
        f" ORDER BY occurred_at DESC, event_id DESC LIMIT 1 BY event_id LIMIT {_MOST_STEPS}",
        asked,
        as_=_Step,
    )
    return tuple(_session(visit, _within(visit, steps)) for visit in visits)


def _within(visit: _Visit, steps: Iterable[_Step]) -> tuple[JourneyStep, ...]:
    return tuple(
        JourneyStep(at=step.occurred_at, kind=step.kind, name=step.name, host=step.host, path=step.path, params=step.params)
        for step in sorted(steps, key=lambda step: step.occurred_at)
        if visit.started_at <= step.occurred_at <= visit.ended_at
    )


def _session(visit: _Visit, steps: tuple[JourneyStep, ...]) -> Session:
    fields = {name: getattr(visit, name) for name in _Visit.__struct_fields__ if name != "reached"}
    return Session(**fields, goals=visit.reached, steps=steps)


def live_sessions(store: EventStore, site_id: UUID, minutes: int, now: datetime, limit: int = 500) -> tuple[Session, ...]:
    """The visits with a step in the last minutes, those with the latest step first."""
    found = store.rows(
        f"SELECT {_SESSION}, step_ms, step_kinds, {STEP_NAMES} AS step_names FROM site_sessions"  # noqa: S608 -- own words
        " WHERE site_id = {site:UUID} AND NOT is_deleted"
        " AND started_at >= {day:DateTime64(3)} AND started_at <= {until:DateTime64(3)}"
        f" AND ended_at >= {{since:DateTime64(3)}} ORDER BY ended_at DESC, visitor_id LIMIT {int(limit)}",
        {
            "site": site_id,
            "day": now - _LONGEST_VISIT,
            "until": now + timedelta(minutes=5),
            "since": now - timedelta(minutes=minutes),
        },
        as_=_Live,
    )
    return tuple(_session(visit, _live_steps(visit)) for visit in found)


def _live_steps(visit: _Live) -> tuple[JourneyStep, ...]:
    return tuple(
        JourneyStep(
            at=visit.started_at + timedelta(milliseconds=after),
            kind=kind,
            name="" if kind == "pageview" else name,
            path=name if kind == "pageview" else "",
        )
        for after, kind, name in zip(visit.step_ms, visit.step_kinds, visit.step_names, strict=True)
    )


def next_steps(store: EventStore, query: ReportQuery, path: str, limit: int) -> tuple[NextStep, ...]:
    """Where the visits of a period went from a page, the commonest first; an empty path is the end of the visit."""
    where = compiling.sessions_where(query, query.period)
    following = (
        "arrayFilter((to, at) -> at = {path:String}, arrayPushBack(arrayPopFront(arrayMap(p -> toString(p), pages)), ''), pages)"
    )
    found = store.rows(
        f"SELECT arrayJoin({following}) AS path, count() AS times, sum(times) OVER () AS total"
        f" {where.text} AND has(pages, {{path:String}}) GROUP BY path ORDER BY times DESC, path LIMIT {int(limit)}",
        {**where.params, "path": path},
        as_=_Next,
    )
    return tuple(NextStep(path=row.path, count=row.times, of=row.total) for row in found)
