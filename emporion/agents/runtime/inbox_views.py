"""The inbox: conversations that ask for a person, and talking in them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.runtime import actions, queries, rendering
from emporion.agents.runtime.rendering import Room
from emporion.agents.runtime.types import ConversationView, HandoverState
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def inbox(request: ActorRequest) -> HttpResponse:
    """Who waits, the longest first."""
    with_closed = "closed" in request.GET
    context = {"items": queries.inbox(request.actor, with_closed=with_closed), "with_closed": with_closed}
    is_poll = getattr(request, "htmx", False)
    return render(request, "agents_runtime/parts/inbox_list.html" if is_poll else "agents_runtime/inbox.html", context)


@require_GET
@signed_in
def conversation(request: ActorRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation, with the team's own words on the reader's side."""
    context = _context(request, conversation_id)
    is_poll = getattr(request, "htmx", False)
    return render(request, "agents_runtime/parts/inbox_log.html" if is_poll else "agents_runtime/inbox_talk.html", context)


def _context(request: ActorRequest, conversation_id: UUID) -> dict[str, object]:
    view = queries.conversation(request.actor, conversation_id)
    agent = queries.agent(request.actor, view.agent_id)
    room = Room(base=reverse("agents_runtime:overview", args=[agent.id]), tile=agent.icon, is_teams=True)
    is_live = view.handover is HandoverState.LIVE
    return {
        "conversation": view,
        "agent": agent,
        "room": room,
        "turns": rendering.turns(view, room),
        "is_mine": is_live and view.handled_by == request.actor.name,
        "is_others": is_live and view.handled_by != request.actor.name,
        "question": _last_question(view),
        "may_configure": request.actor.may(Permission.CONFIGURE, agent.project_id),
    }


def _last_question(view: ConversationView) -> str:
    return next((one.text for one in reversed(view.messages) if one.speaker == "visitor"), "")


@require_POST
@signed_in
def act(request: ActorRequest, conversation_id: UUID) -> HttpResponse:
    """Take over, say something, or give the conversation back."""
    try:
        _done(request, conversation_id)
    except DomainError as error:
        if error.kind == "not-found":
            raise
        messages.error(request, f"{error.message} {error.step}")
    if request.POST.get("verb") == "close":
        messages.success(request, _("Closed. The agent answers again in this chat."))
        return redirect("agents_runtime:inbox")
    return redirect(f"{reverse('agents_runtime:inbox_conversation', args=[conversation_id])}#end")


def _done(request: ActorRequest, conversation_id: UUID) -> None:
    now = utcnow()
    match request.POST.get("verb"):
        case "take":
            actions.take_over(conversation_id=conversation_id, actor=request.actor, now=now)
        case "close":
            actions.close_handover(conversation_id=conversation_id, actor=request.actor, now=now)
        case _:
            text = request.POST.get("question", "")
            actions.say_as_person(conversation_id=conversation_id, text=text, actor=request.actor, now=now)
