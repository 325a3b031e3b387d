"""Pages of problems: what is wrong, since when, who feels it, and what a person can do about it."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.queries import names_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid
from emporion.nexus.alerts import actions, pages, queries, regrouping
from emporion.nexus.alerts.changes import changes_before
from emporion.nexus.alerts.forms import QuietForm
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def problems(request: ActorRequest) -> HttpResponse:
    """Open problems with their alerts, then what is over."""
    project_id, now = current_project_id(request), utcnow()
    if project_id is None:
        return render(request, "nexus_alerts/problems.html", {"has_project": False})
    names = names_of(request.actor, project_id)
    asked = pages.listing(request.GET.get("state", ""), request.GET.get("api", ""), request.GET.get("days", ""))
    past = queries.problems(request.actor, project_id, now - timedelta(days=asked.days), now)
    context = {
        "has_project": True,
        "asked": asked,
        "open": [pages.card(one, names, now) for one in queries.open_problems(request.actor, project_id)],
        "past": [pages.card(one, names, now) for one in asked.chosen(past)],
        "has_apis": bool(names),
        "may_act": request.actor.may(Permission.USE, project_id),
        **pages.filters(asked, names),
    }
    return render(request, "nexus_alerts/problems.html", context)


@require_GET
@signed_in
def problem(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """One problem: what, since when, who feels it, the evidence, its alerts, what changed before, and what to do."""
    found, now = queries.problem_of(request.actor, problem_id), utcnow()
    names = names_of(request.actor, found.project_id)
    may_act = request.actor.may(Permission.USE, found.project_id)
    others = [one for one in queries.open_problems(request.actor, found.project_id) if one.id != found.id]
    context = {
        "card": pages.card(found, names, now, shown=queries.SHOWN),
        "evidence": pages.evidence(request.actor, found, now),
        "changes": changes_before(request.actor, found),
        "others": others,
        "quiet": QuietForm(),
        "is_silenced": found.silenced_until is not None and found.silenced_until > now,
        "undo": uuid_of(request.GET.get("undo", "")),
        "declare_url": _declare_url(found.id) if found.incident_id is None else "",
        "incident_url": _incident_url(found.incident_id),
        "diagnosis_url": reverse("nexus_diagnosis:of_problem", args=[found.id]) if found.api_id else "",
        "may_act": may_act,
        "may_split": may_act and found.is_open and found.alert_count > 1,
    }
    return render(request, "nexus_alerts/problem.html", context)


@require_POST
@signed_in
def acknowledge(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Take a problem on."""
    found = actions.acknowledge(problem_id=problem_id, actor=request.actor, now=utcnow())
    messages.success(request, _("It is yours."))
    return redirect("nexus_alerts:problem", found.id)


@require_POST
@signed_in
def release(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Give a problem back."""
    actions.release(problem_id=problem_id, actor=request.actor, now=utcnow())
    return redirect("nexus_alerts:problem", problem_id)


@require_POST
@signed_in
def resolve(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Close a problem by a person's word."""
    actions.resolve(problem_id=problem_id, actor=request.actor, now=utcnow())
    return redirect("nexus_alerts:problem", problem_id)


@require_POST
@signed_in
def reopen(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Open a resolved problem again."""
    actions.reopen(problem_id=problem_id, actor=request.actor, now=utcnow())
    return redirect("nexus_alerts:problem", problem_id)


@require_POST
@signed_in
def silence(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Keep a problem from telling anybody for a while."""
    queries.problem_of(request.actor, problem_id)
    form, now = QuietForm(request.POST), utcnow()
    if form.is_valid():
        until = now + timedelta(hours=form.cleaned_data["hours"])
        reason = form.cleaned_data["reason"]
        actions.silence(problem_id=problem_id, until=until, reason=reason, actor=request.actor, now=now)
        messages.success(request, _("It tells nobody until then. Its alerts are still kept."))
    else:
        messages.error(request, _("Choose for how long."))
    return redirect("nexus_alerts:problem", problem_id)


@require_POST
@signed_in
def unsilence(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Let a problem speak again."""
    actions.unsilence(problem_id=problem_id, actor=request.actor, now=utcnow())
    return redirect("nexus_alerts:problem", problem_id)


@require_POST
@signed_in
def split(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Make a problem of its own of the alerts that were ticked."""
    chosen = [one for text in request.POST.getlist("alert") if (one := uuid_of(text)) is not None]
    try:
        taken = regrouping.split(problem_id=problem_id, alert_ids=chosen, actor=request.actor, now=utcnow())
    except (Conflict, Invalid) as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_alerts:problem", problem_id)
    return redirect(f"{reverse('nexus_alerts:problem', args=[problem_id])}?{urlencode({'undo': str(taken)})}")


@require_POST
@signed_in
def merge(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Make one problem of this and another."""
    into = uuid_of(request.POST.get("into", "")) or problem_id
    try:
        taken = regrouping.merge(problem_id=problem_id, into_id=into, actor=request.actor, now=utcnow())
    except (Conflict, Invalid) as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_alerts:problem", problem_id)
    return redirect(f"{reverse('nexus_alerts:problem', args=[into])}?{urlencode({'undo': str(taken)})}")


@require_POST
@signed_in
def undo(request: ActorRequest, regrouping_id: UUID) -> HttpResponse:
    """Take a merge or a split back."""
    found = regrouping.undo(regrouping_id=regrouping_id, actor=request.actor, now=utcnow())
    messages.success(request, _("The alerts are grouped as they were."))
    return redirect("nexus_alerts:problem", found.id)


def _declare_url(problem_id: UUID) -> str:
    """Where an incident is declared from a problem, where incidents are served."""
    try:
        return reverse("nexus_incidents:declare") + f"?{urlencode({'problem': str(problem_id)})}"
    except NoReverseMatch:
        return ""


def _incident_url(incident_id: UUID | None) -> str:
    try:
        return reverse("nexus_incidents:incident", args=[incident_id]) if incident_id else ""
    except NoReverseMatch:
        return ""
