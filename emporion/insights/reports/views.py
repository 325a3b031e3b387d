"""Pages of a website's figures: the dashboard, its parts, and the full list behind a card."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.reports import cards, queries
from emporion.insights.reports.choices import hidden
from emporion.insights.reports.pages import Question, card_of, dashboard_page, frame, place_in, with_added_filter
from emporion.insights.reports.types import Dimension, Metric, Page
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def dashboard(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """One page that answers; the part below the tabs alone when that is what is swapped."""
    question = _question(request, site_id)
    if added := with_added_filter(question.address):
        return redirect(str(added))
    context = dashboard_page(question) | {
        "may_add": request.actor.may(Permission.USE, question.site.project_id),
        "removed": _id(request.GET.get("removed", "")),
    }
    template = "insights_reports/_dashboard.html" if is_swap(request, "dashboard") else "insights_reports/dashboard.html"
    return _answer(request, template, context)


@require_GET
@signed_in
def card(request: ActorRequest, site_id: UUID, card_key: str) -> HttpResponse:
    """One card alone, for its tabs; who opens the address itself gets the dashboard."""
    spec = cards.spec_of(card_key)
    question = _question(request, site_id)
    if not request.headers.get("HX-Request"):
        return redirect(str(question.address))
    return _answer(request, "insights_reports/_card.html", {"card": card_of(question, spec)})


@require_GET
@signed_in
def breakdown(request: ActorRequest, site_id: UUID, dimension: str) -> HttpResponse:
    """The full list of a dimension: searched, sorted, and page by page."""
    question = Question.on(request, site_of(request.actor, site_id), request.actor, utcnow())
    if added := with_added_filter(question.address):
        return redirect(str(added))
    wanted = _dimension(dimension)
    sort, place, search = _metric(request.GET.get("sort", "")), place_in(request), request.GET.get("q", "").strip()[:200]
    page = Page(limit=cards.PAGE_SIZE, offset=(place - 1) * cards.PAGE_SIZE, sort=sort, search=search)
    found = queries.breakdown_compared(question.query, wanted, page, actor=request.actor)
    here = question.address
    home = here.at(f"/insights/{site_id}/").to(sort="", q="")
    behind = cards.Behind(replace(question, address=home).visits(), replace(question, address=home).money())
    context = frame(question) | {
        "card": cards.whole(found, question.query, here, home, sort, behind),
        "paging": cards.paging(found.count, here, place),
        "search": search,
        "carried_by_search": hidden(here, "q"),
        "home": str(home),
        "csv_url": str(question.export(wanted.value)),
    }
    template = "insights_reports/_list.html" if is_swap(request, "list") else "insights_reports/breakdown.html"
    return _answer(request, template, context)


def is_swap(request: HttpRequest, target: str) -> bool:
    """Whether only this part of the page is asked for."""
    return request.headers.get("HX-Target") == target


def _question(request: ActorRequest, site_id: UUID) -> Question:
    return Question.of(request, site_of(request.actor, site_id), request.actor, utcnow())


def _answer(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request, HX-Target"  # the part and the page share an address
    response.headers["Cache-Control"] = "no-store"
    return response


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _dimension(text: str) -> Dimension:
    try:
        return Dimension(text)
    except ValueError as error:
        raise NotFound from error


def _metric(text: str) -> Metric:
    return next((one for one in Metric if one == text), Metric.VISITORS)
