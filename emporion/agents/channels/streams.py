"""How the events of an answer look on the wire: as named server-sent events, and gathered into one answer."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from emporion.agents.runtime import rules
from emporion.agents.runtime.engine import answer
from emporion.agents.runtime.types import (
    AnswerEvent,
    CitationView,
    ConversationView,
    Delta,
    Failed,
    Finished,
    MessageView,
    SourcesFound,
    Speaker,
    Started,
    Turn,
)

Events = AsyncGenerator[AnswerEvent]
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as a program sees it; `quote` is the passage that the answer stands on, `lit` the words of it that were quoted."""

    number: int
    title: str
    heading: str
    quote: str
    lit: str
    cited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; where the sources do not hold it, `answered` is false and `closest` what comes closest in them, if any."""

    conversation_id: str
    message_id: str
    text: str
    answered: bool
    sources: tuple[Source, ...]
    closest: Source | None
    offers_person: bool


def source_of(citation: CitationView) -> Source:
    """What a program is told of a citation."""
    return Source(
        number=citation.number,
        title=citation.title,
        heading=citation.heading,
        quote=citation.text,
        lit=citation.lit,
        cited=citation.is_cited,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as the visitor sees it: nothing of the owner's notes, ids and figures.

    `sources` are those that it cites; of a refusal the closest place, which is not `cited`.
    """

    id: str
    speaker: str
    author_name: str
    text: str
    state: str
    feedback: str
    may_be_rated: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A visitor's conversation so far; `handover` is empty unless a person was asked for."""

    messages: tuple[Said, ...]
    handover: str


def transcript_of(view: ConversationView) -> Transcript:
    """What a visitor is shown of their conversation."""
    said = tuple(
        Said(
            id=str(message.id),
            speaker=message.speaker,
            author_name=message.author_name,
            text=message.text,
            state=message.state,
            feedback=message.feedback,
            may_be_rated=message.speaker is Speaker.AGENT and rules.may_be_rated(message.mode),
            sources=tuple(source_of(citation) for citation in _shown(message)),
        )
        for message in view.messages
    )
    return Transcript(messages=said, handover=view.handover or "")


def _shown(message: MessageView) -> tuple[CitationView, ...]:
    return message.cited if message.closest is None else (message.closest,)


def server_sent(name: str, data: object) -> bytes:
    """One server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


async def as_server_sent(events: Events) -> AsyncIterator[bytes]:
    """Each event of an answer as `started`, `sources`, `delta`, `finished` or `failed`."""
    async with aclosing(events):
        async for event in events:
            yield _sent(event)


def _sent(event: AnswerEvent) -> bytes:
    match event:
        case Started():
            return server_sent("started", {"conversation_id": event.conversation_id, "message_id": event.message_id})
        case SourcesFound():
            found = [source_of(citation) for citation in event.citations]
            return server_sent("sources", {"sources": found, "closest": _closest(event)})
        case Delta():
            return server_sent("delta", {"text": event.text})
        case Finished():
            return server_sent("finished", event)
        case Failed():
            return server_sent("failed", event.problem)


def _closest(event: SourcesFound) -> Source | None:
    return None if event.closest is None else source_of(event.closest)


async def begun(turn: Turn, *, now: datetime, is_whole: bool = False) -> Events | Failed:
    """The events of an answer once it has begun; what is refused before is returned, so that it gets a status of its own."""
    events = answer(turn=turn, now=now, is_whole=is_whole)
    first = await anext(events)
    return first if isinstance(first, Failed) else _with_first(first, events)


async def _with_first(first: AnswerEvent, events: Events) -> Events:
    async with aclosing(events):  # a reader who leaves stops the answer
        yield first
        async for event in events:
            yield event


async def answered(turn: Turn, *, now: datetime) -> Answer | Failed:
    """The whole answer to a turn, or why there is none."""
    return await gathered(answer(turn=turn, now=now, is_whole=True))


async def gathered(events: Events) -> Answer | Failed:
    """The whole answer at once, or why there is none."""
    conversation = ""
    sources: tuple[Source, ...] = ()
    closest: Source | None = None
    async for event in events:
        match event:
            case Started():
                conversation = str(event.conversation_id)
            case SourcesFound():
                sources = tuple(source_of(citation) for citation in event.citations)
                closest = _closest(event)
            case Finished():
                cited = set(event.cited)
                return Answer(
                    conversation_id=conversation,
                    message_id=str(event.message_id),
                    text=event.text,
                    answered=event.answered,
                    sources=tuple(replace(source, cited=True) for source in sources if source.number in cited),
                    closest=closest,
                    offers_person=event.offers_person,
                )
            case Failed():
                return event
            case Delta():
                pass
    raise RuntimeError("an answer ended without its last event")
