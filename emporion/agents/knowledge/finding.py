"""Finds what a library says about a question; the index is kept in memory until the library changes."""

from uuid import UUID

from asgiref.sync import sync_to_async

from emporion.agents.knowledge import rules
from emporion.agents.knowledge.library import Findings, Quote, TopicKind
from emporion.agents.knowledge.models import Library, MutedSource, Passage, QuestionPair, Topic


async def find(*, library_id: UUID, question: str) -> Findings:
    """The findings for a question, without blocking the event loop."""
    return await sync_to_async(find_now)(library_id=library_id, question=question)


def find_now(*, library_id: UUID, question: str) -> Findings:
    """The findings for a question."""
    words = rules.stems(question)
    library = Library.objects.get(id=library_id)
    for topic in Topic.objects.filter(library=library, kind=TopicKind.AVOID):
        if rules.stems(topic.text) & words:
            return Findings(
                quoted_answer=library.avoid_message or "I can’t help with that here.",
                quotes=(),
                passages=(),
                is_enough=False,
                confidence=1,
                is_avoided=True,
            )
    quotes = look_up(library_id, question, 4)
    good = tuple(quote for quote in quotes if quote.score >= 0.5)
    return Findings(
        quoted_answer=f"{good[0].text} [1]" if good else "", quotes=good[:1], passages=good, is_enough=bool(good), confidence=0.5
    )


def look_up(library_id: UUID, question: str, count: int) -> tuple[Quote, ...]:
    words = rules.stems(question)
    library = Library.objects.get(id=library_id)
    muted = MutedSource.objects.filter(library=library).values("source_id")
    found = []
    for pair in QuestionPair.objects.filter(library=library, deleted_at=None):
        score = _score(words, pair.question) + 0.1
        found.append(
            Quote(
                entry_id=pair.id,
                is_pair=True,
                source_id=None,
                document_id=None,
                title=pair.question,
                heading="",
                text=pair.answer,
                start=0,
                end=0,
                position=0,
                score=score,
            )
        )
    rows = Passage.objects.filter(
        document__source__library_id__in=[library.id, library.base_id], document__source__deleted_at=None
    ).exclude(document__source_id__in=muted)
    for row in rows.select_related("document__source"):
        found.append(
            Quote(
                entry_id=row.id,
                is_pair=False,
                source_id=row.document.source_id,
                document_id=row.document_id,
                title=row.document.source.name,
                heading=row.heading,
                text=row.text,
                start=row.start,
                end=row.end,
                position=row.position,
                score=_score(words, row.text),
            )
        )
    return tuple(sorted((one for one in found if one.score > 0.15), key=lambda one: -one.score)[:count])


def _score(words: frozenset[str], text: str) -> float:
    have = text.lower()
    return sum(word in have for word in words) / (len(words) or 1)
