"""Pages of goals and funnels: what is counted, how far visitors get, and a test that waits for the first event."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.goals import actions, queries
from emporion.insights.reports import goal_reports as figures
from emporion.insights.reports.goal_forms import FIRST_SHOWN, FunnelForm, GoalForm, Steps
from emporion.insights.reports.pages import Question, frame, with_added_filter
from emporion.insights.reports.types import Dimension
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.kernel.money import exponent
from emporion.plumbing.types import Permission

TEST_WINDOW = timedelta(days=30)


@require_http_methods(["GET", "POST"])
@signed_in
def goals(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Every goal with its completions and conversion; POST sets one up."""
    site, now = site_of(request.actor, site_id), utcnow()
    question = Question.on(request, site, request.actor, now)
    if added := with_added_filter(question.address):
        return redirect(str(added))
    form = GoalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            goal = actions.create_goal(site_id=site_id, goal=form.goal(site.currency), actor=request.actor, now=now)
        except DomainError as error:
            form.add_error("name", f"{error.message} {error.step}")
        else:
            return redirect("insights_goals:goal", site_id, goal.id)
    context = frame(question) | {
        "form": form,
        "rows": figures.goal_lines(request.actor, question.query, _behind(question)),
        "export_url": str(question.export(Dimension.GOAL.value)),
        "decimals": exponent(site.currency),
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
        "removed": request.GET.get("removed", ""),
    }
    return render(request, "insights_reports/goals.html", context, status=422 if form.errors else 200)


def _behind(question: Question) -> figures.Behind:
    address, site_id = question.address.to(removed=""), question.site.id
    return figures.Behind(
        visitors=address.at(reverse("insights_live:visitors", args=[site_id])),
        money=address.at(reverse("insights_reports:money", args=[site_id])),
    )


@require_GET
@signed_in
def goal(request: ActorRequest, site_id: UUID, goal_id: UUID) -> HttpResponse:
    """One goal: the code that reports it, and a test that waits for its event."""
    site = site_of(request.actor, site_id)
    found = queries.goal(request.actor, site_id, goal_id)
    context = {"site": site, "goal": found, "samples": figures.samples(found.name), "wait_url": _wait_url(site_id, goal_id)}
    return render(request, "insights_reports/goal.html", context)


@require_GET
@signed_in
def goal_seen(request: ActorRequest, site_id: UUID, goal_id: UUID) -> HttpResponse:
    """Whether the event of a goal was seen lately; the page asks until it was, and then the goal is verified."""
    site = site_of(request.actor, site_id)
    found = queries.goal(request.actor, site_id, goal_id)
    if found.verified_at is None and request.actor.may(Permission.CONFIGURE, site.project_id):
        seen_at = figures.last_seen(request.actor, site_id, found.name, since=utcnow() - TEST_WINDOW)
        if seen_at is not None:
            found = actions.verify_goal(site_id=site_id, goal_id=goal_id, seen_at=seen_at, actor=request.actor)
    return render(request, "insights_reports/_goal_seen.html", {"goal": found, "wait_url": _wait_url(site_id, goal_id)})


def _wait_url(site_id: UUID, goal_id: UUID) -> str:
    return reverse("insights_goals:goal-seen", args=[site_id, goal_id])


@require_POST
@signed_in
def remove_goal(request: ActorRequest, site_id: UUID, goal_id: UUID) -> HttpResponse:
    """Take a goal off the list; it can be brought back."""
    actions.remove_goal(site_id=site_id, goal_id=goal_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('insights_goals:goals', args=[site_id])}?{urlencode({'removed': str(goal_id)})}")


@require_POST
@signed_in
def restore_goal(request: ActorRequest, site_id: UUID, goal_id: UUID) -> HttpResponse:
    """Bring a goal back."""
    actions.restore_goal(site_id=site_id, goal_id=goal_id, actor=request.actor, now=utcnow())
    messages.success(request, _("The goal is back."))
    return redirect("insights_goals:goals", site_id)


@require_http_methods(["GET", "POST"])
@signed_in
def funnels(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The saved funnels; POST saves another."""
    site, now = site_of(request.actor, site_id), utcnow()
    form, steps = FunnelForm(request.POST or None), Steps(request.POST or None, prefix="step")
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        try:
            saved = actions.save_funnel(site_id=site_id, funnel=form.funnel(iter(steps)), actor=request.actor, now=now)
        except DomainError as error:
            form.add_error(None, f"{error.message} {error.step}")
        else:
            return redirect("insights_goals:funnel", site_id, saved.id)
    context = {
        "site": site,
        "form": form,
        "first_steps": steps.forms[:FIRST_SHOWN],
        "more_steps": steps.forms[FIRST_SHOWN:],
        "steps": steps,
        "funnels": queries.funnels_of(request.actor, site_id),
        "export_url": f"{reverse('insights_reports:export-csv', args=[site_id, 'funnel'])}?period=30d",
        "goal_names": [one.name for one in queries.goals_of(request.actor, site_id)],
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
        "removed": request.GET.get("removed", ""),
    }
    return render(request, "insights_reports/funnels.html", context, status=422 if form.errors else 200)


@require_GET
@signed_in
def funnel(request: ActorRequest, site_id: UUID, funnel_id: UUID) -> HttpResponse:
    """One funnel: how many reached each step, where they dropped off, and what they were worth."""
    site = site_of(request.actor, site_id)
    question = Question.on(request, site, request.actor, utcnow())
    if added := with_added_filter(question.address):
        return redirect(str(added))
    found, by = queries.funnel(request.actor, site_id, funnel_id), request.GET.get("by", "")
    context = frame(question) | {
        "funnel": found,
        "lines": figures.funnel_lines(request.actor, question.query, found, _behind(question), by=by),
        "parts": figures.breakdowns(question.address, by),
        "export_url": str(question.export("funnel").to(funnel=str(found.id))),
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
    }
    return render(request, "insights_reports/funnel.html", context)


@require_POST
@signed_in
def remove_funnel(request: ActorRequest, site_id: UUID, funnel_id: UUID) -> HttpResponse:
    """Remove a funnel; it can be brought back."""
    actions.remove_funnel(site_id=site_id, funnel_id=funnel_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('insights_goals:funnels', args=[site_id])}?{urlencode({'removed': str(funnel_id)})}")


@require_POST
@signed_in
def restore_funnel(request: ActorRequest, site_id: UUID, funnel_id: UUID) -> HttpResponse:
    """Bring a funnel back."""
    actions.restore_funnel(site_id=site_id, funnel_id=funnel_id, actor=request.actor, now=utcnow())
    messages.success(request, _("The funnel is back."))
    return redirect("insights_goals:funnels", site_id)
