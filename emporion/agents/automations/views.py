"""Pages of automations: all of them, one with its set-up and history, and one run with what it found."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.automations import actions, queries
from emporion.agents.automations.errors import AgentGone, InputMissing
from emporion.agents.automations.forms import INPUT_PREFIX, SetUpForm
from emporion.agents.automations.presenting import page_of, words_of
from emporion.agents.automations.types import AutomationView
from emporion.agents.runtime import queries as runtime
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Permission
from emporion.ui.forms import begin_in_zone


@require_GET
@signed_in
def automation_list(request: ActorRequest) -> HttpResponse:
    """Automations that were bought."""
    rows = [(one, words_of(one)) for one in queries.automations(request.actor)]
    return render(request, "agents_automations/list.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@signed_in
def automation_page(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    """One automation: how it stands, what it found, and its settings."""
    now = utcnow()
    actions.ensure(subscription_id=automation_id, actor=request.actor, now=now)
    automation = queries.automation(request.actor, automation_id)
    form = SetUpForm(
        request.POST if request.method == "POST" else None, automation=automation, agents=_agents(request, automation)
    )
    if not automation.is_set_up and automation.schedule.time_zone == "UTC":
        begin_in_zone(form, str(getattr(request.user, "time_zone", "")))
    if request.method == "POST" and _saved(request, automation, form):
        messages.success(request, _("Saved. It runs by itself from now on."))
        return redirect("agents_automations:automation", automation_id)
    context = page_of(request.actor, automation, now=now) | {"form": form}
    return render(request, "agents_automations/automation.html", context, status=422 if form.errors else 200)


def _agents(request: ActorRequest, automation: AutomationView) -> list[tuple[str, str]]:
    if not any(spec.type == "agent" for spec in automation.input_specs):
        return []
    found = runtime.agents(request.actor)
    return [(str(agent.id), agent.name) for agent in found if agent.project_id == automation.project_id]


def _saved(request: ActorRequest, automation: AutomationView, form: SetUpForm) -> bool:
    request.actor.require(Permission.CONFIGURE, automation.project_id)
    if not form.is_valid():
        return False
    try:
        actions.set_up(automation_id=automation.id, settings=form.settings(), actor=request.actor, now=utcnow())
    except (InputMissing, AgentGone) as error:
        form.add_error(f"{INPUT_PREFIX}{error.field}", f"{error.message} {error.step}")
        return False
    return True


@require_POST
@signed_in
def act(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    """Run now, pause or resume."""
    queries.automation(request.actor, automation_id)
    try:
        match request.POST.get("do"):
            case "run":
                actions.run_now(automation_id=automation_id, actor=request.actor, now=utcnow())
                messages.success(request, _("Started. The result appears here when it is done."))
            case "pause":
                actions.pause(automation_id=automation_id, actor=request.actor, now=utcnow())
                messages.success(request, _("Paused. Nothing runs until you resume it."))
            case "resume":
                actions.resume(automation_id=automation_id, actor=request.actor, now=utcnow())
                messages.success(request, _("It runs again at its next time."))
    except DomainError as error:
        if error.kind in {"not-found", "denied"}:
            raise
        messages.error(request, f"{error.message} {error.step}")
    return redirect("agents_automations:automation", automation_id)


@require_GET
@signed_in
def history(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    """The history alone, asked again and again while a run is under way."""
    automation = queries.automation(request.actor, automation_id)
    return render(request, "agents_automations/parts/history.html", page_of(request.actor, automation, now=utcnow()))


@require_GET
@signed_in
def run_page(request: ActorRequest, automation_id: UUID, run_id: UUID) -> HttpResponse:
    """One run with everything that it found."""
    automation = queries.automation(request.actor, automation_id)
    run, findings = queries.run(request.actor, automation_id, run_id)
    context = {"automation": automation, "run": run, "findings": findings, "words": words_of(automation)}
    return render(request, "agents_automations/run.html", context)
