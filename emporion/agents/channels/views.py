"""Pages of the owner: API keys, the widget, and every place where widgets run."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings as site
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.channels import actions, integration, queries, snippets, visitors
from emporion.agents.channels.forms import CHOICES, IntegrationForm, KeyForm, WidgetForm, initial_of
from emporion.agents.channels.types import NewKey
from emporion.agents.knowledge.queries import being_read
from emporion.agents.runtime import queries as agents
from emporion.agents.runtime.frame import frame_of
from emporion.agents.runtime.rules import contrast, ink_on, is_colour
from emporion.agents.runtime.types import AgentView
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.plumbing.machine import is_this_machine
from emporion.plumbing.made_once import made_once
from emporion.plumbing.parsing import number_of, own_path, uuid_of
from emporion.plumbing.types import Permission
from emporion.ui.types import Option

KEY_PLACE = "YOUR_KEY"


@require_http_methods(["GET", "POST"])
@signed_in
@made_once
def keys(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """The agent's keys, with code to copy; a new key is shown once."""
    agent = agents.agent(request.actor, agent_id)
    form = KeyForm(request.POST or None)
    made: NewKey | None = None
    if request.method == "POST" and form.is_valid():
        made = actions.create_key(agent_id=agent.id, name=form.cleaned_data["name"], actor=request.actor, now=utcnow())
        form = KeyForm()
    return render(request, "agents_channels/keys.html", _keys_context(request, agent, form, made))


def _keys_context(request: ActorRequest, agent: AgentView, form: KeyForm, made: NewKey | None) -> dict[str, object]:
    key = made.plaintext if made else KEY_PLACE
    return {
        "frame": frame_of(request.actor, agent, tab="keys", now=utcnow()),
        "agent": agent,
        "form": form,
        "made": made,
        "keys": queries.keys_of(request.actor, agent.id),
        "had_keys": queries.had_keys(request.actor, agent.id),
        "revoked": queries.revoked_key(request.actor, agent.id, uuid_of(request.GET.get("revoked", "")), now=utcnow()),
        "may_configure": request.actor.may(Permission.CONFIGURE, agent.project_id),
        "samples": snippets.api_samples(site=site.SITE_URL, agent_id=agent.id),
        "clients": snippets.mcp_configurations(site=site.SITE_URL, agent_id=agent.id, name=agent.name, key=key),
        "chat_url": f"{site.SITE_URL}/api/agents/{agent.id}/chat",
        "openai_url": f"{site.SITE_URL}/v1",
        "mcp_url": f"{site.SITE_URL}/mcp/{agent.id}",
    }


@require_POST
@signed_in
def revoke(request: ActorRequest, agent_id: UUID, key_id: UUID) -> HttpResponse:
    """End a key; the page offers to undo it."""
    agents.agent(request.actor, agent_id)
    actions.revoke_key(key_id=key_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('agents_channels:keys', args=[agent_id])}?revoked={key_id}")


