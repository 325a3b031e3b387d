"""The shapes in which agents get visitors and funnels: money in major units of the named currency, rates in per cent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ninja import Schema

from emporion.insights.api import presenting
from emporion.insights.goals.types import FunnelStep, FunnelView
from emporion.insights.reports.types import FunnelPart, FunnelResult, JourneyStep, Session, Visitor
from emporion.insights.revenue.types import PaymentView

# What fits an agent's reading: the first steps of a visit that has more, and a word about how many those are.
MOST_STEPS = 100


class VisitorLine(Schema):
    """A visitor of a period; source, place and device are those of the latest visit, `user_id` is what identify told."""

    visitor_id: UUID
    user_id: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    sessions: int
    pageviews: int
    goals: list[str]
    source: str
    channel: str | None
    country_code: str | None
    region: str | None
    city: str | None
    device: str | None
    browser: str | None
    operating_system: str | None
    payments: int
    revenue: float


class StepLine(Schema):
    """One thing that a visitor did."""

    at: datetime
    kind: str
    name: str | None
    path: str | None


class VisitLine(Schema):
    """One visit, numbered from the visitor's first on."""

    number: int
    started_at: datetime
    ended_at: datetime
    source: str
    channel: str | None
    referrer: str | None
    utm_campaign: str | None
    country_code: str | None
    city: str | None
    device: str | None
    browser: str | None
    operating_system: str | None
    pageviews: int
    goals: list[str]
    steps: list[StepLine]
    steps_left_out: int


class PaymentLine(Schema):
    """What a visitor paid, or got back, which is negative; one that is not `counted` is in no figure."""

    payment_id: UUID
    at: datetime
    kind: str
    standing: str
    amount: float | None
    currency: str | None
    source: str


class FunnelStepLine(Schema):
    """A step of a funnel: a page, a goal or a purchase."""

    kind: str
    pattern: str | None
    label: str | None


class FunnelLine(Schema):
    """A saved funnel; a visitor has the window from the first step to the last."""

    funnel_id: UUID
    name: str
    window: str
    steps: list[FunnelStepLine]


class ReachedLine(FunnelStepLine):
    """A step with the visitors who reached it, and those of the step before who did not."""

    number: int
    visitors: int
    dropped_off: int
    conversion_rate: float
    step_conversion_rate: float
    revenue: float


class FunnelPartLine(Schema):
    """The funnel of the visitors who share a value."""

    value: str
    label: str
    steps: list[ReachedLine]


def visitor_line(one: Visitor, currency: str) -> VisitorLine:
    """A visitor of a list."""
    return VisitorLine(
        visitor_id=one.visitor_id,
        user_id=one.user_ref or None,
        first_seen_at=one.first_seen_at,
        last_seen_at=one.last_seen_at,
        sessions=one.sessions,
        pageviews=one.pageviews,
        goals=list(one.goals),
        source=one.source or "Direct",
        channel=one.channel or None,
        country_code=one.country or None,
        region=one.region or None,
        city=one.city or None,
        device=one.device or None,
        browser=one.browser or None,
        operating_system=one.system or None,
        payments=one.payments,
        revenue=presenting.major(one.revenue_minor, currency),
    )


def visit_line(visit: Session) -> VisitLine:
    """A visit of a journey."""
    return VisitLine(
        number=visit.number,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        source=visit.source or "Direct",
        channel=visit.channel or None,
        referrer=visit.referrer or None,
        utm_campaign=visit.utm_campaign or None,
        country_code=visit.country or None,
        city=visit.city or None,
        device=visit.device or None,
        browser=visit.browser or None,
        operating_system=visit.system or None,
        pageviews=visit.pageviews,
        goals=list(visit.goals),
        steps=[_step_line(step) for step in visit.steps[:MOST_STEPS]],
        steps_left_out=max(0, len(visit.steps) - MOST_STEPS),
    )


def _step_line(step: JourneyStep) -> StepLine:
    return StepLine(at=step.at, kind=step.kind, name=step.name or None, path=step.path or None)


def payment_line(one: PaymentView) -> PaymentLine:
    """A payment of a visitor."""
    return PaymentLine(
        payment_id=one.id,
        at=one.occurred_at,
        kind=one.kind,
        standing=one.standing,
        amount=None if one.amount is None else presenting.major(one.amount.minor, one.amount.currency),
        currency=None if one.amount is None else one.amount.currency,
        source=one.source or "Direct",
    )


def funnel_line(funnel: FunnelView) -> FunnelLine:
    """A funnel of a list."""
    return FunnelLine(funnel_id=funnel.id, name=funnel.name, window=funnel.window, steps=list(map(_plain_step, funnel.steps)))


def _plain_step(step: FunnelStep) -> FunnelStepLine:
    return FunnelStepLine(kind=step.kind, pattern=step.pattern or None, label=step.label or None)


def reached_lines(results: Sequence[FunnelResult], currency: str) -> list[ReachedLine]:
    """The steps of a funnel with who reached them."""
    before = [results[0].visitors, *(one.visitors for one in results)]
    return [
        ReachedLine(
            number=number,
            kind=one.step.kind,
            pattern=one.step.pattern or None,
            label=one.step.label or None,
            visitors=one.visitors,
            dropped_off=former - one.visitors,
            conversion_rate=_rate(one.visitors, results[0].visitors),
            step_conversion_rate=_rate(one.visitors, former),
            revenue=presenting.major(one.revenue_minor, currency),
        )
        for number, (one, former) in enumerate(zip(results, before, strict=False), start=1)
    ]


def part_line(part: FunnelPart, currency: str) -> FunnelPartLine:
    """The funnel of one value."""
    return FunnelPartLine(value=part.value, label=part.label, steps=reached_lines(part.results, currency))


def _rate(part: int, whole: int) -> float:
    return presenting.percent(part / whole if whole else None)
