"""What the calls of APIs were like, from what was counted as they arrived. Every question begins at the actor.

Jobs pass `Actor.system(organisation_id)`. Stretches are half-open. Exact to the millisecond, except that times are off by less
than half a percent and distinct customers are counted by a sketch past 65,000.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

import msgspec

from emporion.nexus.apis import counting
from emporion.nexus.apis.asking import event_store, seen, soon
from emporion.nexus.apis.calls import failed_calls, quota, quotas
from emporion.nexus.apis.counting import DIMENSIONS, FAILED, MADE, Sql, union
from emporion.nexus.apis.rules import HALF_DAY, HOUR, MINUTE, Piece, floor, pieces
from emporion.nexus.apis.types import Felt, Figures, Impact, Minute, Moment, Point, Scope, Slice, Usual
from emporion.plumbing.types import Actor

__all__ = [
    "by_api",
    "by_value",
    "courses",
    "event_store",
    "failed_calls",
    "figures",
    "impact",
    "minutes",
    "minutes_by_api",
    "moments_by_api",
    "quota",
    "quotas",
    "series",
    "usual",
]
DAY = timedelta(days=1)
SHOWN_FEATURES, SHOWN_CUSTOMERS = 20, 10
LONGEST_CALL = timedelta(minutes=5)  # of those whose end is looked for; a longer one is part of its minute only


class _Row(msgspec.Struct):
    calls: int = 0
    failures: int = 0
    waited: int = 0
    quantiles: list[float] = []
    first_quantiles: list[float] = []
    input_tokens: int = 0
    output_tokens: int = 0
    cost_picos: int = 0
    outcomes: dict[str, int] = {}
    api_id: UUID | None = None
    slot: int = 0
    value: str = ""


class _Count(msgspec.Struct):
    slot: int
    calls: int
    failures: int
    throttled: int
    cost_picos: int
    p95: float | None = None
    api_id: UUID | None = None


class _Ended(msgspec.Struct):
    api_id: UUID
    slot: int
    calls: int
    failures: int


class _Hit(msgspec.Struct):
    calls: int = 0
    failed_calls: int = 0
    customers: int = 0
    name: str = ""


class _Hour(msgspec.Struct):
    api_id: UUID
    at: datetime
    calls: int
    failures: int
    p95: float | None


def figures(actor: Actor, scope: Scope, since: datetime, until: datetime, *, is_open: bool = False) -> Figures:
    """The figures of the calls in a scope; `is_open` where the stretch ends now, which is faster."""
    seen(actor, scope)
    rows = _ask(counting.figures(scope, since, until, is_open=is_open)) if since < until else []
    return _figures(rows[0] if rows else _Row(), since, until)


def by_api(actor: Actor, project_id: UUID, since: datetime, until: datetime, *, is_open: bool = False) -> Mapping[UUID, Figures]:
    """The figures of each API of a project that was called, without the first token; `is_open` where the stretch ends now."""
    scope = seen(actor, Scope(project_id=project_id))
    asked = counting.figures(scope, since, until, by="api_id", kept=counting.TIMED, is_open=is_open)
    rows = _ask(asked) if since < until else []
    return {row.api_id: _figures(row, since, until) for row in rows if row.api_id is not None}


def by_value(
    actor: Actor, scope: Scope, since: datetime, until: datetime, dimension: str, *, is_timed: bool = True
) -> list[Slice]:
    """The figures by the values of a dimension (one of `DIMENSIONS`), most calls first; without a value it is empty.

    Without the first token; `is_timed` off leaves all times out, which makes weeks ten times as fast.
    """
    seen(actor, scope)
    if dimension not in DIMENSIONS:
        raise ValueError(dimension)
    sql = counting.figures(scope, since, until, by=dimension, kept=counting.TIMED if is_timed else counting.SUMS)
    text = sql.text.replace(f"SELECT {dimension},", f"SELECT toString({dimension}) AS value,", 1)
    found = [Slice(value=row.value, figures=_figures(row, since, until)) for row in _ask(Sql(text=text, params=sql.params))]
    return sorted(found, key=lambda one: (-one.figures.calls, one.value))


def minutes(actor: Actor, scope: Scope, since: datetime, until: datetime) -> list[Minute]:
    """Every minute of a stretch, oldest first, those without calls too; `since` is cut down to its minute."""
    seen(actor, scope)
    since = floor(since, MINUTE)
    source = "calls" if counting.is_narrow(scope) or scope.customer else "minutes"
    sql = counting.series(scope, (Piece(source=source, since=since, until=until),), 60)
    found = {row.slot: _minute(row) for row in _ask(sql)}
    return _filled(found, since, until)


def minutes_by_api(
    actor: Actor, project_id: UUID, since: datetime, until: datetime, api_id: UUID | None = None
) -> Mapping[UUID, list[Minute]]:
    """The minutes of every API of a project that was called in the stretch, without times: what detection reads at once."""
    scope = seen(actor, Scope(project_id=project_id, api_id=api_id))
    since = floor(since, MINUTE)
    sql = counting.series(scope, (Piece(source="minutes", since=since, until=until),), 60, by_api=True, full=False)
    found: dict[UUID, dict[int, Minute]] = {}
    for row in event_store().rows(sql.text, sql.params, as_=_Count):
        if row.api_id is not None:
            found.setdefault(row.api_id, {})[row.slot] = Minute(
                at=_moment(row.slot), calls=row.calls, failures=row.failures, throttled=row.throttled, cost_picos=row.cost_picos
            )
    return {api_id: _filled(rows, since, until) for api_id, rows in found.items()}


def moments_by_api(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> Mapping[UUID, list[Moment]]:
    """The calls of every API by the second in which they *ended*, oldest first: what failed a moment ago, read from calls.

    A call is counted where it ends because a refusal comes at once: of the calls that began a moment ago, those that fail fast
    are the first that anybody knows of, and would look like an outage.
    """
    scope = seen(actor, Scope(project_id=project_id))
    where, params = counting.raw_where(scope, since - LONGEST_CALL, until)
    ended = "occurred_at + toIntervalMicrosecond(duration_us)"
    text = f"""SELECT api_id, toUnixTimestamp({ended}) AS slot,
      countIf({MADE}) AS calls, countIf({FAILED}) AS failures
      FROM api_calls WHERE {where} AND {ended} >= {{ended:DateTime64(3)}}
      GROUP BY api_id, slot HAVING calls > 0 ORDER BY api_id, slot"""  # noqa: S608 -- own words
    found: dict[UUID, list[Moment]] = {}
    for row in event_store().rows(text, {**params, "ended": since}, as_=_Ended):
        found.setdefault(row.api_id, []).append(Moment(at=_moment(row.slot), calls=row.calls, failures=row.failures))
    return found


def series(actor: Actor, scope: Scope, since: datetime, until: datetime, step: timedelta) -> list[Point]:
    """A chart of a scope: a point for each step, oldest first; `since` is cut down to its step, the last one may be partial."""
    seen(actor, scope)
    since, seconds = floor(since, step), int(step.total_seconds())
    piece = Piece(source=_source(scope, step), since=since, until=until)
    found = {row.slot: row for row in _ask(counting.series(scope, (piece,), seconds))}
    points = []
    for number in range(max(0, -(-int((until - since).total_seconds()) // seconds))):
        at = since + number * step
        row = found.get(int(at.timestamp()), _Row())
        points.append(Point(at=at, figures=_figures(row, at, at + step), is_partial=at + step > until))
    return points


def _source(scope: Scope, step: timedelta) -> str:
    """Where the steps of a chart are counted."""
    if step % HALF_DAY == timedelta() and counting.is_plain(scope):
        return "half_days"
    is_narrow = counting.is_narrow(scope)
    if scope.customer or (is_narrow and step < HOUR):
        return "calls"
    return ("hours" if is_narrow else "hour_totals") if step >= HOUR else "minutes"


def courses(
    actor: Actor, project_id: UUID, since: datetime, until: datetime, step: timedelta
) -> Mapping[UUID, tuple[float, ...]]:
    """The failure rate of each API step by step, for the small lines on cards; a step without calls is 0."""
    scope = seen(actor, Scope(project_id=project_id))
    since, seconds = floor(since, step), int(step.total_seconds())
    parts = (Piece(source="minutes", since=since, until=until),)
    sql = counting.series(scope, parts, seconds, by_api=True, full=False)
    steps = max(0, -(-int((until - since).total_seconds()) // seconds))
    first = int(since.timestamp())
    found: dict[UUID | None, list[float]] = {}
    for row in event_store().rows(sql.text, sql.params, as_=_Count):
        course = found.setdefault(row.api_id, [0.0] * steps)
        course[(row.slot - first) // seconds] = row.failures / row.calls if row.calls else 0.0
    return {api_id: tuple(course) for api_id, course in found.items() if api_id is not None}


def usual(actor: Actor, project_id: UUID, now: datetime, api_id: UUID | None = None) -> Mapping[UUID, Usual]:
    """What each API is like at this hour of the week: the median of four weeks, or of seven days where fewer than two tell."""
    scope = seen(actor, Scope(project_id=project_id))
    hour = floor(now, HOUR)
    weekly, daily = {hour - 7 * DAY * n for n in range(1, 5)}, {hour - DAY * n for n in range(1, 8)}
    hours = sorted(weekly | daily)
    text = f"""SELECT api_id, at, {counting.HOURLY} FROM api_hour_totals AS counted
      WHERE project_id = {{project:UUID}} AND ({{api:Nullable(UUID)}} IS NULL OR api_id = {{api:Nullable(UUID)}})
        AND at >= {{since:DateTime64(3)}} AND toUnixTimestamp(at) IN {{hours:Array(UInt32)}}
      GROUP BY api_id, at SETTINGS final = 0"""  # noqa: S608 -- own words
    asked: counting.Params = {
        "project": scope.project_id,
        "api": api_id,
        "since": hours[0],
        "hours": [int(one.timestamp()) for one in hours],
    }
    rows = event_store().rows(text, asked, as_=_Hour)
    found: dict[UUID, list[_Hour]] = {}
    for row in rows:
        found.setdefault(row.api_id, []).append(row)
    return {api_id: _usual(api_id, hours, weekly) for api_id, hours in found.items()}


def impact(actor: Actor, scope: Scope, since: datetime, until: datetime) -> Impact:
    """Who feels the failures in a scope, counted from the calls; active are those who called anything of the project.

    A stretch without length was felt by nobody.
    """
    seen(actor, scope)
    if since >= until:
        return Impact(since=since, until=until)
    inner, params = union(Scope(project_id=scope.project_id), pieces(since, until), values=("customers",))
    asked = f"SELECT uniqMerge(customers) FROM ({inner}) SETTINGS final = 0"  # noqa: S608 -- own words
    active = soon(event_store().value, asked, params, as_=int)
    features = soon(_hits, scope, since, until, "feature", SHOWN_FEATURES)
    people = soon(_hits, scope, since, until, "customer", SHOWN_CUSTOMERS)
    cost = soon(_ask, counting.figures(scope, since, until, kept=counting.COUNTS))
    total = _hits(scope, since, until, "", 1)[0]
    length = max(1.0, (until - since) / MINUTE)
    return Impact(
        since=since,
        until=until,
        calls=total.calls,
        failed_calls=total.failed_calls,
        customers=total.customers,
        active_customers=active.result(),
        cost_picos_per_minute=int(sum(row.cost_picos for row in cost.result()) / length),
        features=tuple(_felt(one) for one in features.result()),
        top_customers=tuple(_felt(one) for one in people.result()),
    )


def _hits(scope: Scope, since: datetime, until: datetime, by: str, limit: int) -> list[_Hit]:
    where, params = counting.raw_where(scope, since, until)
    group = (
        f" AND {FAILED} AND {by} != '' GROUP BY {by} ORDER BY customers DESC, failed_calls DESC, name LIMIT {limit}" if by else ""
    )
    text = f"""SELECT {f"{by} AS name, " if by else ""}countIf({MADE}) AS calls, countIf({FAILED}) AS failed_calls,
      uniqExactIf(customer, customer != '' AND {FAILED}) AS customers
      FROM api_calls WHERE {where}{group}"""  # noqa: S608 -- own words
    return event_store().rows(text, params, as_=_Hit)


def _felt(hit: _Hit) -> Felt:
    return Felt(name=hit.name, customers=hit.customers, failed_calls=hit.failed_calls)


def _ask(sql: Sql) -> list[_Row]:
    return event_store().rows(sql.text, sql.params, as_=_Row)


def _figures(row: _Row, since: datetime, until: datetime) -> Figures:
    times = [value / 1000 for value in row.quantiles] if row.waited else [None, None, None]
    return Figures(
        since=since,
        until=until,
        calls=row.calls,
        failures=row.failures,
        p50_ms=times[0],
        p95_ms=times[1],
        p99_ms=times[2],
        first_token_p95_ms=_first_token(row),
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_picos=row.cost_picos,
        outcomes=row.outcomes,
    )


def _first_token(row: _Row) -> float | None:
    first = row.first_quantiles[1] if row.first_quantiles else None
    return first / 1000 if first and first > 0 else None


def _minute(row: _Row) -> Minute:
    return Minute(
        at=_moment(row.slot),
        calls=row.calls,
        failures=row.failures,
        throttled=row.outcomes.get("throttled", 0),
        p95_ms=row.quantiles[1] / 1000 if row.waited else None,
        cost_picos=row.cost_picos,
        first_token_p95_ms=_first_token(row),
    )


def _filled(found: Mapping[int, Minute], since: datetime, until: datetime) -> list[Minute]:
    start, end = int(since.timestamp()), until.timestamp()
    return [found.get(slot) or Minute(at=_moment(slot)) for slot in range(start, int(end) + (end > int(end)), 60)]


def _moment(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, tz=UTC)


def _usual(api_id: UUID, hours: Sequence[_Hour], weekly: set[datetime]) -> Usual:
    of_week = [one for one in hours if one.at in weekly]
    chosen = of_week if len(of_week) > 1 else hours
    times = [one.p95 / 1000 for one in chosen if one.p95]
    calls, failures = sum(one.calls for one in chosen), sum(one.failures for one in chosen)
    return Usual(
        api_id=api_id,
        p95_ms=median(times) if times else None,
        calls_an_hour=median(one.calls for one in chosen),
        failure_rate=failures / calls if calls else 0.0,
    )
