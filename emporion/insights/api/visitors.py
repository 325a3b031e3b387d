"""Visitors for programs: who is here, who came, and one of them in full, in DataFast's shapes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from ninja import Schema

from emporion.insights.api import rules
from emporion.insights.api.errors import VisitorNotFound
from emporion.insights.api.schemas import Pagination
from emporion.insights.intent import queries as intent
from emporion.insights.intent.types import Estimate, Likelihood
from emporion.insights.reports import queries as reports
from emporion.insights.reports.types import Dimension, Filter, Operator, Page, Session
from emporion.insights.revenue import queries as revenue
from emporion.insights.sites.types import SiteView
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

MOST_VISITORS = 250
LIVE_MINUTES = 10
MOST_EVENTS = 50


class Named(Schema):
    """A name."""

    name: str | None


class DeviceOut(Schema):
    """The kind of device."""

    type: str | None


class SystemOut(Schema):
    """What the visitor uses."""

    browser: Named
    os: Named
    device: DeviceOut


class LocationOut(Schema):
    """Where the visitor is, as far as it is known."""

    city: str | None
    region: str | None
    countryCode: str | None  # noqa: N815 - DataFast's name, as all of these


class ParamsOut(Schema):
    """The parameters that the visitor came with."""

    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None
    ref: str | None = None
    source: str | None = None
    via: str | None = None


class ProfileOut(Schema):
    """What identify told."""

    userId: str | None  # noqa: N815
    hasProfile: bool  # noqa: N815


class RawLikelihood(Schema):
    """The numbers behind a score."""

    conversionRate: float  # noqa: N815
    averageValue: float  # noqa: N815
    expectedValue: float  # noqa: N815


class LikelihoodOut(Schema):
    """How likely somebody is to buy: `score` is the percentage of visits that were rated lower, 100 for customers.

    `confidence` says how firm the rate is: 1 less half the width of its 90 % interval, in parts of the rate, never below 0.
    """

    score: int
    confidence: float
    isBaseline: bool  # noqa: N815
    dimensionMatches: list[str]  # noqa: N815
    raw: RawLikelihood


class LiveVisitor(Schema):
    """Somebody who is here."""

    visitorId: UUID  # noqa: N815
    location: LocationOut
    system: SystemOut
    currentUrl: str | None  # noqa: N815
    referrer: str | None
    sessionStartTime: datetime  # noqa: N815
    visitCount: int  # noqa: N815
    params: ParamsOut
    isCustomer: bool  # noqa: N815
    profileData: ProfileOut  # noqa: N815
    conversionLikelihood: LikelihoodOut | None  # noqa: N815


class LiveEvent(Schema):
    """Something that happened just now."""

    type: str
    visitorId: UUID  # noqa: N815
    timestamp: datetime
    path: str | None
    name: str | None
    countryCode: str | None  # noqa: N815


class BaselineOut(Schema):
    """What all visits of the last 90 days came to."""

    baselineConversionRate: float  # noqa: N815
    baselineAverageValue: float  # noqa: N815


class MapData(Schema):
    """The last ten minutes."""

    count: int
    visitors: list[LiveVisitor]
    conversionMetrics: BaselineOut | None  # noqa: N815
    hasConversionPredictions: bool  # noqa: N815
    recentEvents: list[LiveEvent]  # noqa: N815


class MapOut(Schema):
    """Who is here, for a map."""

    status: Literal["success"]
    data: MapData


class IdentityOut(Schema):
    """Where the visitor is and what they use."""

    country: str | None
    countryCode: str | None  # noqa: N815
    region: str | None
    city: str | None
    params: ParamsOut
    browser: Named
    os: Named
    device: DeviceOut


class GoalDone(Schema):
    """A goal that was reached."""

    name: str
    timestamp: datetime
    origin: Literal["manual", "payment_provider"]


class PageSeen(Schema):
    """A page that was seen."""

    path: str
    timestamp: datetime


class ActivityOut(Schema):
    """What the visitor did."""

    visitCount: int  # noqa: N815
    pageViewCount: int  # noqa: N815
    firstVisitAt: datetime  # noqa: N815
    lastVisitAt: datetime  # noqa: N815
    timeSinceFirstVisit: int  # noqa: N815
    timeSinceCurrentVisit: int  # noqa: N815
    currentUrl: str | None  # noqa: N815
    completedGoals: list[GoalDone]  # noqa: N815
    visitedPages: list[PageSeen]  # noqa: N815


class VisitorRow(Schema):
    """One visitor."""

    visitorId: UUID  # noqa: N815
    identity: IdentityOut
    activity: ActivityOut
    profile: ProfileOut


class VisitorOut(Schema):
    """One visitor in full."""

    status: Literal["success"]
    data: VisitorRow


class VisitorsOut(Schema):
    """Visitors, the latest first."""

    status: Literal["success"]
    data: list[VisitorRow]
    pagination: Pagination


def live_map(actor: Actor, site: SiteView, *, now: datetime) -> MapOut:
    """Who was active in the last ten minutes."""
    sessions = reports.live_sessions(site.id, LIVE_MINUTES, actor=actor, now=now)
    events = [
        LiveEvent(
            type=step.kind,
            visitorId=session.visitor_id,
            timestamp=step.at,
            path=step.path or None,
            name=step.name or None,
            countryCode=session.country or None,
        )
        for session in sessions
        for step in session.steps
    ]
    events.sort(key=lambda event: event.timestamp, reverse=True)
    estimate = intent.estimate_of(actor, site.id)
    likely = intent.likelihoods(actor, site.id, sessions)
    paid = revenue.paid_by(actor, site.id, tuple(one.visitor_id for one in sessions))
    worth = _major(estimate.worth_minor, site) if estimate else 0.0
    data = MapData(
        count=len(sessions),
        visitors=[_live(one, likely.get(one.visitor_id), worth, is_customer=one.visitor_id in paid) for one in sessions],
        conversionMetrics=_baseline(estimate, worth),
        hasConversionPredictions=estimate is not None and estimate.fitted is not None,
        recentEvents=events[:MOST_EVENTS],
    )
    return MapOut(status="success", data=data)


def listed(actor: Actor, site: SiteView, params: Mapping[str, str], *, now: datetime) -> VisitorsOut:
    """The visitors of a period who fit the parameters."""
    page = rules.paging(params, most=MOST_VISITORS, usual=50)
    query = rules.question(params, site, now=now, is_all_time=True).also(*_visitor_filters(params))
    found = reports.visitors(query, Page(limit=page.limit, offset=page.offset), actor=actor)
    rows = [_row(reports.sessions_of_visitor(site.id, one.visitor_id, actor=actor), now) for one in found.rows]
    return VisitorsOut(
        status="success", data=rows, pagination=Pagination(limit=page.limit, offset=page.offset, total=found.count)
    )


def one(actor: Actor, site: SiteView, visitor_id: UUID, *, now: datetime) -> VisitorOut:
    """One visitor; VisitorNotFound."""
    sessions = reports.sessions_of_visitor(site.id, visitor_id, actor=actor)
    if not sessions:
        raise VisitorNotFound(visitor_id=visitor_id)
    return VisitorOut(status="success", data=_row(sessions, now))


def _visitor_filters(params: Mapping[str, str]) -> tuple[Filter, ...]:
    named = {"visitedPage": Dimension.PAGE, "completedGoal": Dimension.GOAL}
    found = [Filter(dimension=named[name], values=(params[name],)) for name in named if params.get(name)]
    if params.get("visitedPageContains"):
        text = params["visitedPageContains"]
        found.append(Filter(dimension=Dimension.PAGE, operator=Operator.CONTAINS, values=(text,)))
    return tuple(found)


def _baseline(estimate: Estimate | None, worth: float) -> BaselineOut | None:
    return BaselineOut(baselineConversionRate=round(estimate.average, 6), baselineAverageValue=worth) if estimate else None


def _major(minor: int, site: SiteView) -> float:
    return float(Money(minor, site.currency).major)


def _likelihood(known: Likelihood | None, worth: float, *, is_customer: bool) -> LikelihoodOut | None:
    if known is None:
        return None
    spread = 1.645 * (known.share * (1 - known.share) / (known.visits + 1)) ** 0.5
    raw = RawLikelihood(conversionRate=round(known.share, 6), averageValue=worth, expectedValue=round(known.share * worth, 4))
    return LikelihoodOut(
        score=100 if is_customer else known.rank,
        confidence=round(max(0.0, 1 - spread / known.share), 3),
        isBaseline=not known.marks,
        dimensionMatches=[str(mark.trait) for mark in known.marks],
        raw=raw,
    )


def _live(session: Session, likely: Likelihood | None, worth: float, *, is_customer: bool) -> LiveVisitor:
    return LiveVisitor(
        visitorId=session.visitor_id,
        location=LocationOut(city=session.city or None, region=session.region or None, countryCode=session.country or None),
        system=SystemOut(
            browser=Named(name=session.browser or None),
            os=Named(name=session.system or None),
            device=DeviceOut(type=session.device or None),
        ),
        currentUrl=session.exit_path or None,
        referrer=session.referrer or None,
        sessionStartTime=session.started_at,
        visitCount=session.number,
        params=_params(session),
        isCustomer=is_customer,
        profileData=ProfileOut(userId=session.user_ref or None, hasProfile=bool(session.user_ref)),
        conversionLikelihood=_likelihood(likely, worth, is_customer=is_customer),
    )


def _params(session: Session) -> ParamsOut:
    names = [name for name in ParamsOut.model_fields if name.startswith("utm_")]
    return ParamsOut(**{name: getattr(session, name) or None for name in names})


def _row(sessions: Sequence[Session], now: datetime) -> VisitorRow:
    """A visitor out of their visits, the latest first."""
    last, first = sessions[0], sessions[-1]
    steps = sorted((step for session in sessions for step in session.steps), key=lambda step: step.at)
    user_ref = next((one.user_ref for one in sessions if one.user_ref), "")
    identity = IdentityOut(
        country=rules.country_name(last.country) if last.country else None,
        countryCode=last.country or None,
        region=last.region or None,
        city=last.city or None,
        params=_params(first),
        browser=Named(name=last.browser or None),
        os=Named(name=last.system or None),
        device=DeviceOut(type=last.device or None),
    )
    activity = ActivityOut(
        visitCount=len(sessions),
        pageViewCount=sum(one.pageviews for one in sessions),
        firstVisitAt=first.started_at,
        lastVisitAt=last.ended_at,
        timeSinceFirstVisit=_milliseconds(now - first.started_at),
        timeSinceCurrentVisit=_milliseconds(now - last.started_at),
        currentUrl=last.exit_path or None,
        completedGoals=[_goal(step.name or step.kind, step.at, step.kind) for step in steps if step.kind in {"goal", "payment"}],
        visitedPages=[PageSeen(path=step.path, timestamp=step.at) for step in steps if step.kind == "pageview"],
    )
    return VisitorRow(
        visitorId=last.visitor_id,
        identity=identity,
        activity=activity,
        profile=ProfileOut(userId=user_ref or None, hasProfile=bool(user_ref)),
    )


def _goal(name: str, at: datetime, kind: str) -> GoalDone:
    return GoalDone(name=name, timestamp=at, origin="payment_provider" if kind == "payment" else "manual")


def _milliseconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds() * 1000))
