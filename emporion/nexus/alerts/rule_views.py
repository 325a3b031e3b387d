"""Pages of rules, with what each would have done in the last two weeks, and of maintenance windows."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.queries import names_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, NotFound
from emporion.nexus.alerts import backtesting, ruling, shelves, silencing
from emporion.nexus.alerts.forms import MaintenanceForm, RuleForm, initial_of
from emporion.nexus.alerts.types import RuleOrigin, RuleView
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def rules(request: ActorRequest) -> HttpResponse:
    """Every rule, by API, and what history suggests."""
    project_id, now = _project(request), utcnow()
    names = names_of(request.actor, project_id)
    suggested = backtesting.suggestions(request.actor, project_id, now)
    context = {
        "shelves": shelves.by_api(ruling.rules_of(request.actor, project_id), names),
        "suggested": [shelves.offer(one, names) for one in suggested],
        "new_url": reverse("nexus_alerts:new-rule"),
        "removed": ruling.removed_rule(request.actor, uuid_of(request.GET.get("removed", ""))),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_alerts/rules.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new_rule(request: ActorRequest) -> HttpResponse:
    """A rule to add; asked with `test`, it shows what the rule would have done instead of adding it."""
    project_id = _project(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    return _form(request, project_id, None)


@require_http_methods(["GET", "POST"])
@signed_in
def rule(request: ActorRequest, rule_id: UUID) -> HttpResponse:
    """A rule to look at, test and change."""
    found = ruling.rule_of(request.actor, rule_id)
    return _form(request, found.project_id, found)


def _form(request: ActorRequest, project_id: UUID, found: RuleView | None) -> HttpResponse:
    names, now = names_of(request.actor, project_id), utcnow()
    initial: dict[str, object] = initial_of(found.spec) if found else {}
    form = RuleForm(request.POST or None, names=names, initial=initial | _asked(request.GET))
    test = backtesting.back_test(request.actor, project_id, found.spec, now) if found and request.method == "GET" else None
    if request.method == "POST" and form.is_valid():
        try:
            ruling.check(form.spec())
            if "test" not in request.POST:
                _save(request, project_id, found, form)
                return redirect("nexus_alerts:rules")
            test = backtesting.back_test(request.actor, project_id, form.spec(), now)
        except DomainError as error:
            form.add_error(str(error.facts.get("field") or "") or None, f"{error.message} {error.step}")
    context = {
        "form": form,
        "rule": found,
        "save_label": _("Save") if found else _("Add rule"),
        "test": shelves.tested(test, form.spec() if form.is_bound and form.is_valid() else found.spec if found else None),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_alerts/rule.html", context, status=422 if form.errors else 200)


def _asked(query: QueryDict) -> dict[str, object]:
    """What the address fills in, where a suggestion was taken."""
    return {name: query[name] for name in RuleForm.base_fields if name in query}


def _save(request: ActorRequest, project_id: UUID, found: RuleView | None, form: RuleForm) -> None:
    if found:
        ruling.change_rule(rule_id=found.id, spec=form.spec(), actor=request.actor, now=utcnow())
        messages.success(request, _("The rule is changed."))
        return
    origin = RuleOrigin.SUGGESTION if request.GET.get("suggested") else RuleOrigin.PERSON
    ruling.add_rule(project_id=project_id, spec=form.spec(), origin=origin, actor=request.actor, now=utcnow())
    messages.success(request, _("The rule watches from now on."))


@require_POST
@signed_in
def switch(request: ActorRequest, rule_id: UUID) -> HttpResponse:
    """Let a rule rest, or work again."""
    ruling.switch_rule(rule_id=rule_id, is_enabled="on" in request.POST, actor=request.actor, now=utcnow())
    return redirect("nexus_alerts:rules")


@require_POST
@signed_in
def remove(request: ActorRequest, rule_id: UUID) -> HttpResponse:
    """Remove a rule; the list offers to undo it."""
    ruling.remove_rule(rule_id=rule_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_alerts:rules')}?{urlencode({'removed': str(rule_id)})}")


@require_POST
@signed_in
def restore(request: ActorRequest, rule_id: UUID) -> HttpResponse:
    """Bring a rule back."""
    ruling.restore_rule(rule_id=rule_id, actor=request.actor)
    messages.success(request, _("The rule is back."))
    return redirect("nexus_alerts:rules")


@require_http_methods(["GET", "POST"])
@signed_in
def maintenance(request: ActorRequest) -> HttpResponse:
    """Times in which alerts tell nobody; POST plans another."""
    project_id, now = _project(request), utcnow()
    names = names_of(request.actor, project_id)
    form = MaintenanceForm(request.POST or None, names=names)
    if request.method == "POST" and form.is_valid():
        try:
            silencing.add_silence(project_id=project_id, silence=form.silence(), actor=request.actor, now=now)
        except DomainError as error:
            form.add_error("ends_at", f"{error.message} {error.step}")
        else:
            messages.success(request, _("In that time alerts tell nobody. They are still kept."))
            return redirect("nexus_alerts:maintenance")
    found = silencing.silences_of(request.actor, project_id, now)
    context = {
        "form": form,
        "windows": [shelves.window(one, names, now) for one in found],
        "removed": uuid_of(request.GET.get("removed", "")),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_alerts/maintenance.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def remove_window(request: ActorRequest, silence_id: UUID) -> HttpResponse:
    """End a window, or take it off the plan."""
    silencing.remove_silence(silence_id=silence_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_alerts:maintenance')}?{urlencode({'removed': str(silence_id)})}")


@require_POST
@signed_in
def restore_window(request: ActorRequest, silence_id: UUID) -> HttpResponse:
    """Bring a window back."""
    silencing.restore_silence(silence_id=silence_id, actor=request.actor)
    return redirect("nexus_alerts:maintenance")


def _project(request: ActorRequest) -> UUID:
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Create one, or accept an invitation."))
    return project_id