@require_POST
@signed_in
def restore_key(request: ActorRequest, agent_id: UUID, key_id: UUID) -> HttpResponse:
    """Bring a key back that was just revoked."""
    agents.agent(request.actor, agent_id)
    actions.restore_key(key_id=key_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The key is valid again."))
    return redirect("agents_channels:keys", agent_id)


@require_http_methods(["GET", "POST"])
@signed_in
def widget(request: ActorRequest, agent_id: UUID) -> HttpResponseBase:
    """Embed code, settings with a live preview, versions, places and the integration test; POST keeps the draft."""
    agent = _with_widget(request, agent_id)
    found = queries.widget_of(request.actor, agent_id)
    form = WidgetForm(request.POST or None, initial=initial_of(found.draft))
    if request.method == "POST" and form.is_valid():
        actions.save_draft(agent_id=agent_id, settings=form.settings(), actor=request.actor, now=utcnow())
        if "publish" in request.POST:
            return publish(request, agent_id)
        toasts.success(request, _("The draft is saved. Visitors see it when you publish it."))
        return redirect("agents_channels:widget", agent_id)
    return render(request, "agents_channels/widget.html", _widget_context(request, agent, form))


def _widget_context(request: ActorRequest, agent: AgentView, form: WidgetForm) -> dict[str, object]:
    found = queries.widget_of(request.actor, agent.id)
    return {
        "frame": frame_of(request.actor, agent, tab="widget", now=utcnow()),
        "agent": agent,
        "widget": found,
        "preview_token": visitors.preview_token(found.id),
        "form": form,
        "choices": tuple(_choice(form, name) for name in ("position", "launcher", "consent")),
        "contrast": _contrast(agent.id, form),
        "sizes": (Option(label=_("Page"), value="page", current=True), Option(label=_("Phone"), value="phone")),
        "may_configure": request.actor.may(Permission.CONFIGURE, agent.project_id),
        "codes": snippets.embed_codes(site=site.SITE_URL, public_id=found.public_id),
        "identity": snippets.identity_codes(site=site.SITE_URL, public_id=found.public_id),
        "versions": queries.versions_of(request.actor, agent.id),
        "places": queries.implementations_of(request.actor, agent.id),
        "customers": queries.customers_of(request.actor, agent.id),
        "test_form": IntegrationForm(),
        "reading": being_read(request.actor, agent.id),
    }


def _contrast(agent_id: UUID, form: WidgetForm) -> str:
    """How well the writing on the widget's colour is read, as a figure; of the colour under Branding where it has none."""
    given = str(form["colour"].value() or "")
    colour = given if is_colour(given) else agents.branding(agent_id).colour
    return f"{contrast(colour, ink_on(colour)):.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field whose few options stand side by side."""

    name: str
    label: str
    options: tuple[Option, ...]


def _choice(form: WidgetForm, name: str) -> Choice:
    field = form[name]
    chosen = str(field.value())
    options = tuple(Option(label=str(label), value=str(value), current=str(value) == chosen) for value, label in CHOICES[name])
    return Choice(name=name, label=str(field.label), options=options)


@require_POST
@signed_in
@made_once
def publish(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Make the draft live."""
    _with_widget(request, agent_id)
    number = actions.publish_widget(agent_id=agent_id, note=request.POST.get("note", ""), actor=request.actor, now=utcnow())
    toasts.success(request, _("Version %(number)s is live. Open widgets take it within half a minute.") % {"number": number})
    return redirect("agents_channels:widget", agent_id)


@require_POST
@signed_in
def pause(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Pause or resume the widget everywhere."""
    _with_widget(request, agent_id)
    actions.pause_widget(agent_id=agent_id, is_paused=request.POST.get("state") == "paused", actor=request.actor, now=utcnow())
    return redirect("agents_channels:widget", agent_id)


@require_POST
@signed_in
def restore(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Take an earlier version as the draft."""
    _with_widget(request, agent_id)
    number = number_of(request.POST.get("number", ""))
    actions.restore_version(agent_id=agent_id, number=number, actor=request.actor, now=utcnow())
    toasts.success(request, _("Version %(number)s is the draft now. Publish it to make it live.") % {"number": number})
    return redirect("agents_channels:widget", agent_id)


@require_POST
@signed_in
def secret(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Show the identity secret, or make a new one."""
    agent = _with_widget(request, agent_id)
    if "rotate" in request.POST:
        shown = actions.rotate_secret(agent_id=agent_id, actor=request.actor, now=utcnow())
    else:
        shown = queries.secret_of(request.actor, agent_id)
    form = WidgetForm(initial=initial_of(queries.widget_of(request.actor, agent_id).draft))
    return render(request, "agents_channels/widget.html", {**_widget_context(request, agent, form), "secret": shown})


@require_POST
@signed_in
def test_integration(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Look at a page and name what is wrong."""
    agent = _with_widget(request, agent_id)
    found = queries.widget_of(request.actor, agent_id)
    form = IntegrationForm(request.POST)
    context = _widget_context(request, agent, WidgetForm(initial=initial_of(found.draft)))
    context["test_form"] = form
    if form.is_valid():
        places = queries.implementations_of(request.actor, agent_id)
        expected = integration.Expected(
            site=site.SITE_URL, widget=found, places=places, now=utcnow(), is_asked_here=is_this_machine(request)
        )
        context["report"] = integration.examine(form.cleaned_data["url"], expected)
    template = "agents_channels/widget_test.html" if request.headers.get("HX-Request") else "agents_channels/widget.html"
    return render(request, template, context)


@require_GET
@signed_in
def preview(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """A plain page with the real widget in it, as a visitor would meet it."""
    _with_widget(request, agent_id)
    found = queries.widget_of(request.actor, agent_id)
    return render(request, "agents_channels/preview.html", {"widget": found, "preview_token": visitors.preview_token(found.id)})


@require_GET
@signed_in
def widgets(request: ActorRequest) -> HttpResponse:
    """Every place in which a widget runs."""
    names = {agent.id: agent for agent in agents.agents(request.actor)}
    places = queries.implementations_of(request.actor)
    rows = [(place, names[place.agent_id]) for place in places if place.agent_id in names]
    return render(request, "agents_channels/widgets.html", {"rows": rows, "agents": tuple(names.values())})


@require_POST
@signed_in
def change_implementation(request: ActorRequest, implementation_id: UUID) -> HttpResponse:
    """Pause, resume, pin or release one place."""
    wanted = request.POST.get("do", "")
    if wanted in {"pause", "resume"}:
        paused = wanted == "pause"
        actions.pause_implementation(implementation_id=implementation_id, is_paused=paused, actor=request.actor, now=utcnow())
    elif wanted in {"test", "live"}:
        actions.set_test_mode(implementation_id=implementation_id, is_test=wanted == "test", actor=request.actor)
    elif wanted in {"pin", "follow"}:
        number = request.POST.get("number", "")
        pinned = number_of(number) if wanted == "pin" else None
        actions.pin_implementation(implementation_id=implementation_id, number=pinned, actor=request.actor, now=utcnow())
    else:
        raise Invalid(_("This cannot be done with a place."), next_step=_("Pause, resume, test or pin it."))
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    return own_path(request.POST.get("next", ""), "/widgets/")


def _with_widget(request: ActorRequest, agent_id: UUID) -> AgentView:
    """The agent, and its widget made now if the delivery that makes it has not come yet."""
    agent = agents.agent(request.actor, agent_id)
    if agent.organisation_id and agent.project_id:
        actions.ensure_widget(agent_id=agent.id, organisation_id=agent.organisation_id, project_id=agent.project_id, now=utcnow())
    return agent
