"""How likely people are to buy, and of whom their website's people want to hear; every question begins at the actor."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from emporion.insights.intent import rules
from emporion.insights.intent.models import Learnt, Told, Watch
from emporion.insights.intent.types import Band, Estimate, Fitted, Likelihood, Occasion, ToldView, Wishes
from emporion.insights.reports.naming import made_up
from emporion.insights.reports.types import Session
from emporion.insights.revenue import queries as revenue
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor

LEARNT_AGAIN = timedelta(days=1)
MOST_TOLD = 20
# A visit tells how likely a purchase is for as long as it goes on.
WATCHED = timedelta(minutes=30)


def estimate_of(actor: Actor, site_id: UUID) -> Estimate | None:
    """What a website's past says; `None` before anything was learnt of it."""
    row = Learnt.objects.filter(site_id=site_of(actor, site_id).id).first()
    if row is None:
        return None
    fitted = dict(row.fitted)
    bands = tuple(Band(**one) for one in fitted.pop("bands", ()))
    return Estimate(
        site_id=row.site_id,
        made_at=row.made_at,
        visits=row.visits,
        buyers=row.buyers,
        worth_minor=row.worth_minor,
        fitted=Fitted(bands=bands, **fitted) if fitted else None,
    )


def likelihoods(actor: Actor, site_id: UUID, visits: Sequence[Session]) -> Mapping[UUID, Likelihood]:
    """How likely each of these visitors is to buy, by what they did in these visits; empty while too little is known."""
    estimate = estimate_of(actor, site_id)
    if estimate is None or estimate.fitted is None:
        return {}
    paid = revenue.paid_before(actor, site_id, rules.beginnings(visits))
    found: dict[UUID, Likelihood] = {}
    for visit in visits:
        seen = rules.seen_of(visit, visit.steps, is_customer=visit.visitor_id in paid)
        likely = rules.likelihood(estimate, seen)
        if likely is not None:
            found.setdefault(visit.visitor_id, likely)
    return found


def wishes_of(actor: Actor, site_id: UUID) -> Wishes:
    """Of which visitors a website's people want to hear; of none at first."""
    row = Watch.objects.filter(site_id=site_of(actor, site_id).id).first()
    if row is None:
        return Wishes()
    return Wishes(
        customers=row.customers,
        paid_minor=row.paid_minor,
        likely=row.likely,
        likely_percent=row.likely_percent,
        goals=tuple(row.goals),
    )


def told_of(actor: Actor, site_id: UUID) -> tuple[ToldView, ...]:
    """Of whom people were told lately, the newest first."""
    rows = Told.objects.of_site(site_of(actor, site_id).id)[:MOST_TOLD]
    return tuple(
        ToldView(
            visitor_id=row.visitor_id,
            at=row.at,
            occasion=Occasion(row.occasion),
            name=made_up(row.visitor_id),
            page=row.page,
            detail=row.detail,
            was_sent=row.was_sent,
        )
        for row in rows
    )


def to_learn(now: datetime, limit: int = 50) -> tuple[UUID, ...]:
    """The websites whose past is to be learnt from again: those with payments, once a day; for the job."""
    fresh = Learnt.objects.filter(made_at__gt=now - LEARNT_AGAIN).values_list("site_id", flat=True)
    return revenue.sites_with_payments(since=now - timedelta(days=90), but=frozenset(fresh), limit=limit)


def watched() -> tuple[UUID, ...]:
    """The websites of whose visitors people want to hear; for the job."""
    return tuple(Watch.objects.filter(is_on=True, site__removed_at=None).values_list("site_id", flat=True))
