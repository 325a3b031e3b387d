"""The overview of Nexus and the list of APIs: what is broken, since when, who feels it, one button."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.actions import divert as divert_calls
from emporion.gateway.routing.errors import RouteInvalid
from emporion.gateway.routing.queries import api_of, apis_of, route_of
from emporion.gateway.routing.types import Calls, RouteTarget
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.alerts.queries import open_problems
from emporion.nexus.apis.standing import standings
from emporion.nexus.overview.addresses import address
from emporion.nexus.overview.pages import cards_of, midnight, overview_page
from emporion.nexus.signals.queries import unregistered
from emporion.nexus.signals.types import SeenApi
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission
from emporion.store.errors import StoreUnavailable

SEEN_LATELY = timedelta(days=1)


@require_GET
@signed_in
def overview(request: ActorRequest) -> HttpResponse:
    """Trouble first. Polled, it answers 204 while nothing changed, so that nobody's finger or focus loses its button."""
    now, project_id = utcnow(), current_project_id(request)
    page = overview_page(request.actor, project_id, now) if project_id else None
    is_part = request.headers.get("HX-Target") == "live"
    if is_part and page and request.GET.get("seen") == page.mark:
        return HttpResponse(status=204)
    context = {"page": page, "now": now, "undo_url": _undo_url(request, now)} | _start(request, project_id)
    template = "nexus_overview/_live.html" if is_part and page else "nexus_overview/overview.html"
    response = render(request, template, context)
    patch_vary_headers(response, ("HX-Target",))
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in
def divert(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Send the calls of an API to another one, at once; the page that follows offers to undo it."""
    to = uuid_of(request.POST.get("to", ""))
    api = api_of(request.actor, api_id)
    other = api_of(request.actor, to) if to else None
    if other is None:
        raise NotFound
    try:
        route = divert_calls(calls=Calls(api_id=api.id), to=RouteTarget(api_id=other.id), actor=request.actor, now=utcnow())
    except RouteInvalid as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_overview:overview")
    return redirect(f"{address('nexus_overview:overview')}?routed={route.id}")


@require_GET
@signed_in
def apis(request: ActorRequest) -> HttpResponse:
    """Every API of the project, worst first."""
    now, project_id = utcnow(), current_project_id(request)
    found = {api.id: api for api in apis_of(request.actor, project_id)} if project_id else {}
    stand = standings(request.actor, project_id, now, midnight(now)) if project_id and found else []
    problems = open_problems(request.actor, project_id) if project_id and found else []
    context = {"cards": cards_of(stand, found, now, problems), "unregistered": _unregistered(request, project_id, now)}
    return render(request, "nexus_overview/apis.html", context | _start(request, project_id))


def _unregistered(request: ActorRequest, project_id: UUID | None, now: datetime) -> list[SeenApi]:
    """The APIs that traces tell of and nobody has registered; none where the event store is away."""
    try:
        return unregistered(request.actor, project_id, now - SEEN_LATELY, now + timedelta(hours=1)) if project_id else []
    except StoreUnavailable:
        return []


def _start(request: ActorRequest, project_id: UUID | None) -> dict[str, object]:
    """What an empty page offers: the one action that fills it, to those who may do it."""
    may = request.actor.may(Permission.CONFIGURE, project_id)
    return {"new_url": address("nexus_gateway:new") if may else "", "may_register": may}


def _undo_url(request: ActorRequest, now: datetime) -> str:
    route_id = uuid_of(request.GET.get("routed", ""))
    if route_id is None:
        return ""
    try:
        route = route_of(request.actor, route_id, now=now)
    except NotFound:
        return ""
    if not route.is_in_force:
        return ""
    return address("nexus_gateway:undo-route", route.id)
