"""Pages of costs: the report, the calls behind each number, and how one call came to its cost."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.queries import names_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.costs import calls as behind
from emporion.nexus.costs import queries
from emporion.nexus.costs.address import CALLS, HOME, question_of
from emporion.nexus.costs.call_pages import call_row, calls_page, part_rows
from emporion.nexus.costs.pages import report_page
from emporion.plumbing.parsing import number_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def costs(request: ActorRequest) -> HttpResponse:
    """What was spent, on what, and why it changed."""
    now = utcnow()
    found = queries.report(request.actor, question_of(request.GET, project_of(request), now), now=now)
    return _answer(request, "nexus_costs/costs.html", report_page(found) | {"report": found})


@require_GET
@signed_in
def calls(request: ActorRequest) -> HttpResponse:
    """The calls behind a number, dearest first."""
    project_id = project_of(request)
    question = question_of(request.GET, project_id, utcnow())
    order = request.GET.get("sort", "")
    order = order if order in behind.ORDERS else "cost"
    offset = number_of(request.GET.get("at", ""))
    page = behind.calls(request.actor, question, order=order, offset=offset)
    names = dict(names_of(request.actor, project_id))
    return _answer(request, "nexus_costs/calls.html", calls_page(question, page, names, order, offset, behind.PAGE_SIZE))


@require_GET
@signed_in
def call(request: ActorRequest, call_id: UUID) -> HttpResponse:
    """How the cost of one call came about."""
    project_id = project_of(request)
    found = behind.call(request.actor, project_id, call_id)
    names = dict(names_of(request.actor, project_id))
    context = {
        "call": call_row(found.call, names),
        "cost": found,
        "parts": part_rows(found),
        "may_configure": request.actor.may(Permission.MANAGE_PROJECTS),
        "home": HOME,
        "calls_url": CALLS,
    }
    return _answer(request, "nexus_costs/call.html", context)


def project_of(request: ActorRequest) -> UUID:
    """The project that is worked in; who is in none has no costs."""
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound("You are not in a project yet.", next_step="Create one, or accept an invitation.")
    return project_id


def _answer(request: ActorRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    response.headers["Cache-Control"] = "no-store"
    return response
