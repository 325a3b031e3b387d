"""The gateway's own pages: which APIs it calls, the keys that open them, and where calls go."""

from uuid import UUID

from django.conf import settings as installation
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.errors import RouteNotFound
from emporion.gateway.routing.metering import use_of
from emporion.gateway.routing.types import MadeKey, RouteView
from emporion.kernel.clock import utcnow
from emporion.nexus.gateway.forms import KeyForm, RouteForm
from emporion.nexus.gateway.pages import REFUSALS, project_of, put_error, sections
from emporion.plumbing.made_once import made_once
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def home(request: ActorRequest) -> HttpResponse:
    """The APIs of the project with the address to call, and what is in force now."""
    project_id, now = project_of(request), utcnow()
    context = {
        "sections": sections(request),
        "apis": queries.apis_of(request.actor, project_id),
        "routes": queries.routes_of(request.actor, project_id, now=now),
        "server": installation.SITE_URL,
        "use": use_of(request.actor, project_id, now=now),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_api(request.actor, uuid_of(request.GET.get("removed", ""))),
    }
    return render(request, "nexus_gateway/home.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
@made_once
def keys(request: ActorRequest) -> HttpResponse:
    """The keys of the project; a new one is shown once."""
    project_id, now = project_of(request), utcnow()
    apis = queries.apis_of(request.actor, project_id)
    form = KeyForm(request.POST or None, apis=apis)
    made = _made(request, form, project_id) if request.method == "POST" and form.is_valid() else None
    context = {
        "sections": sections(request),
        "keys": queries.keys_of(request.actor, project_id, now=now),
        "had_keys": queries.had_keys(request.actor, project_id),
        "revoked": queries.revoked_key(request.actor, project_id, uuid_of(request.GET.get("revoked", "")), now=now),
        "made": made,
        "form": KeyForm(apis=apis) if made else form,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_gateway/keys.html", context, status=422 if form.errors else 200)


def _made(request: ActorRequest, form: KeyForm, project_id: UUID) -> MadeKey | None:
    try:
        return actions.create_key(key=form.key(), project_id=project_id, actor=request.actor, now=utcnow())
    except REFUSALS as error:
        put_error(form, error)
        return None


@require_POST
@signed_in
def revoke_key(request: ActorRequest, key_id: UUID) -> HttpResponse:
    """End a key; the page offers to undo it."""
    actions.revoke_key(key_id=key_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_gateway:keys')}?revoked={key_id}")


@require_POST
@signed_in
def restore_key(request: ActorRequest, key_id: UUID) -> HttpResponse:
    """Bring a key back that was just revoked."""
    actions.restore_key(key_id=key_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The key is valid again within seconds."))
    return redirect("nexus_gateway:keys")


@require_http_methods(["GET", "POST"])
@signed_in
def routes(request: ActorRequest) -> HttpResponse:
    """Where calls go now, what ended, and a new route; the last step can be undone."""
    project_id, now = project_of(request), utcnow()
    apis = queries.apis_of(request.actor, project_id)
    chosen = {"api": request.GET.get("api", ""), "mode": request.GET.get("mode", "")}
    form = RouteForm(request.POST or None, apis=apis, initial=chosen)
    if request.method == "POST" and form.is_valid() and (route := _set(request, form)):
        return _after(route.id)
    context = {
        "sections": sections(request),
        "apis": apis,
        "routes": queries.routes_of(request.actor, project_id, now=now),
        "ended": queries.ended_routes(request.actor, project_id, now=now),
        "changed": _changed(request),
        "form": form,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_gateway/routes.html", context, status=422 if form.errors else 200)


def _set(request: ActorRequest, form: RouteForm) -> RouteView | None:
    now = utcnow()
    try:
        return actions.save_route(route=form.route(now), actor=request.actor, now=now)
    except REFUSALS as error:
        put_error(form, error)
        return None


@require_POST
@signed_in
def withdraw_route(request: ActorRequest, route_id: UUID) -> HttpResponse:
    """End a route."""
    actions.withdraw_route(route_id=route_id, actor=request.actor, now=utcnow())
    return _after(route_id)


@require_POST
@signed_in
def undo_route(request: ActorRequest, route_id: UUID) -> HttpResponse:
    """Take the last step back."""
    route = actions.undo_route(route_id=route_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The route is back in force.") if route.is_in_force else _("Undone. Calls go as before."))
    return redirect("nexus_gateway:routes")


def _after(route_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('nexus_gateway:routes')}?changed={route_id}")


def _changed(request: ActorRequest) -> RouteView | None:
    """The route that was just set or withdrawn, so that it can be undone."""
    route_id = uuid_of(request.GET.get("changed", ""))
    if route_id is None:
        return None
    try:
        return queries.route_of(request.actor, route_id, now=utcnow())
    except RouteNotFound:
        return None
