"""The figures again, by their definitions, from raw steps in plain Python: what the store says must be the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.insights.reports.types import Dimension, Figures, Filter, Operator, Period
from emporion.store.credits import Credit
from emporion.store.schemas import SiteEvent
from emporion.store.types import PASSIVE_GOALS

GAP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    steps: tuple[SiteEvent, ...]
    number: int

    @property
    def started_at(self) -> datetime:
        return self.steps[0].occurred_at

    def values(self, dimension: Dimension) -> list[str]:
        pages = [step.path for step in self.steps if step.kind == "pageview"]
        first = self.steps[0]
        return {
            Dimension.SOURCE: [first.source],
            Dimension.COUNTRY: [first.country],
            Dimension.DEVICE: [first.device],
            Dimension.PAGE: pages,
            Dimension.ENTRY_PAGE: pages[:1] or [""],
            Dimension.EXIT_PAGE: pages[-1:] or [""],
            Dimension.GOAL: [step.name for step in self.steps if step.kind == "goal"],
            Dimension.VISITOR_KIND: ["new" if self.number == 1 else "returning"],
        }[dimension]


def visits_of(events: Iterable[SiteEvent]) -> list[Visit]:
    by_visitor = defaultdict(dict)
    for event in events:
        by_visitor[event.visitor_id][event.event_id] = event
    found = []
    for known in by_visitor.values():
        parts: list[list[SiteEvent]] = []
        for step in sorted(known.values(), key=lambda event: (event.occurred_at, event.event_id)):
            if not parts or step.occurred_at - parts[-1][-1].occurred_at >= GAP:
                parts.append([])
            parts[-1].append(step)
        found += [Visit(steps=tuple(part), number=number) for number, part in enumerate(parts, 1)]
    return found


def passes(values: list[str], one: Filter) -> bool:
    if one.operator in (Operator.IS, Operator.IS_NOT):
        hit = any(value in one.values for value in values)
    else:
        hit = any(part.lower() in value.lower() for value in values for part in one.values)
    return hit if one.operator in (Operator.IS, Operator.CONTAINS) else not hit


def chosen(visits: Iterable[Visit], period: Period, filters: tuple[Filter, ...]) -> list[Visit]:
    return [
        visit
        for visit in visits
        if period.start <= visit.started_at < period.end and all(passes(visit.values(one.dimension), one) for one in filters)
    ]


def figures(visits: list[Visit], credits_: Iterable[Credit] = (), model: str = "last") -> Figures:
    earned = [(credit, getattr(credit, model)) for credit in credits_]
    paid = [credit for credit, amount in earned if amount and not credit.is_refund]
    return Figures(
        visitors=len({visit.steps[0].visitor_id for visit in visits}),
        sessions=len(visits),
        pageviews=sum(step.kind == "pageview" for visit in visits for step in visit.steps),
        bounces=sum(
            sum(step.kind != "identify" and step.name not in PASSIVE_GOALS for step in visit.steps) <= 1 for visit in visits
        ),
        duration_seconds=sum(
            ((visit.steps[-1].occurred_at - visit.started_at) // timedelta(milliseconds=1) for visit in visits), 0
        )
        // 1000,
        payments=len({credit.payment_id for credit in paid}),
        paying_visitors=len({credit.visitor_id for credit in paid if credit.visitor_id.int}),
        revenue_minor=sum(amount for _, amount in earned),
    )
