"""The figures of goals and funnels, as their pages show them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.insights.goals import queries as goals
from emporion.insights.goals.types import FunnelView, GoalView, StepKind
from emporion.insights.reports import queries
from emporion.insights.reports.choices import DIMENSIONS, Address
from emporion.insights.reports.funnel_places import BREAKDOWNS, left_before, part_named, reached
from emporion.insights.reports.presenting import Trend, moved_from
from emporion.insights.reports.types import Dimension, Figures, Funnel, FunnelResult, ReportQuery, Row
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor
from emporion.store.types import PASSIVE_GOALS
from emporion.ui.types import Option

MOST_PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """How the figures of a goal or of a step moved since the period that they are compared with; the rate is that of its line."""

    visitors: Trend | None
    rate: Trend | None
    revenue: Trend | None
    completions: Trend | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalLine:
    """A goal in the list; `goal` is None for one that arrives without having been set up.

    What happens by itself earned nothing, whoever paid after it: its revenue is None.
    """

    goal: GoalView | None
    name: str
    completions: int
    visitors: int
    rate: float | None
    revenue: Money | None
    worth: Money | None
    visitors_url: str
    money_url: str
    trends: Trends | None = None

    @property
    def is_passive(self) -> bool:
        """Whether it happens without the visitor doing anything."""
        return self.name in PASSIVE_GOALS


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step of a funnel: who reached it, of those of the step before and of the first."""

    number: int
    label: str
    kind: StepKind
    visitors: int
    lost: int
    share: float
    of_previous: float
    revenue: Money
    visitors_url: str = ""
    lost_url: str = ""
    money_url: str = ""
    trends: Trends | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPartLines:
    """The funnel of the visitors of one value."""

    label: str
    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLines:
    """A funnel of everybody, and of the parts that were asked for."""

    steps: tuple[StepLine, ...]
    parts: tuple[FunnelPartLines, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Where visitors and payments are listed, under the filters of the figures."""

    visitors: Address
    money: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A piece of code with its tab."""

    label: str
    language: str
    code: str
    hint: str = ""


def goal_lines(actor: Actor, query: ReportQuery, behind: Behind) -> tuple[GoalLine, ...]:
    """Every goal that was set up or seen in the period, those set up first, each with the addresses behind its numbers."""
    kept = {one.name: one for one in goals.goals_of(actor, query.site_id)}
    figures = queries.overview(query, actor=actor)
    seen = _seen(actor, query)
    before = _seen(actor, replace(query, period=query.compared)) if query.compared else {}
    others = figures.compared.visitors if figures.compared else 0

    def line(name: str) -> GoalLine:
        goal, row = kept.get(name), seen.get(name) or _unseen(name)
        made = _goal_line(goal, row, figures.total.visitors, query)
        was = _goal_line(goal, before.get(name) or _unseen(name), others, query) if before else None
        return replace(
            made,
            visitors_url=_with_goal(behind.visitors, name),
            money_url=_with_goal(behind.money, name),
            trends=_goal_trends(was, made) if was else None,
        )

    return tuple(map(line, dict.fromkeys((*kept, *seen))))


def _seen(actor: Actor, query: ReportQuery) -> dict[str, Row]:
    return {row.value: row for row in queries.goals(query, actor=actor).rows}


def _goal_trends(was: GoalLine, now: GoalLine) -> Trends:
    return Trends(
        completions=moved_from(was.completions, now.completions, "count", ""),
        visitors=moved_from(was.visitors, now.visitors, "count", ""),
        rate=moved_from(was.rate, now.rate, "share", ""),
        revenue=_money_trend(was.revenue, now.revenue),
    )


def _money_trend(was: Money | None, now: Money | None) -> Trend | None:
    return moved_from(was.minor, now.minor, "money", now.currency) if was and now else None


def _with_goal(address: Address, name: str) -> str:
    return str(address.plus(Dimension.GOAL.value, f"is:{name}"))


def _unseen(name: str) -> Row:
    return Row(value=name, label=name, figures=Figures())


def _goal_line(goal: GoalView | None, row: Row, total: int, query: ReportQuery) -> GoalLine:
    visitors = row.figures.visitors
    worth = None if goal is None or goal.value_minor is None else Money(goal.value_minor, query.currency) * row.completions
    return GoalLine(
        goal=goal,
        name=row.value,
        completions=row.completions,
        visitors=visitors,
        rate=min(1.0, visitors / total) if total else None,
        revenue=None if row.value in PASSIVE_GOALS else Money(row.figures.revenue_minor, query.currency),
        worth=worth,
        visitors_url="",
        money_url="",
    )


def last_seen(actor: Actor, site_id: UUID, name: str, *, since: datetime) -> datetime | None:
    """When an event of this goal last arrived."""
    return queries.goal_last_seen(site_id, name, since=since, actor=actor)


def breakdowns(address: Address, by: str) -> tuple[Option, ...]:
    """What a funnel can be broken down by, its period and filters kept; nothing first."""
    words = {"": str(_("All")), **{one.value: str(DIMENSIONS[one]) for one in BREAKDOWNS}}
    chosen = by if by in words else ""
    return tuple(Option(label=label, url=str(address.to(by=name)), current=name == chosen) for name, label in words.items())


def funnel_lines(actor: Actor, query: ReportQuery, funnel: FunnelView, behind: Behind, *, by: str = "") -> FunnelLines:
    """The steps of a funnel with who reached them, and the same for the commonest devices, sources or countries if asked for.

    Each step has the addresses of those who reached it, of those who left before it, and of what those who reached it paid.
    """
    dimension = next((one for one in BREAKDOWNS if one.value == by), None)
    found = queries.funnel(query, funnel.steps, funnel.window.seconds, actor=actor, by=dimension)
    before = Funnel(results=())
    if query.compared:
        other = replace(query, period=query.compared)
        before = queries.funnel(other, funnel.steps, funnel.window.seconds, actor=actor, by=dimension)
    then = {part.value: part.results for part in before.parts}

    def opened(results: tuple[FunnelResult, ...], were: tuple[FunnelResult, ...], part: str = "") -> tuple[StepLine, ...]:
        lines = _compared(step_lines(results, query.currency), step_lines(were, query.currency))
        return tuple(_opened(one, funnel, behind, part) for one in lines)

    parts = (
        FunnelPartLines(label=part.label, steps=opened(part.results, then.get(part.value, ()), part_named(dimension, part.value)))
        for part in found.parts[:MOST_PARTS]
        if dimension
    )
    return FunnelLines(steps=opened(found.results, before.results), parts=tuple(parts))


def _compared(steps: tuple[StepLine, ...], before: tuple[StepLine, ...]) -> tuple[StepLine, ...]:
    """Each step with how it moved; beside nobody at all everything would be new."""
    if not before or not before[0].visitors:
        return steps
    return tuple(
        replace(
            now,
            trends=Trends(
                visitors=moved_from(was.visitors, now.visitors, "count", ""),
                rate=moved_from(was.of_previous, now.of_previous, "share", "") if now.number > 1 else None,
                revenue=_money_trend(was.revenue, now.revenue),
            ),
        )
        for now, was in zip(steps, before, strict=True)
    )


def _opened(step: StepLine, funnel: FunnelView, behind: Behind, part: str) -> StepLine:
    return replace(
        step,
        visitors_url=reached(behind.visitors, funnel, step.number, part) if step.visitors else "",
        lost_url=left_before(behind.visitors, funnel, step.number, part) if step.lost else "",
        money_url=reached(behind.money, funnel, step.number, part) if step.visitors else "",
    )


def step_lines(results: tuple[FunnelResult, ...], currency: str) -> tuple[StepLine, ...]:
    """The steps of a funnel beside each other: what share of the first and of the one before each kept, and lost."""
    lines: list[StepLine] = []
    first = results[0].visitors if results else 0
    for number, result in enumerate(results, start=1):
        before = results[number - 2].visitors if number > 1 else result.visitors
        lines.append(
            StepLine(
                number=number,
                label=result.step.label or result.step.pattern,
                kind=result.step.kind,
                visitors=result.visitors,
                lost=before - result.visitors,
                share=result.visitors / first if first else 0.0,
                of_previous=result.visitors / before if before else 0.0,
                revenue=Money(result.revenue_minor, currency),
            )
        )
    return tuple(lines)


def samples(name: str) -> tuple[Sample, ...]:
    """The code that reports a goal, in the ways that there are."""
    words = name.replace("_", " ").replace("-", " ").capitalize()
    return (
        Sample(label="HTML", language="html", code=f'<button data-fast-goal="{name}">{words}</button>'),
        Sample(label="Scroll", language="html", code=f'<section data-fast-scroll="{name}">…</section>'),
        Sample(label="JavaScript", language="js", code=f'window.datafast("{name}", {{ plan: "pro" }});'),
    )
