"""Pages of people: who is here now on a map, who came, and the journey of one of them."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.live import queries, tickets
from emporion.insights.live.types import Fact
from emporion.insights.reports import cards, funnel_places
from emporion.insights.reports import queries as reports
from emporion.insights.reports.choices import hidden
from emporion.insights.reports.naming import name_of, place_of
from emporion.insights.reports.pages import Question, frame, place_in, with_added_filter
from emporion.insights.reports.rules import parse
from emporion.insights.reports.types import Page, Session
from emporion.insights.revenue import queries as revenue
from emporion.insights.revenue.presenting import row_of
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def realtime(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Who is on the website now, on a map and in a list."""
    site, now = site_of(request.actor, site_id), utcnow()
    context = {
        "site": site,
        "now_here": queries.here_now(request.actor, site_id, language=get_language() or "en", now=now),
        "ticket": tickets.issue(site_id, key=tickets.key_of(settings.ENVIRONMENT.key), now=now),
    }
    return render(request, "insights_live/realtime.html", context)


@require_GET
@signed_in
def now(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The list alone, which the page asks for every few seconds."""
    site = site_of(request.actor, site_id)
    here = queries.here_now(request.actor, site_id, language=get_language() or "en", now=utcnow())
    return render(request, "insights_live/now.html", {"site": site, "now_here": here})


@require_GET
@signed_in
def visitors(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Who came in a period, with the same filters as the dashboard."""
    site = site_of(request.actor, site_id)
    question = Question.on(request, site, request.actor, utcnow())
    if added := with_added_filter(question.address):
        return redirect(str(added))
    place, search = place_in(request), request.GET.get("q", "").strip()[:200]
    wanted = Page(limit=cards.PAGE_SIZE, offset=(place - 1) * cards.PAGE_SIZE, search=search)
    named = funnel_places.named(request.actor, site_id, question.address, request.GET)
    rows, count = queries.came(request.actor, question.query, wanted, language=get_language() or "en", at=named.at)
    context = frame(question) | {
        "rows": rows,
        "count": count,
        "paging": cards.paging(count, question.address, place),
        "search": search,
        "carried_by_search": hidden(question.address, "q"),
        "export_url": str(question.export("sessions"))
        if named.at is None and request.actor.may(Permission.CONFIGURE, site.project_id)
        else "",
        "place": named,
    }
    return render(request, "insights_live/visitors.html", context)


@require_GET
@signed_in
def visitor(request: ActorRequest, site_id: UUID, visitor_id: UUID) -> HttpResponse:
    """Everything that one visitor did: each visit with its steps, what they paid, and what others did next."""
    site = site_of(request.actor, site_id)
    visits = queries.visits_of(request.actor, site_id, visitor_id)
    likely = reports.next_steps(parse({}, site, utcnow()), visits[0].exit_path, actor=request.actor)
    context = {
        "site": site,
        "name": name_of(visits[0]),
        "visits": visits,
        "facts": _facts(visits, queries.written(revenue.paid_by(request.actor, site_id, (visitor_id,)).get(visitor_id, ()))),
        "likely": likely,
        "likely_basis": likely[0].of if likely else 0,
        "payments": tuple(map(row_of, revenue.payments_of_visitor(request.actor, site_id, visitor_id))),
        "chance": queries.chance_now(request.actor, site_id, visits[0], now=utcnow()),
    }
    return render(request, "insights_live/visitor.html", context)


def _facts(visits: tuple[Session, ...], paid: str) -> tuple[Fact, ...]:
    last, first = visits[0], visits[-1]
    known = (
        (_("Place"), place_of(last, get_language() or "en")),
        (_("Device"), " · ".join(part for part in (last.device, last.browser, last.system) if part)),
        (_("First came from"), first.source or _("Direct")),
        (_("Visits"), str(len(visits))),
        (_("Pages seen"), str(sum(one.pageviews for one in visits))),
        (_("Goals reached"), ", ".join(sorted({goal for one in visits for goal in one.goals}))),
        (_("Paid so far"), paid),
    )
    return tuple(Fact(label=label, value=value) for label, value in known if value)
