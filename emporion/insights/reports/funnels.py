"""How many visitors went through steps in their order, each within a window from the first."""

import re
from dataclasses import dataclass

import msgspec

from emporion.insights.goals.types import FunnelStep, StepKind
from emporion.insights.reports import compiling
from emporion.insights.reports.journeys import STEP_NAMES
from emporion.insights.reports.labels import label
from emporion.insights.reports.sql import Bound, Sql
from emporion.insights.reports.types import Dimension, Funnel, FunnelPart, FunnelPlace, FunnelResult, ReportQuery
from emporion.kernel.errors import Invalid
from emporion.store import EventStore

FEWEST_STEPS, MOST_STEPS = 2, 8
LONGEST_WINDOW_SECONDS = 366 * 86_400
_MOST_PARTS = 10


class _Level(msgspec.Struct):
    part: str
    level: int
    visitors: int
    revenue_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The steps of a funnel, the time to go through them, and what to tell its visitors apart by."""

    steps: tuple[FunnelStep, ...]
    window_seconds: int
    by: Dimension | None = None


def funnel(store: EventStore, query: ReportQuery, asked: Asked) -> Funnel:
    """The visitors who reached each step, and what those were worth in the period."""
    _check(asked)
    sql = _compile(query, asked)
    found = store.rows(sql.text, sql.params, as_=_Level)
    results = _results(asked.steps, found)
    if asked.by is None:
        return Funnel(results=results)
    by_part: dict[str, list[_Level]] = {}
    for level in found:
        by_part.setdefault(level.part, []).append(level)
    parts = [
        FunnelPart(value=value, label=label(asked.by, value), results=_results(asked.steps, levels))
        for value, levels in by_part.items()
    ]
    parts.sort(key=lambda part: (-part.results[0].visitors, part.value))
    return Funnel(results=results, parts=tuple(parts[:_MOST_PARTS]))


def whose(query: ReportQuery, at: FunnelPlace) -> Sql:
    """The question for the visitors who are meant by a place of a funnel."""
    asked = Asked(steps=at.steps, window_seconds=at.window_seconds, by=at.by)
    _check(asked)
    levels = _levels(query, asked)
    which = f"level = {int(at.number) - 1}" if at.is_left else f"level >= {int(at.number)}"
    which += " AND part = {part:String}" if at.by else ""
    text = f"SELECT visitor_id FROM ({levels.text}) WHERE {which}"  # noqa: S608 -- own words
    return Sql(text=text, params={**levels.params, "part": at.part})


def _check(asked: Asked) -> None:
    if not FEWEST_STEPS <= len(asked.steps) <= MOST_STEPS:
        raise Invalid(f"A funnel has {FEWEST_STEPS} to {MOST_STEPS} steps.", field="steps")
    if not 1 <= asked.window_seconds <= LONGEST_WINDOW_SECONDS:
        raise Invalid("The window of a funnel is between a second and a year.", field="window_seconds")
    if asked.by in (Dimension.PAGE, Dimension.GOAL):
        raise Invalid("A funnel is not told apart by pages or goals, of which a visit has many.", field="by")


def _results(steps: tuple[FunnelStep, ...], levels: list[_Level]) -> tuple[FunnelResult, ...]:
    return tuple(
        FunnelResult(
            step=step,
            visitors=sum(one.visitors for one in levels if one.level >= number),
            revenue_minor=sum(one.revenue_minor for one in levels if one.level >= number),
        )
        for number, step in enumerate(steps, 1)
    )


def _compile(query: ReportQuery, asked: Asked) -> Sql:
    levels, money = _levels(query, asked), compiling.credits_where(query, query.period)
    worth = f"SELECT visitor_id, {compiling.credit_figures(query.model)} {money.text} GROUP BY visitor_id"
    text = (
        "SELECT part, level, count() AS visitors, sum(worth.revenue_minor) AS revenue_minor"  # noqa: S608 -- own words
        f" FROM ({levels.text}) AS levels LEFT JOIN ({worth}) AS worth ON levels.visitor_id = worth.visitor_id"
        " GROUP BY part, level"
    )
    return Sql(text=text, params={**levels.params, **money.params})


def _levels(query: ReportQuery, asked: Asked) -> Sql:
    """How far each visitor came; who did not reach the first step is not there."""
    visits, money = compiling.sessions_where(query, query.period), compiling.credits_where(query, query.period)
    params: dict[str, Bound] = {**visits.params, **money.params, "window": asked.window_seconds * 1000}
    for number, step in enumerate(asked.steps):
        if step.kind is not StepKind.PURCHASE:
            params[f"step_{number}"] = _pattern(step.pattern)
    conditions = ", ".join(_condition(step, f"step_{number}") for number, step in enumerate(asked.steps))
    done = f"{_steps(visits, asked.by)} UNION ALL {_purchases(money)}"
    levels = (
        f"SELECT visitor_id, argMin(part, since) AS part, windowFunnel({{window:UInt64}})(at, {conditions}) AS level"  # noqa: S608
        f" FROM ({done}) GROUP BY visitor_id HAVING level > 0"
    )
    return Sql(text=levels, params=params)


def _steps(visits: Sql, by: Dimension | None) -> str:
    """Every step with its time and name; a visitor belongs to the part of their first visit."""
    part = compiling.column_of(by) if by else "''"
    joined = f" ARRAY JOIN step_ms AS after, step_kinds AS kind, {STEP_NAMES} AS name WHERE "
    return (
        "SELECT visitor_id, toUInt64(toUnixTimestamp64Milli(started_at) + after) AS at, toString(kind) AS kind, name,"
        f" toString({part}) AS part, toUnixTimestamp64Milli(started_at) AS since {visits.text.replace(' WHERE ', joined, 1)}"
    )


def _purchases(money: Sql) -> str:
    """Payments as steps; they name no part, so they come after every visit where that is chosen."""
    return (
        "SELECT visitor_id, toUInt64(toUnixTimestamp64Milli(paid_at)) AS at, 'purchase' AS kind, '' AS name, '' AS part,"
        f" toInt64(9223372036854775807) AS since {money.text} AND NOT is_refund"
        " AND visitor_id != toUUID('00000000-0000-0000-0000-000000000000')"
    )


def _condition(step: FunnelStep, name: str) -> str:
    if step.kind is StepKind.PURCHASE:
        return "kind = 'purchase'"
    kind = "pageview" if step.kind is StepKind.PAGE else "goal"
    return f"(kind = '{kind}' AND match(name, {{{name}:String}}))"


def _pattern(text: str) -> str:
    """`*` stands for anything, the rest for itself."""
    return "(?s)^" + ".*".join(re.escape(part) for part in text.split("*")) + "$"
