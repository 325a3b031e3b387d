"""The page that says how likely people are to buy, what that rests on, and of whom its readers want to hear."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.intent import actions, presenting, queries
from emporion.insights.intent.forms import WishesForm, initial_of
from emporion.insights.intent.types import FEWEST_BUYERS, FEWEST_VISITS
from emporion.insights.reports import queries as reports
from emporion.insights.reports.rules import parse
from emporion.insights.sites.queries import site_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Permission
from emporion.store.types import PASSIVE_GOALS


@require_http_methods(["GET", "POST"])
@signed_in
def intent(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """How likely people are to buy, and the wish to hear of some of them."""
    site = site_of(request.actor, site_id)
    initial = initial_of(queries.wishes_of(request.actor, site_id), site.currency)
    form = WishesForm(request.POST or None, initial=initial, goals=_goals(request, site))
    if request.method == "POST" and form.is_valid():
        actions.save_wishes(site_id=site_id, wishes=form.wishes(site.currency), actor=request.actor)
        toasts.success(request, _("Saved. You hear of such visitors from now on, each at most once a day."))
        return redirect("insights_intent:intent", site_id)
    estimate = queries.estimate_of(request.actor, site_id)
    context = {
        "site": site,
        "estimate": estimate,
        "rating": presenting.rating(estimate),
        "needed": {"buyers": FEWEST_BUYERS, "visits": FEWEST_VISITS},
        "told": presenting.told(queries.told_of(request.actor, site_id)),
        "form": form,
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
    }
    return render(request, "insights_intent/intent.html", context, status=422 if form.errors else 200)


def _goals(request: ActorRequest, site: SiteView) -> tuple[str, ...]:
    """The goals that visitors reached lately by doing something."""
    found = reports.goals(parse({}, site, utcnow()), actor=request.actor)
    return tuple(row.value for row in found.rows if row.value not in PASSIVE_GOALS)[:12]
