"""The page behind a figure of revenue: which payments it is made of."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.reports import cards, funnel_places, queries
from emporion.insights.reports.labels import label
from emporion.insights.reports.pages import Question, frame, place_in, with_added_filter
from emporion.insights.reports.presenting import Trend, trend
from emporion.insights.reports.types import Dimension, Figures, FunnelPlace, Metric, Page
from emporion.insights.revenue import queries as revenue
from emporion.insights.revenue.presenting import row_of
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def money(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The payments of a period and its filters, each with what it adds to the revenue; together they are the revenue."""
    site = site_of(request.actor, site_id)
    question = Question.on(request, site, request.actor, utcnow())
    if added := with_added_filter(question.address):
        return redirect(str(added))
    place = place_in(request)
    page = Page(limit=cards.PAGE_SIZE, offset=(place - 1) * cards.PAGE_SIZE)
    place_named = funnel_places.named(request.actor, site_id, question.address, request.GET)
    found = queries.shares(question.query, page, actor=request.actor, at=place_named.at)
    known = revenue.payments_named(request.actor, site_id, tuple(one.payment_id for one in found.rows))
    context = frame(question) | {
        "rows": [
            (row_of(known[one.payment_id]), label(Dimension.SOURCE, one.source), Money(one.amount_minor, site.currency))
            for one in found.rows
            if one.payment_id in known
        ],
        "count": found.count,
        "total": Money(found.total_minor, site.currency),
        "trend": _trend(question, found.total_minor, place_named.at),
        "paging": cards.paging(found.count, question.address, place),
        "export_url": str(question.export("credits"))
        if place_named.at is None and request.actor.may(Permission.CONFIGURE, site.project_id)
        else "",
        "place": place_named,
    }
    return render(request, "insights_reports/money.html", context)


def _trend(question: Question, total_minor: int, at: FunnelPlace | None) -> Trend | None:
    """How the revenue moved since the period that the question compares with."""
    query = question.query
    if query.compared is None:
        return None
    before = queries.shares(replace(query, period=query.compared), Page(limit=1), actor=question.actor, at=at)
    then = Figures(revenue_minor=before.total_minor)
    return trend(Figures(revenue_minor=total_minor), then, Metric.REVENUE, query.currency)
