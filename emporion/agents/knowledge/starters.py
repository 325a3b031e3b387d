"""Chooses what an agent suggests to ask first from a document that it has just read: only what it then answers from there.

It is chosen once, by the job that follows the reading, since every proposal is asked of the agent itself.
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Min, QuerySet

from emporion.agents.knowledge import rules
from emporion.agents.knowledge.finding import find_now
from emporion.agents.knowledge.library import LibraryKind
from emporion.agents.knowledge.models import Document, Passage, QuestionPair, Source
from emporion.agents.knowledge.rules import Heading, Starter

LOOKED_AT = 300
TRIED = 12


def suggested(library_id: UUID) -> tuple[str, ...]:
    """What a visitor might ask first: the owner's pairs, then questions that stand in the documents, then their headings."""
    return rules.starters_of(_asked_by_owner(library_id), *_kept(library_id))


def suggested_by_documents(library_id: UUID) -> tuple[str, ...]:
    """What a visitor might ask first of the documents of this library, whatever it was taught besides."""
    return rules.starters_of((), *_kept(library_id))


def _asked_by_owner(library_id: UUID) -> tuple[str, ...]:
    pairs = QuestionPair.objects.filter(library_id=library_id, deleted_at=None).order_by("created_at")
    return tuple(pairs.values_list("question", flat=True)[: rules.STARTERS])


def _kept(library_id: UUID) -> tuple[list[Starter], str]:
    """What was chosen from each source, and which language of these most documents have."""
    sources = Source.objects.present().filter(library_id=library_id)
    asking = sources.exclude(starters=[]).order_by("created_at", "id").values_list("id", "starters")
    kept = [(source_id, one) for source_id, starters in asking for one in starters]
    if all("language" in one for _, one in kept) and len({one["language"][:2] for _, one in kept if one["language"]}) < 2:
        return [Starter(**one) for _, one in kept], ""  # they speak one language
    spoken = _spoken(sources)
    of_source = {source_id: rules.language_of_most(languages) for source_id, languages in spoken.items()}
    starters = [Starter(**one | {"language": one.get("language") or of_source.get(source_id, "")}) for source_id, one in kept]
    return starters, rules.language_of_most([one for languages in spoken.values() for one in languages])


def _spoken(sources: QuerySet[Source]) -> dict[UUID, list[tuple[str, int, int]]]:
    """The languages of each source, with how many documents and passages are in them; no row is read for its text.

    Passages are counted by their position, for which their index is enough.
    """
    grouped = Document.objects.filter(source__in=sources).values("source_id", "language")
    counted = grouped.annotate(
        count=Count("id", distinct=True), size=Count("passages__position"), since=Min("source__created_at")
    )
    spoken: dict[UUID, list[tuple[str, int, int]]] = {}
    for row in counted.order_by("since", "source_id", "language"):
        spoken.setdefault(row["source_id"], []).append((row["language"], row["count"], row["size"]))
    return spoken


def choose(source_id: UUID) -> None:
    """Try the questions and headings of a source on the agent and keep the first few that it answers from their own place."""
    present = Source.objects.present().select_related("library").exclude(library__kind=LibraryKind.BLUEPRINT)
    source = present.filter(id=source_id).first()
    if source is None:
        return
    language = rules.language_of_most(_spoken(Source.objects.filter(id=source.id)).get(source.id, []))
    chosen = list(_answered(source.library_id, _tried(source, language)))[: rules.STARTERS]
    Source.objects.filter(id=source.id, revision=source.revision).update(
        starters=[{"text": one.text, "is_question": one.is_question, "language": one.language or language} for one in chosen]
    )


def _tried(source: Source, language: str) -> list[tuple[Heading, Starter]]:
    """What is worth a try: questions, and headings where there are not enough of them in the language of this source."""
    rows = Passage.objects.filter(document__source=source).order_by("position", "document__position", "document_id")
    headings = [
        Heading(document=document, path=path, beginning=text, language=language)
        for document, path, text, language in rows.values_list("document_id", "heading", "text", "document__language")[:LOOKED_AT]
    ]
    others, _most = _kept(source.library_id)
    there = rules.starters_of(_asked_by_owner(source.library_id), rules.in_language(others, language))
    is_demo = source.library.kind == LibraryKind.DEMO  # which has its seller's pairs, on another subject than the visitor's file
    needs_headings = is_demo or len(there) < rules.STARTERS
    found = [one for one in rules.candidates(headings) if one[1].is_question or needs_headings]
    found.sort(key=lambda one: not rules.in_language([one[1]], language))  # of a site in two languages, the one that it speaks
    return found[:TRIED]


def _answered(library_id: UUID, tried: list[tuple[Heading, Starter]]) -> Iterator[Starter]:
    for heading, starter in tried:
        found = find_now(library_id=library_id, question=starter.text, for_model=False)
        if found.is_enough and any(
            (quote.document_id, quote.heading) == (heading.document, heading.path) for quote in found.quotes
        ):
            yield starter
