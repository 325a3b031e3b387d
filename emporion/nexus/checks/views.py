"""Pages of checks: the list, a new one, one with its history, and what can be done to it."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing import queries as gateway
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.checks import actions, presenting, queries
from emporion.nexus.checks.errors import CheckInvalid, ChecksFull
from emporion.nexus.checks.forms import CheckForm, initial_of
from emporion.nexus.checks.types import Check
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission
from emporion.store.errors import StoreUnavailable


@require_GET
@signed_in
def checks(request: ActorRequest) -> HttpResponse:
    """Every check, those that fail first."""
    project_id = _project(request)
    found = queries.checks_of(request.actor, project_id, now=utcnow())
    context = {
        "checks": [(one, presenting.label_of(one.state), presenting.TONES[one.state]) for one in found],
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_check(request.actor, uuid_of(request.GET.get("removed", ""))),
    }
    return render(request, "nexus_checks/list.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: ActorRequest) -> HttpResponse:
    """Make a check; “Run now” shows the whole answer before it is saved."""
    project_id = _project(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    chosen = {"url": request.GET.get("url", ""), "name": request.GET.get("name", ""), "api": request.GET.get("api", "")}
    initial = {"kind_0": "status", "value_0": "200-299", **{key: value for key, value in chosen.items() if value}}
    apis, regions = gateway.apis_of(request.actor, project_id), queries.regions(utcnow())
    form = CheckForm(request.POST or None, apis=apis, regions=regions, initial=initial)
    tried = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "try":
            judged = actions.try_check(spec=form.spec(), project_id=project_id, actor=request.actor, now=utcnow())
            tried = presenting.shown(judged)
        elif made := _added(request, form, project_id):
            return redirect("nexus_checks:check", made.id)
    context = {"form": form, "tried": tried}
    return render(request, "nexus_checks/new.html", context, status=422 if form.errors else 200)


def _added(request: ActorRequest, form: CheckForm, project_id: UUID) -> Check | None:
    try:
        return actions.add_check(spec=form.spec(), project_id=project_id, actor=request.actor, now=utcnow())
    except ChecksFull as error:
        form.add_error(None, f"{error.message} {error.step}")
    except CheckInvalid as error:
        _refused(form, error)
    return None


def _refused(form: CheckForm, error: CheckInvalid) -> None:
    field = str(error.field)
    form.add_error(field if field in form.fields else None, f"{error.message} {error.step}")


@require_GET
@signed_in
def check(request: ActorRequest, check_id: UUID) -> HttpResponse:
    """One check: how it stands, how it was, and its last runs."""
    now = utcnow()
    found = queries.check_of(request.actor, check_id, now=now)
    only_failed = request.GET.get("show") == "failed"
    context = {
        "check": found,
        "label": presenting.label_of(found.state),
        "tone": presenting.TONES[found.state],
        "chart": presenting.chart_of(found, now),
        "only_failed": only_failed,
        "may_configure": request.actor.may(Permission.CONFIGURE, found.project_id),
        "api_name": gateway.names_of(request.actor, found.project_id).get(found.spec.api_id) if found.spec.api_id else "",
    }
    try:
        context["runs"] = queries.runs_of(request.actor, check_id, now=now, only_failed=only_failed)
    except StoreUnavailable:
        context["is_store_away"] = True
    return render(request, "nexus_checks/check.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: ActorRequest, check_id: UUID) -> HttpResponse:
    """Change a check; “Run now” shows what the change would bring."""
    found = queries.check_of(request.actor, check_id, now=utcnow())
    request.actor.require(Permission.CONFIGURE, found.project_id)
    apis = gateway.apis_of(request.actor, found.project_id)
    regions = queries.regions(utcnow())
    form = CheckForm(request.POST or None, apis=apis, regions=regions, before=found.spec, initial=initial_of(found.spec))
    tried = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "try":
            judged = actions.try_check(spec=form.spec(), project_id=found.project_id, actor=request.actor, now=utcnow())
            tried = presenting.shown(judged)
        elif _changed(request, form, check_id):
            toasts.success(request, _("Saved. It runs at once."))
            return redirect("nexus_checks:check", check_id)
    context = {"form": form, "tried": tried, "check": found}
    return render(request, "nexus_checks/edit.html", context, status=422 if form.errors else 200)


def _changed(request: ActorRequest, form: CheckForm, check_id: UUID) -> Check | None:
    try:
        return actions.change_check(check_id=check_id, spec=form.spec(), actor=request.actor, now=utcnow())
    except CheckInvalid as error:
        _refused(form, error)
        return None


@require_POST
@signed_in
def act(request: ActorRequest, check_id: UUID) -> HttpResponse:
    """Run now, pause, resume, remove or bring back."""
    now = utcnow()
    match request.POST.get("do"):
        case "run":
            judged = actions.run_now(check_id=check_id, actor=request.actor, now=now)
            if judged.is_ok:
                toasts.success(request, _("As expected, in %(ms)s ms.") % {"ms": f"{judged.asked.timings.total_us / 1000:,.0f}"})
            else:
                toasts.error(request, _("Not as expected: %(what)s.") % {"what": judged.failed[:200]})
        case "pause":
            actions.pause_check(check_id=check_id, actor=request.actor, now=now)
            toasts.success(request, _("Paused. Nothing is asked."))
        case "resume":
            actions.resume_check(check_id=check_id, actor=request.actor, now=now)
            toasts.success(request, _("It runs again."))
        case "remove":
            actions.remove_check(check_id=check_id, actor=request.actor, now=now)
            return redirect(f"/nexus/checks/?{urlencode({'removed': check_id})}")
        case "restore":
            actions.restore_check(check_id=check_id, actor=request.actor, now=now)
            toasts.success(request, _("The check is back."))
        case _:
            queries.check_of(request.actor, check_id, now=now)
    return redirect("nexus_checks:check", check_id)


def _project(request: HttpRequest) -> UUID:
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id
