"""Pages of signals: heartbeats, deploys, and how to send telemetry."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import queries as gateway
from emporion.kernel.clock import utcnow
from emporion.nexus.signals import actions, queries, samples, seen
from emporion.nexus.signals.forms import DeployForm, HeartbeatForm, ReceiverForm, initial_of
from emporion.nexus.signals.pages import project_of
from emporion.plumbing.made_once import made_once
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission
from emporion.store.errors import StoreUnavailable

DEPLOYS_SHOWN = timedelta(days=90)
SEEN_LATELY = timedelta(days=1)


@require_GET
@signed_in
def heartbeats(request: ActorRequest) -> HttpResponse:
    """Every job that is waited for, those that need somebody first."""
    project_id, now = project_of(request), utcnow()
    context = {
        "heartbeats": queries.heartbeats_of(request.actor, project_id, now=now),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_heartbeat(request.actor, uuid_of(request.GET.get("removed", "")), now=now),
    }
    return render(request, "nexus_signals/heartbeats.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
@made_once
def new_heartbeat(request: ActorRequest) -> HttpResponse:
    """Wait for a job; the next page has its address."""
    project_id = project_of(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    form = HeartbeatForm(request.POST or None, apis=gateway.apis_of(request.actor, project_id))
    if request.method == "POST" and form.is_valid():
        made = actions.add_heartbeat(heartbeat=form.heartbeat(), project_id=project_id, actor=request.actor, now=utcnow())
        return redirect("nexus_signals:heartbeat", made.id)
    return render(request, "nexus_signals/heartbeat_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def heartbeat(request: ActorRequest, heartbeat_id: UUID) -> HttpResponse:
    """One job: how it does, its address, and what is expected of it."""
    found = queries.heartbeat_of(request.actor, heartbeat_id, now=utcnow())
    apis = gateway.apis_of(request.actor, found.project_id)
    form = HeartbeatForm(request.POST or None, apis=apis, initial=initial_of(found))
    if request.method == "POST":
        request.actor.require(Permission.CONFIGURE, found.project_id)
        if form.is_valid():
            actions.change_heartbeat(heartbeat_id=found.id, heartbeat=form.heartbeat(), actor=request.actor, now=utcnow())
            toasts.success(request, _("Saved. It counts from the last sign of life."))
            return redirect("nexus_signals:heartbeat", found.id)
    context = {
        "heartbeat": found,
        "form": form,
        "samples": samples.heartbeat(found.address or f"{settings.SITE_URL}/beat/…"),
        "may_configure": request.actor.may(Permission.CONFIGURE, found.project_id),
    }
    return render(request, "nexus_signals/heartbeat.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def act_on_heartbeat(request: ActorRequest, heartbeat_id: UUID) -> HttpResponse:
    """Pause, resume, remove or bring back a heartbeat."""
    now = utcnow()
    match request.POST.get("do"):
        case "pause":
            actions.pause_heartbeat(heartbeat_id=heartbeat_id, actor=request.actor, now=now)
            toasts.success(request, _("Paused. Nobody is told when it goes missing."))
        case "resume":
            actions.resume_heartbeat(heartbeat_id=heartbeat_id, actor=request.actor, now=now)
            toasts.success(request, _("It is waited for again."))
        case "remove":
            actions.remove_heartbeat(heartbeat_id=heartbeat_id, actor=request.actor, now=now)
            return redirect(f"/nexus/heartbeats/?{urlencode({'removed': heartbeat_id})}")
        case "restore":
            actions.restore_heartbeat(heartbeat_id=heartbeat_id, actor=request.actor, now=now)
            toasts.success(request, _("The heartbeat is back under its old address."))
        case _:
            queries.heartbeat_of(request.actor, heartbeat_id, now=now)
    return redirect("nexus_signals:heartbeat", heartbeat_id)


@require_http_methods(["GET", "POST"])
@signed_in
def deploys(request: ActorRequest) -> HttpResponse:
    """What went live, newest first, and a form to note one by hand."""
    project_id, now = project_of(request), utcnow()
    form = DeployForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.mark_deploy(deploy=form.deploy(), project_id=project_id, actor=request.actor, now=now)
        toasts.success(request, _("Noted. It stands on every chart from now on."))
        return redirect("nexus_signals:deploys")
    context = {
        "deploys": queries.deploys(request.actor, project_id, now - DEPLOYS_SHOWN, now + timedelta(hours=1)),
        "form": form,
        "samples": samples.deploy(settings.SITE_URL),
        "may_use": request.actor.may(Permission.USE, project_id),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_deploy(request.actor, uuid_of(request.GET.get("removed", ""))),
    }
    return render(request, "nexus_signals/deploys.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def act_on_deploy(request: ActorRequest, deploy_id: UUID) -> HttpResponse:
    """Take a deploy out, or bring it back."""
    if request.POST.get("do") == "restore":
        actions.restore_deploy(deploy_id=deploy_id, actor=request.actor)
        toasts.success(request, _("The deploy is back."))
        return redirect("nexus_signals:deploys")
    actions.remove_deploy(deploy_id=deploy_id, actor=request.actor, now=utcnow())
    return redirect(f"/nexus/deploys/?{urlencode({'removed': deploy_id})}")


@require_http_methods(["GET", "POST"])
@signed_in
@made_once
def telemetry(request: ActorRequest) -> HttpResponse:
    """How to send traces, metrics, logs and alerts; what has come; which APIs were seen that nobody registered."""
    project_id, now = project_of(request), utcnow()
    form = ReceiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.add_receiver(name=form.cleaned_data["name"], project_id=project_id, actor=request.actor, now=now)
        toasts.success(request, _("The address is ready. Paste it into the other system."))
        return redirect("/nexus/telemetry/#alerts")
    receivers = queries.receivers_of(request.actor, project_id)
    context = {
        "samples": samples.telemetry(settings.SITE_URL),
        "receivers": [(one, samples.alertmanager(one.address) if one.address else ()) for one in receivers],
        "alerts": queries.external_alerts(request.actor, project_id, since=now - SEEN_LATELY),
        "form": form,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_receiver(request.actor, uuid_of(request.GET.get("removed", ""))),
        **_seen(request, project_id),
    }
    return render(request, "nexus_signals/telemetry.html", context, status=422 if form.errors else 200)


def _seen(request: ActorRequest, project_id: UUID) -> dict[str, object]:
    """What has come lately; a store that is away is said, and the rest of the page is there all the same."""
    now = utcnow()
    since, until = now - SEEN_LATELY, now + timedelta(hours=1)
    try:
        return {
            "seen": seen.signals_seen(request.actor, project_id, since, until),
            "unregistered": seen.unregistered(request.actor, project_id, since, until),
        }
    except StoreUnavailable:
        return {"is_store_away": True}


@require_POST
@signed_in
def act_on_receiver(request: ActorRequest, receiver_id: UUID) -> HttpResponse:
    """Take an address for alerts away, or bring it back."""
    if request.POST.get("do") == "restore":
        actions.restore_receiver(receiver_id=receiver_id, actor=request.actor, now=utcnow())
        toasts.success(request, _("The address takes in alerts again."))
        return redirect("/nexus/telemetry/#alerts")
    actions.remove_receiver(receiver_id=receiver_id, actor=request.actor, now=utcnow())
    return redirect(f"/nexus/telemetry/?{urlencode({'removed': receiver_id})}#alerts")
