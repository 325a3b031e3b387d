"""Pages of payments: the list whose totals add up, and one payment with why it belongs where it does."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.revenue import presenting, queries
from emporion.insights.revenue.forms import asked_for, model_of
from emporion.insights.revenue.types import Standing
from emporion.insights.sites import queries as sites
from emporion.kernel.clock import utcnow
from emporion.plumbing.parsing import number_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def payments(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The payments of a website."""
    site = sites.site_of(request.actor, site_id)
    asked = asked_for(request.GET, site, now=utcnow())
    model = model_of(request.GET, site)
    rows, page = queries.payments_of(request.actor, site_id, asked.wanted, page=number_of(request.GET.get("page", "1")) or 1)
    totals = queries.totals_of(request.actor, site_id, asked.wanted, model=model)
    standings = {one.value: presenting.STANDING_WORDS[one] for one in (Standing.COUNTED, Standing.EXPECTED)}
    context = {
        "site": site,
        "rows": [presenting.row_of(row) for row in rows],
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "totals": totals,
        "model": presenting.MODEL_WORDS[model],
        "models": presenting.model_options(model),
        "asked": asked,
        "part": presenting.PART_WORDS[asked.wanted.part] if asked.wanted.part else "",
        "carried": asked.carried,
        "credited": presenting.credited_of(asked.wanted.credited, totals),
        "spans": presenting.options(presenting.SPANS, asked.days, ""),
        "methods": presenting.options(
            {one.value: words for one, words in presenting.METHOD_WORDS.items()}, asked.method, _("Every match")
        ),
        "kinds": presenting.options(
            {one.value: words for one, words in presenting.KIND_WORDS.items()}, asked.kind, _("Every kind")
        ),
        "standings": presenting.options(standings, asked.state, _("Every state")),
        "sources": presenting.options(
            {one: one for one in queries.sources_of(request.actor, site_id)}, asked.source, _("Every source")
        ),
        "is_empty": not rows and not asked.is_filtered and not queries.has_payments(request.actor, site_id),
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
        "connections": queries.connections_of(request.actor, site_id),
    }
    return render(request, "insights_revenue/payments.html", context)


@require_GET
@signed_in
def payment(request: ActorRequest, site_id: UUID, payment_id: UUID) -> HttpResponse:
    """One payment with its journey, the ladder, and what every model credits."""
    site = sites.site_of(request.actor, site_id)
    detail = queries.payment_of(request.actor, site_id, payment_id)
    model = model_of(request.GET, site)
    visits = queries.journey_of(request.actor, site_id, detail)
    context = {
        "site": site,
        "detail": detail,
        "row": presenting.row_of(detail.payment),
        "ladder": presenting.ladder_of(detail),
        "lines": presenting.credit_lines(detail, model),
        "sums": [(detail.sums[one], one is model) for one in detail.sums],
        "heads": [(presenting.MODEL_WORDS[one], one is model) for one in presenting.MODEL_WORDS],
        "earner": presenting.earner_of(detail, model),
        "model": presenting.MODEL_WORDS[model],
        "models": presenting.model_options(model),
        "journey": presenting.journey_lines(visits, detail, model),
        "gap_before": presenting.away(visits[-1].started_at, detail.payment.occurred_at) if visits else "",
        "ways": [(presenting.WAY_WORDS[one.source], presenting.KIND_WORDS[one.kind], one) for one in detail.reports],
        "reversals": [presenting.row_of(one) for one in detail.reversals],
    }
    return render(request, "insights_revenue/payment.html", context)
