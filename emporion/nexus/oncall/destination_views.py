"""Pages of the channels that a team and its programs hear of trouble in, and the log of what was posted."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.clock import utcnow
from emporion.nexus.oncall.forms import DestinationForm
from emporion.nexus.oncall.views import project_of
from emporion.notify import actions, queries
from emporion.notify.errors import DestinationNotFound, DestinationRefused
from emporion.notify.types import DestinationView, Message, Topic
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def destinations(request: ActorRequest) -> HttpResponse:
    """Every channel with its last post; a POST adds one and shows its secret this once."""
    project_id, actor = project_of(request), request.actor
    form, secret = DestinationForm(request.POST or None), ""
    if request.method == "POST":
        actor.require(Permission.CONFIGURE, project_id)
    if request.method == "POST" and form.is_valid():
        try:
            _made, secret = actions.add_destination(destination=form.destination(project_id), actor=actor, now=utcnow())
        except DestinationRefused as error:
            form.add_error("address", f"{error.message} {error.step}")
        else:
            toasts.success(request, _("The channel is ready. Send a test to see whether it arrives."))
            if not secret:
                return redirect("nexus_oncall:destinations")
            form = DestinationForm()
    context = {
        "destinations": [one for one in queries.destinations_of(actor) if one.project_id in {None, project_id}],
        "form": form,
        "secret": secret,
        "removed": request.GET.get("removed", "") if uuid_of(request.GET.get("removed", "")) else "",
        "may_configure": actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_oncall/destinations.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def destination(request: ActorRequest, destination_id: UUID) -> HttpResponse:
    """One channel and what was posted to it."""
    shown = _found(request, destination_id)
    context = {
        "destination": shown,
        "deliveries": queries.deliveries_of(request.actor, destination_id=destination_id),
        "may_configure": _may_configure(request, shown),
    }
    return render(request, "nexus_oncall/destination.html", context)


@signed_in
@require_POST
def try_out(request: ActorRequest, destination_id: UUID) -> HttpResponse:
    """Post a test."""
    word = Message(
        topic=Topic.INCIDENT,
        title=_("A test of Emporion"),
        body=_("If you can read this, problems and incidents will be told here."),
        url="/nexus/on-call/",
        organisation_id=request.actor.organisation_id,
        kind="test",
    )
    actions.try_destination(destination_id=destination_id, message=word, actor=request.actor, now=utcnow())
    toasts.success(request, _("Sent. Its line in the log says what came of it."))
    return redirect("nexus_oncall:destination", destination_id)


@signed_in
@require_POST
def pause(request: ActorRequest, destination_id: UUID) -> HttpResponse:
    """Leave a channel out, or let it hear again."""
    is_paused = request.POST.get("state") == "paused"
    actions.pause_destination(destination_id=destination_id, is_paused=is_paused, actor=request.actor)
    toasts.success(request, _("The channel is paused.") if is_paused else _("The channel hears again."))
    return redirect("nexus_oncall:destination", destination_id)


@signed_in
@require_POST
def remove(request: ActorRequest, destination_id: UUID) -> HttpResponse:
    """Remove a channel; the list offers to undo it."""
    actions.remove_destination(destination_id=destination_id, actor=request.actor, now=utcnow())
    return redirect(f"/nexus/on-call/channels/?removed={destination_id}")


@signed_in
@require_POST
def restore(request: ActorRequest, destination_id: UUID) -> HttpResponse:
    """Bring a channel back."""
    actions.restore_destination(destination_id=destination_id, actor=request.actor)
    toasts.success(request, _("The channel is back."))
    return redirect("nexus_oncall:destinations")


def _found(request: ActorRequest, destination_id: UUID) -> DestinationView:
    found = next((one for one in queries.destinations_of(request.actor) if one.id == destination_id), None)
    if found is None:
        raise DestinationNotFound
    return found


def _may_configure(request: ActorRequest, shown: DestinationView) -> bool:
    needed = Permission.CONFIGURE if shown.project_id else Permission.MANAGE_ORGANISATION
    return request.actor.may(needed, shown.project_id)
