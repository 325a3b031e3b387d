"""The page of what another product counted before the website was measured here."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.imports import presenting
from emporion.insights.imports.history import history
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def totals(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Totals of all years, or of one; an empty page says where they come from."""
    site = site_of(request.actor, site_id)
    said = request.GET.get("year", "")
    found = history(request.actor, site_id, year=int(said) if said.isascii() and said.isdigit() and len(said) == 4 else None)
    context = {
        "site": site,
        "history": found,
        "years": presenting.years(found, reverse("insights_imports:history", args=[site_id])) if found else (),
        "chart": presenting.chart_of_history(found) if found else None,
        "lists": presenting.lists(found) if found else (),
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
    }
    return render(request, "insights_imports/history.html", context)
