"""The test chat and the preview: ask, stop, rate, hand over, look at a source."""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.runtime import actions, overview, queries, rendering
from emporion.agents.runtime.chat import Exchange, asked_uuid, streamed, wants_stream, whole
from emporion.agents.runtime.forms import PersonaForm
from emporion.agents.runtime.types import AgentView, Channel, Failed, MessageView, Persona, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Permission


def _question(request: HttpRequest) -> str:
    return request.POST.get("ask") or request.POST.get("question", "")


@require_POST
@signed_in
async def chat(request: ActorRequest, agent_id: UUID) -> HttpResponseBase:
    """One turn of the person's own test chat."""
    agent = await sync_to_async(queries.agent)(request.actor, agent_id, Permission.USE)
    turn = Turn(
        agent_id=agent.id,
        text=_question(request),
        channel=Channel.TEST,
        conversation_id=asked_uuid(request.POST.get("conversation", "")),
        customer_id=str(request.actor.id or ""),
        retry_of=asked_uuid(request.POST.get("retry_of", "")),
        key=request.POST.get("key", "")[:120],
    )
    return await _answered(request, Exchange(turn=turn, room=overview.room_of(agent)))


async def _answered(request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
    if wants_stream(request):
        return streamed(exchange, now=utcnow())
    began = await whole(exchange, now=utcnow())
    if isinstance(began, Failed):
        text = f"{began.problem.message} {began.problem.next_step}"
        await sync_to_async(messages.error)(request, text)
        return redirect(exchange.room.base)
    return redirect(f"{exchange.room.base}?conversation={began.conversation_id}#end")


@require_POST
@signed_in
async def preview(request: ActorRequest, agent_id: UUID) -> HttpResponseBase:
    """One turn with a persona that is not saved yet; it costs no call."""
    agent = await sync_to_async(queries.agent)(request.actor, agent_id, Permission.CONFIGURE)
    form = PersonaForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("Fill in the persona’s name first."), status=422)
    turn = Turn(
        agent_id=agent.id,
        text=_question(request),
        channel=Channel.PREVIEW,
        conversation_id=asked_uuid(request.POST.get("conversation", "")),
        customer_id=str(request.actor.id or ""),
        persona=Persona(**form.cleaned_data),
    )
    return await _answered(request, Exchange(turn=turn, room=overview.room_of(agent)))


@require_GET
@signed_in
def log(request: ActorRequest, agent_id: UUID, conversation_id: UUID) -> HttpResponse:
    """The log of the person's test chat, asked for while a colleague talks in it."""
    return _log(request, queries.agent(request.actor, agent_id), conversation_id)


def _log(request: ActorRequest, agent: AgentView, conversation_id: UUID) -> HttpResponse:
    conversation = overview.own_conversation(request.actor, agent, str(conversation_id))
    if conversation is None:
        raise NotFound
    room = overview.room_of(agent)
    context = {
        "agent": agent,
        "room": room,
        "conversation": conversation,
        "turns": rendering.turns(conversation, room),
        "is_live": queries.is_busy(conversation),
    }
    return render(request, "agents_runtime/parts/log.html", context)


@require_POST
@signed_in
def rate(request: ActorRequest, agent_id: UUID, message_id: UUID) -> HttpResponse:
    """Thumbs up or down; the same thumb again takes it back."""
    agent = queries.agent(request.actor, agent_id, Permission.USE)
    conversation = queries.conversation_of_message(message_id)
    rating = request.POST.get("rating", "")
    before = _message(agent, message_id).feedback
    actions.rate(
        agent_id=agent.id,
        conversation_id=conversation.id,
        message_id=message_id,
        is_good=None if rating == before else rating == "good",
        now=utcnow(),
    )
    if getattr(request, "htmx", False):
        return HttpResponse(status=204)
    return redirect("agents_runtime:overview", agent.id)


def _message(agent: AgentView, message_id: UUID) -> MessageView:
    conversation = queries.conversation_of_message(message_id)
    if conversation.agent_id != agent.id:
        raise NotFound
    return next(one for one in conversation.messages if one.id == message_id)


@require_POST
@signed_in
def hand_over(request: ActorRequest, agent_id: UUID, conversation_id: UUID) -> HttpResponse:
    """Ask for a person in this chat."""
    agent = queries.agent(request.actor, agent_id, Permission.USE)
    actions.request_person(agent_id=agent.id, conversation_id=conversation_id, reason="test chat", now=utcnow())
    if getattr(request, "htmx", False):
        return _log(request, agent, conversation_id)
    return redirect(f"{overview.room_of(agent).base}?conversation={conversation_id}#end")


@require_GET
@signed_in
def source(request: ActorRequest, agent_id: UUID, message_id: UUID, number: int) -> HttpResponse:
    """The passage that an answer stands on, lit in its document's words."""
    agent = queries.agent(request.actor, agent_id)
    message = _message(agent, message_id)
    if not message.citations:
        raise NotFound
    room = overview.room_of(agent)
    panel = rendering.source_html(message, number, room)
    if getattr(request, "htmx", False):
        return HttpResponse(panel)
    conversation = queries.conversation_of_message(message_id)
    context = overview.page_of(request.actor, agent, str(conversation.id), now=utcnow())
    return render(request, "agents_runtime/overview.html", {**context, "source": panel})
