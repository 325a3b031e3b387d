"""Pages of an agent: My Agents, Overview, the set-up, Persona, Branding."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.agents.knowledge.queries import being_read
from emporion.agents.runtime import actions, overview, queries
from emporion.agents.runtime.errors import AgentNotFound
from emporion.agents.runtime.forms import BrandingForm, PersonaForm, SetUpForm
from emporion.agents.runtime.frame import frame_of
from emporion.agents.runtime.shaping import Looks, Switches
from emporion.agents.runtime.types import AgentView, Persona
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.parsing import number_of, own_path
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def agent_list(request: ActorRequest) -> HttpResponse:
    """My Agents."""
    rows = overview.rows_of(request.actor, now=utcnow())
    return render(request, "agents_runtime/list.html", {"rows": rows, "waiting": len(queries.inbox(request.actor))})


@require_GET
@signed_in
def overview_page(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """The first chat on the first screen, then figures from the agent's own messages."""
    now = utcnow()
    agent = queries.agent(request.actor, agent_id)
    asked = "" if "new" in request.GET else request.GET.get("conversation", "latest")
    context = overview.page_of(request.actor, agent, asked, now=now)
    return render(request, "agents_runtime/overview.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def welcome(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """The set-up after a purchase; `agent_id` may be the subscription's."""
    now = utcnow()
    agent = _bought(request, agent_id, now)
    if request.method == "POST" and "skip" in request.POST:
        actions.skip_set_up(agent_id=agent.id, actor=request.actor, now=now)
        return redirect("agents_runtime:overview", agent.id)
    persona = queries.persona(request.actor, agent.id)
    branding = queries.branding(agent.id)
    initial = {"name": persona.name, "language": persona.language, "welcome": branding.welcome}
    form = SetUpForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.set_up(agent_id=agent.id, actor=request.actor, now=now, **form.cleaned_data)
        return redirect("agents_runtime:overview", agent.id)
    context = {"agent": agent, "form": form, "branding": branding, "persona": persona}
    return render(request, "agents_runtime/welcome.html", context)


def _bought(request: ActorRequest, agent_id: UUID, now: datetime) -> AgentView:
    try:
        return queries.agent(request.actor, agent_id)
    except AgentNotFound:
        return queries.agent(request.actor, actions.ensure_agent(actor=request.actor, subscription_id=agent_id, now=now))


@require_POST
@signed_in
def switches(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Save the quick settings."""
    wanted = Switches(
        is_answering="is_answering" in request.POST,
        only_from_sources="only_from_sources" in request.POST,
        offers_person="offers_person" in request.POST,
    )
    actions.set_switches(agent_id=agent_id, switches=wanted, actor=request.actor, now=utcnow())
    if getattr(request, "htmx", False):
        return render(request, "agents_runtime/parts/saved.html", {"text": _("Saved.")})
    return redirect("agents_runtime:overview", agent_id)


@require_POST
@signed_in
def correct(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Teach the answer to a question."""
    agent = queries.agent(request.actor, agent_id, Permission.CONFIGURE)
    question, answer = request.POST.get("question", ""), request.POST.get("answer", "")
    try:
        actions.correct_answer(agent_id=agent.id, question=question, answer=answer, actor=request.actor, now=utcnow())
    except DomainError as error:
        messages.error(request, f"{error.message} {error.step}")
    else:
        messages.success(request, _("Learnt. The next visitor who asks this gets your answer."))
    return redirect(_back(request, agent.id))


def _back(request: HttpRequest, agent_id: UUID) -> str:
    return own_path(request.POST.get("next", ""), f"/agents/{agent_id}/")


@require_http_methods(["GET", "POST"])
@signed_in
def persona_page(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Persona: a form with a preview conversation beside it, and the versions."""
    now = utcnow()
    agent = queries.agent(request.actor, agent_id)
    persona = queries.persona(request.actor, agent.id)
    initial = {"name": persona.name, "tone": persona.tone, "language": persona.language, "rules": persona.rules}
    form = PersonaForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        number = actions.save_persona(agent_id=agent.id, persona=Persona(**form.cleaned_data), actor=request.actor, now=now)
        messages.success(request, _("Saved as version %(number)s.") % {"number": number})
        return redirect("agents_runtime:persona", agent.id)
    context = {
        "frame": frame_of(request.actor, agent, tab="persona", now=now),
        "agent": agent,
        "form": form,
        "versions": queries.persona_versions(request.actor, agent.id),
        "has_model": overview.has_model(),
        "asks": queries.branding(agent.id).suggestions[:3],
        "reading": being_read(request.actor, agent.id),
    }
    return render(request, "agents_runtime/persona.html", context)


@require_POST
@signed_in
def roll_back(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Make an earlier persona the current one."""
    number = number_of(request.POST.get("number", ""))
    made = actions.roll_back_persona(agent_id=agent_id, number=number, actor=request.actor, now=utcnow())
    text = _("Version %(old)s speaks again, saved as version %(new)s.") % {"old": number, "new": made}
    messages.success(request, text)
    return redirect("agents_runtime:persona", agent_id)


@require_http_methods(["GET", "POST"])
@signed_in
def branding_page(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Branding: a form with a live preview beside it."""
    now = utcnow()
    agent = queries.agent(request.actor, agent_id)
    look = queries.branding(agent.id)
    initial = {"colour": look.colour, "welcome": look.welcome, "suggestions": "\n".join(look.own_suggestions)}
    form = BrandingForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _brand(request, agent.id, form, now):
        messages.success(request, _("Saved. Visitors see it from now on."))
        return redirect("agents_runtime:branding", agent.id)
    context = {
        "frame": frame_of(request.actor, agent, tab="branding", now=now),
        "agent": agent,
        "form": form,
        "look": look,
        "persona": queries.persona(request.actor, agent.id),
    }
    return render(request, "agents_runtime/branding.html", context, status=422 if form.errors else 200)


def _brand(request: ActorRequest, agent_id: UUID, form: BrandingForm, now: datetime) -> bool:
    upload = form.cleaned_data["logo"]
    looks = Looks(
        colour=form.cleaned_data["colour"],
        welcome=form.cleaned_data["welcome"],
        suggestions=form.cleaned_data["suggestions"],
        logo=b"" if "remove_logo" in request.POST else upload.read() if upload else None,
    )
    try:
        actions.save_branding(agent_id=agent_id, looks=looks, actor=request.actor, now=now)
    except DomainError as error:
        if "field" not in error.facts:
            raise
        form.add_error(cast("str", error.facts["field"]), f"{error.message} {error.step}")
        return False
    return True


@require_GET
@anonymous_ok
def logo(request: HttpRequest, agent_id: UUID) -> HttpResponse:
    """The agent's logo, as its visitors see it."""
    found = queries.logo(agent_id)
    if found is None:
        raise AgentNotFound
    response = HttpResponse(found[0], content_type=found[1])
    response["Cache-Control"] = "public, max-age=3600"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
