"""Who is on a website, who came to it, and what is known of one of them; every question begins at the actor."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from emporion.insights.intent import queries as intent
from emporion.insights.intent.presenting import Chance, chance
from emporion.insights.live.errors import VisitorUnknown
from emporion.insights.live.types import LiveLine, VisitorLine
from emporion.insights.reports import queries as reports
from emporion.insights.reports.naming import names_of, place_of
from emporion.insights.reports.types import FunnelPlace, Page, ReportQuery, Session
from emporion.insights.revenue import queries as revenue
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

LIVE_MINUTES = 10


def here_now(actor: Actor, site_id: UUID, *, language: str, now: datetime) -> tuple[LiveLine, ...]:
    """Who did something in the last ten minutes, the latest first."""
    sessions = reports.live_sessions(site_id, LIVE_MINUTES, actor=actor, now=now)
    paid = revenue.paid_by(actor, site_id, tuple(one.visitor_id for one in sessions))
    likely = intent.likelihoods(actor, site_id, sessions)
    return tuple(
        LiveLine(
            session=one,
            name=name,
            place=place_of(one, language),
            paid=written(paid.get(one.visitor_id, ())),
            chance=chance(likely.get(one.visitor_id)),
        )
        for one, name in zip(sessions, names_of(sessions), strict=True)
    )


def came(
    actor: Actor, query: ReportQuery, page: Page, *, language: str, at: FunnelPlace | None = None
) -> tuple[tuple[VisitorLine, ...], int]:
    """The visitors of a period, or those of them at a place of a funnel, each with their last visit, and how many there are."""
    found = reports.visitors_of_step(query, at, page, actor=actor) if at else reports.visitors(query, page, actor=actor)
    paid = revenue.paid_by(actor, query.site_id, tuple(one.visitor_id for one in found.rows))
    lines = tuple(
        VisitorLine(visitor=one, name=name, place=place_of(one, language), paid=written(paid.get(one.visitor_id, ())))
        for one, name in zip(found.rows, names_of(found.rows), strict=True)
    )
    return lines, found.count


def visits_of(actor: Actor, site_id: UUID, visitor_id: UUID) -> tuple[Session, ...]:
    """The visits of one visitor, the latest first; VisitorUnknown."""
    sessions = reports.sessions_of_visitor(site_id, visitor_id, actor=actor)
    if not sessions:
        raise VisitorUnknown(visitor_id=visitor_id)
    return tuple(sessions)


def chance_now(actor: Actor, site_id: UUID, visit: Session, *, now: datetime) -> Chance | None:
    """How likely somebody is to buy whose visit may still go on; `None` when it is over, or too little is known."""
    if now - visit.ended_at > intent.WATCHED:
        return None
    return chance(intent.likelihoods(actor, site_id, (visit,)).get(visit.visitor_id))


def written(amounts: Iterable[Money]) -> str:
    """Amounts of several currencies in one line; nothing for nothing."""
    return " + ".join(amount.format(get_language() or "en") for amount in amounts if amount)
