"""Chooses what an agent suggests to ask first from a document that it has just read: only what it then answers from there.

It is chosen once, by the job that follows the reading, since every proposal is asked of the agent itself.
"""

from collections.abc import Iterator
from uuid import UUID

from emporion.agents.knowledge import rules
from emporion.agents.knowledge.finding import find_now
from emporion.agents.knowledge.library import LibraryKind
from emporion.agents.knowledge.models import Passage, QuestionPair, Source
from emporion.agents.knowledge.rules import Heading, Starter

LOOKED_AT = 300
TRIED = 12


def suggested(library_id: UUID) -> tuple[str, ...]:
    """What a visitor might ask first: the owner's pairs, then questions that stand in the documents, then their headings."""
    pairs = QuestionPair.objects.filter(library_id=library_id, deleted_at=None).order_by("created_at")
    return rules.starters_of(tuple(pairs.values_list("question", flat=True)[: rules.STARTERS]), _kept(library_id))


def suggested_by_documents(library_id: UUID) -> tuple[str, ...]:
    """What a visitor might ask first of the documents of this library, whatever it was taught besides."""
    return rules.starters_of((), _kept(library_id))


def _kept(library_id: UUID) -> list[Starter]:
    sources = Source.objects.present().filter(library_id=library_id).exclude(starters=[]).order_by("created_at", "id")
    return [Starter(**one) for starters in sources.values_list("starters", flat=True) for one in starters]


def choose(source_id: UUID) -> None:
    """Try the questions and headings of a source on the agent and keep the first few that it answers from their own place."""
    present = Source.objects.present().select_related("library").exclude(library__kind=LibraryKind.BLUEPRINT)
    source = present.filter(id=source_id).first()
    if source is None:
        return
    rows = Passage.objects.filter(document__source=source).order_by("position", "document__position", "document_id")
    headings = [
        Heading(document=document, path=path, beginning=text, language=language)
        for document, path, text, language in rows.values_list("document_id", "heading", "text", "document__language")[:LOOKED_AT]
    ]
    is_demo = source.library.kind == LibraryKind.DEMO  # which has its seller's pairs, on another subject than the visitor's file
    needs_headings = is_demo or len(suggested(source.library_id)) < rules.STARTERS
    tried = [one for one in rules.candidates(headings) if one[1].is_question or needs_headings]
    chosen = list(_answered(source.library_id, tried[:TRIED]))[: rules.STARTERS]
    Source.objects.filter(id=source.id, revision=source.revision).update(
        starters=[{"text": one.text, "is_question": one.is_question} for one in chosen]
    )


def _answered(library_id: UUID, tried: list[tuple[Heading, Starter]]) -> Iterator[Starter]:
    for heading, starter in tried:
        found = find_now(library_id=library_id, question=starter.text, for_model=False)
        if found.is_enough and any(
            (quote.document_id, quote.heading) == (heading.document, heading.path) for quote in found.quotes
        ):
            yield starter
