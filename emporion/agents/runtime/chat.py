"""The conversation in a page: an answer as server-sent events for the script, or as a page for a form without one."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from emporion.agents.runtime import actions, demos, queries, refusals, rendering
from emporion.agents.runtime.rendering import Room
from emporion.agents.runtime.types import AnswerEvent, Delta, Failed, Finished, SourcesFound, Started, Turn
from emporion.kernel.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One turn in one room; `limit` is how many questions the room allows in all, where it counts them.

    `accepted` is the Accept-Language of a visitor, who is told refusals in their language; the team is told them as they are.
    """

    turn: Turn
    room: Room
    limit: int | None = None
    accepted: str | None = None


def wants_stream(request: HttpRequest) -> bool:
    """Whether the script asks, rather than a form."""
    return "text/event-stream" in request.headers.get("Accept", "")


def asked_uuid(text: str) -> UUID | None:
    """An id that a form sent, if it is one."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def streamed(exchange: Exchange, *, now: datetime) -> StreamingHttpResponse:
    """The answer as server-sent events."""
    response = StreamingHttpResponse(_events(exchange, now), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def whole(exchange: Exchange, *, now: datetime) -> Started | Failed:
    """Wait for the whole answer; returns how it began, so that the page can show its conversation."""
    began: Started | Failed | None = None
    async for event in actions.answer(turn=exchange.turn, now=now, is_whole=True):
        if isinstance(event, Started | Failed) and began is None:
            began = event
    assert began is not None, "an answer begins with Started or Failed"
    return began


async def _events(exchange: Exchange, now: datetime) -> AsyncIterator[str]:
    answer = actions.answer(turn=exchange.turn, now=now)
    try:
        async for event in answer:
            yield await _told(event, exchange)
    finally:
        await answer.aclose()  # a reader who leaves stops the answer


async def _told(event: AnswerEvent, exchange: Exchange) -> str:
    match event:
        case Started():
            return _sse("started", {"conversation": str(event.conversation_id), "message": str(event.message_id)})
        case SourcesFound():
            count = len(event.citations)
            note = _("Writing from %(count)s sources") % {"count": count} if count > 1 else _("Writing from 1 source")
            return _sse("sources", {"count": count, "note": note if count else _("Looking further")})
        case Delta():
            return _sse("delta", {"text": event.text})
        case Finished():
            return _sse("finished", await sync_to_async(_finished)(event, exchange))
        case Failed():
            return _sse("failed", await sync_to_async(_failed)(event, exchange))


def _failed(event: Failed, exchange: Exchange) -> dict[str, str]:
    message, next_step = event.problem.message, event.problem.next_step
    if event.refusal is not None and exchange.accepted is not None:
        message, next_step = told_visitor(event.refusal, exchange.turn.text, accepted=exchange.accepted), ""
    over, left = _counted(exchange)
    return {"message": message, "next_step": next_step, "html": over, "left": left}


def _counted(exchange: Exchange) -> tuple[str, str]:
    """What takes the composer's place once a room's questions are used up, in whatever tab, and how many are left."""
    if exchange.limit is None:
        return "", ""
    left = exchange.limit - demos.message_count(exchange.turn.agent_id)
    over = "" if left > 0 else render_to_string("agents_runtime/parts/over.html", {"room": exchange.room})
    return over, rendering.left_html(left)


def told_visitor(refusal: DomainError, text: str, *, accepted: str) -> str:
    """A refusal in the language of the text that was refused, else in that of the browser."""
    return refusals.told(refusal, refusals.language_of(text, accepted=accepted))


def _finished(event: Finished, exchange: Exchange) -> dict[str, str]:
    room = exchange.room
    conversation = queries.conversation_of_message(event.message_id)
    message = next(one for one in conversation.messages if one.id == event.message_id)
    shown = bool(message.text) or not event.is_with_person
    html = rendering.turn_html(message, conversation, room) if shown else ""
    over, left = _counted(exchange)
    return {"html": over + html, "source": rendering.answer_source_html(message, room), "left": left}


def _sse(name: str, data: dict[str, object] | dict[str, str]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
