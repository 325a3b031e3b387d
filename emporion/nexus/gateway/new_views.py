"""Registering an API, and the page after it: the first key, the lines to paste, the wait for the first call."""

from uuid import UUID

from django.conf import settings as installation
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.presets import PRESETS, preset_of
from emporion.gateway.routing.recorded import last_call
from emporion.gateway.routing.types import ApiView, NewKey
from emporion.kernel.clock import utcnow
from emporion.nexus.gateway import samples
from emporion.nexus.gateway.forms import PRESET_KEYS, ApiForm
from emporion.nexus.gateway.pages import REFUSALS, is_served, project_of, put_error
from emporion.plumbing import secrets
from emporion.plumbing.types import Permission
from emporion.store.errors import StoreUnavailable

FIRST_KEY = "gateway_first_key"


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: ActorRequest) -> HttpResponse:
    """Choose an API, enter its key; the next page shows how to call it."""
    project_id = project_of(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    chosen = request.POST.get("preset") or request.GET.get("preset") or ""
    if chosen not in PRESET_KEYS:
        return render(request, "nexus_gateway/choose.html", {"presets": PRESETS, "ways": _ways()})
    preset = preset_of(chosen)
    form = ApiForm(request.POST or None, preset=preset)
    if request.method == "POST" and form.is_valid() and (api := _registered(request, form, project_id)):
        return redirect("nexus_gateway:start", api.id)
    context = {"form": form, "preset": preset, "failed": bool(form.errors)}
    return render(request, "nexus_gateway/new.html", context, status=422 if form.errors else 200)


def _registered(request: ActorRequest, form: ApiForm, project_id: UUID) -> ApiView | None:
    now = utcnow()
    try:
        api, warning = actions.register_api(api=form.api(), project_id=project_id, actor=request.actor, now=now)
        made = actions.create_key(
            key=NewKey(name=_("First key of %(api)s") % {"api": api.name}), project_id=project_id, actor=request.actor, now=now
        )
    except REFUSALS as error:
        put_error(form, error)
        return None
    # The page after this one shows the key once; until then it rests encrypted, as everything that opens something.
    request.session[FIRST_KEY] = [str(api.id), secrets.encrypt(made.plaintext)]
    if warning:
        toasts.warning(request, _("The API answers, but says: %(warning)s") % {"warning": warning})
    return api


@require_GET
@signed_in
def start(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """The first key, the lines to paste, and whether the first call is there."""
    api = queries.api_of(request.actor, api_id)
    if api.is_platform:  # agents call it by themselves
        return redirect("nexus_gateway:settings", api_id)
    key = _first_key(request, api_id)
    context = {
        "api": api,
        "key": key,
        "samples": samples.first_call(api, server=installation.SITE_URL, key=key),
        "address": f"{installation.SITE_URL}/gateway/{api.slug}/",
        "may_configure": request.actor.may(Permission.CONFIGURE, api.project_id),
        "ways": _ways(),
        **_waiting(request, api),
    }
    return render(request, "nexus_gateway/start.html", context)


@require_POST
@signed_in
def another_key(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """One more key, for somebody who left the page before the first was copied."""
    api = queries.api_of(request.actor, api_id)
    name = _("First key of %(api)s") % {"api": api.name}
    made = actions.create_key(key=NewKey(name=name), project_id=api.project_id, actor=request.actor, now=utcnow())
    request.session[FIRST_KEY] = [str(api.id), secrets.encrypt(made.plaintext)]
    return redirect("nexus_gateway:start", api_id)


@require_GET
@signed_in
def first(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Whether the first call is there; asked for every few seconds by the page."""
    api = queries.api_of(request.actor, api_id)
    if not request.headers.get("HX-Request"):
        return redirect("nexus_gateway:start", api_id)
    return render(request, "nexus_gateway/_first.html", {"api": api, **_waiting(request, api)})


def _waiting(request: ActorRequest, api: ApiView) -> dict[str, object]:
    try:
        call = last_call(request.actor, api.id, now=utcnow())
    except StoreUnavailable:
        return {"call": None, "is_store_away": True}
    if call is not None:
        actions.note_first_calls(first_calls={api.id: call.at})
    detail = f"/nexus/apis/{api.id}/"
    return {"call": call, "detail_url": detail if is_served(detail) else ""}


def _first_key(request: ActorRequest, api_id: UUID) -> str:
    """The key that was just made, the one time that it is shown."""
    kept = request.session.get(FIRST_KEY)
    if not kept or kept[0] != str(api_id):
        return ""
    del request.session[FIRST_KEY]
    return secrets.decrypt(kept[1])


def _ways() -> tuple[tuple[str, str, str], ...]:
    return tuple(way for way in samples.ways_in() if is_served(way[2]))
