"""How the events of an answer look on the wire: as named server-sent events, and gathered into one answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import msgspec

from emporion.agents.runtime.types import AnswerEvent, CitationView, Delta, Failed, Finished, SourcesFound, Started

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as a program sees it; `quote` is the passage that the answer stands on."""

    number: int
    title: str
    heading: str
    quote: str
    cited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; `answered` is false where the sources do not hold it."""

    conversation_id: str
    message_id: str
    text: str
    answered: bool
    sources: tuple[Source, ...]
    offers_person: bool


def source_of(citation: CitationView) -> Source:
    """What a program is told of a citation."""
    return Source(
        number=citation.number, title=citation.title, heading=citation.heading, quote=citation.text, cited=citation.is_cited
    )


def server_sent(name: str, data: object) -> bytes:
    """One server-sent event."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


async def as_server_sent(events: AsyncIterator[AnswerEvent]) -> AsyncIterator[bytes]:
    """Each event of an answer as `started`, `sources`, `delta`, `finished` or `failed`."""
    async for event in events:
        match event:
            case Started():
                yield server_sent("started", {"conversation_id": event.conversation_id, "message_id": event.message_id})
            case SourcesFound():
                yield server_sent("sources", {"sources": [source_of(citation) for citation in event.citations]})
            case Delta():
                yield server_sent("delta", {"text": event.text})
            case Finished():
                yield server_sent("finished", event)
            case Failed():
                yield server_sent("failed", event.problem)


async def gathered(events: AsyncIterator[AnswerEvent]) -> Answer | Failed:
    """The whole answer at once, or why there is none."""
    conversation = ""
    sources: tuple[Source, ...] = ()
    async for event in events:
        match event:
            case Started():
                conversation = str(event.conversation_id)
            case SourcesFound():
                sources = tuple(source_of(citation) for citation in event.citations)
            case Finished():
                cited = set(event.cited)
                return Answer(
                    conversation_id=conversation,
                    message_id=str(event.message_id),
                    text=event.text,
                    answered=event.answered,
                    sources=tuple(replace(source, cited=True) for source in sources if source.number in cited),
                    offers_person=event.offers_person,
                )
            case Failed():
                return event
            case Delta():
                pass
    raise RuntimeError("an answer ended without its last event")
