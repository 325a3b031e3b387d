"""Bringing history in: choose where it comes from, upload, see what was found, agree, and undo."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.imports import actions, presenting, queries
from emporion.insights.imports.forms import AgreeForm
from emporion.insights.imports.rules import MOST_BYTES
from emporion.insights.imports.types import ImportView, Source
from emporion.insights.imports.wording import GUIDES
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid


@require_http_methods(["GET", "POST"])
@signed_in
def imports(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Where history can come from, the upload, and what was imported before."""
    past = queries.imports_of(request.actor, site_id)
    source, problem = _source(request), None
    if request.method == "POST":
        uploads = request.FILES.getlist("files")
        try:
            import_id = actions.begin(site_id=site_id, source=source, uploads=uploads, actor=request.actor, now=utcnow())
        except (Invalid, Conflict) as error:
            problem = error
        else:
            return redirect("insights_imports:import", site_id, import_id)
    context = {
        "site": site_of(request.actor, site_id),
        "source": source,
        "guide": GUIDES[source],
        "sources": presenting.options(reverse("insights_imports:list", args=[site_id]), source),
        "past": [presenting.line(one) for one in past],
        "open_import": next((one for one in past if one.state.is_open), None),
        "most_bytes": MOST_BYTES,
        "problem": problem,
    }
    return render(request, "insights_imports/imports.html", context, status=422 if problem else 200)


@require_GET
@signed_in
def one_import(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """One import: how far it is, what was found, and what can be done with it."""
    one = queries.import_of(request.actor, site_id, import_id)
    context = _shown(one) | {"site": site_of(request.actor, site_id)}
    return render(request, "insights_imports/import.html", context)


@require_GET
@signed_in
def state(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """What changes on its page while it goes on."""
    one = queries.import_of(request.actor, site_id, import_id)
    context = _shown(one) | {"site": site_of(request.actor, site_id)}
    return render(request, "insights_imports/_import.html", context)


@require_POST
@signed_in
def agree(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """Store what was found."""
    form = AgreeForm(request.POST)
    takes_covered = form.is_valid() and form.cleaned_data["takes_covered"]
    actions.agree(site_id=site_id, import_id=import_id, takes_covered=takes_covered, actor=request.actor, now=utcnow())
    return redirect("insights_imports:import", site_id, import_id)


@require_POST
@signed_in
def cancel(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """Give it up before anything is stored."""
    actions.cancel(site_id=site_id, import_id=import_id, actor=request.actor, now=utcnow())
    return redirect("insights_imports:list", site_id)


@require_POST
@signed_in
def undo(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """Take away what it added."""
    actions.undo(site_id=site_id, import_id=import_id, actor=request.actor, now=utcnow())
    return redirect("insights_imports:import", site_id, import_id)


@require_GET
@signed_in
def left_out(request: ActorRequest, site_id: UUID, import_id: UUID) -> HttpResponse:
    """The rows that were left out, as a file."""
    content = queries.left_out(request.actor, site_id, import_id)
    headers = {"Content-Disposition": f'attachment; filename="left-out-{import_id}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _source(request: ActorRequest) -> Source:
    said = (request.POST if request.method == "POST" else request.GET).get("source", "")
    return Source(said) if said in {str(one) for one in GUIDES} else Source.LOGS


def _shown(one: ImportView) -> dict[str, object]:
    return {
        "one": one,
        "line": presenting.line(one),
        "guide": GUIDES[one.source],
        "files": presenting.files(one),
        "samples": presenting.sample_names(one),
        "left": presenting.left(one),
        "chart": presenting.chart(one),
        "is_through_proxy": presenting.is_through_proxy(one),
        "has_no_browsers": presenting.has_no_browsers(one),
        "can_store": presenting.can_store(one),
        "form": AgreeForm(),
        "expected": one.totals.taken + (one.totals.covered if one.takes_covered else 0),
    }
