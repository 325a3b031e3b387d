"""The settings of an API: its name and address, its key, how long bodies are kept, pause and removal."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.types import ApiView
from emporion.kernel.clock import utcnow
from emporion.nexus.gateway.forms import ApiSettingsForm, RotateForm, initial_of
from emporion.nexus.gateway.pages import REFUSALS, put_error
from emporion.plumbing.types import Permission


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """What is known of an API and how its calls are treated."""
    api = queries.api_of(request.actor, api_id)
    form = ApiSettingsForm(request.POST or None, initial=initial_of(api))
    if request.method == "POST" and form.is_valid() and _saved(request, api, form):
        toasts.success(request, _("The settings are saved. New calls follow them within seconds."))
        return redirect("nexus_gateway:settings", api_id)
    return _page(request, api, form=form)


@require_POST
@signed_in
def rotate(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Put a new key of the provider's in the place of the old one."""
    api = queries.api_of(request.actor, api_id)
    form = RotateForm(request.POST)
    if form.is_valid() and _rotated(request, api, form):
        toasts.success(request, _("The new key is in use within seconds. Now revoke the old one at the provider."))
        return redirect("nexus_gateway:settings", api_id)
    return _page(request, api, rotate_form=form)


@require_POST
@signed_in
def pause(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Refuse the calls of an API at the gateway, or let them through again."""
    is_paused = request.POST.get("state") == "paused"
    actions.pause_api(api_id=api_id, is_paused=is_paused, actor=request.actor, now=utcnow())
    toasts.success(request, _("Calls are refused within seconds.") if is_paused else _("Calls go through again within seconds."))
    return redirect("nexus_gateway:settings", api_id)


@require_POST
@signed_in
def remove(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Take an API away; the next page offers to undo it."""
    actions.remove_api(api_id=api_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_gateway:home')}?removed={api_id}")


@require_POST
@signed_in
def restore(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Bring a removed API back."""
    actions.restore_api(api_id=api_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The API is back, with its key and its settings."))
    return redirect("nexus_gateway:settings", api_id)


def _page(
    request: ActorRequest, api: ApiView, *, form: ApiSettingsForm | None = None, rotate_form: RotateForm | None = None
) -> HttpResponse:
    form = form or ApiSettingsForm(initial=initial_of(api))
    context = {
        "api": api,
        "form": form,
        "rotate_form": rotate_form or RotateForm(),
        "rotate_failed": bool(rotate_form and rotate_form.errors),
        "may_configure": request.actor.may(Permission.CONFIGURE, api.project_id) and not api.is_platform,
    }
    is_wrong = bool(form.errors or (rotate_form and rotate_form.errors))
    return render(request, "nexus_gateway/settings.html", context, status=422 if is_wrong else 200)


def _saved(request: ActorRequest, api: ApiView, form: ApiSettingsForm) -> bool:
    try:
        actions.change_api(api_id=api.id, settings=form.settings(), actor=request.actor, now=utcnow())
    except REFUSALS as error:
        put_error(form, error)
        return False
    return True


def _rotated(request: ActorRequest, api: ApiView, form: RotateForm) -> bool:
    data, now = form.cleaned_data, utcnow()
    try:
        found = actions.rotate_secret(
            api_id=api.id, secret=data["secret"], is_unchecked=data["is_unchecked"], actor=request.actor, now=now
        )
    except REFUSALS as error:
        put_error(form, error)
        return False
    if found and found.warning:
        toasts.warning(request, _("The API answers, but says: %(warning)s") % {"warning": found.warning})
    return True
