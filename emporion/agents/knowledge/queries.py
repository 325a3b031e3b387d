"""What can be asked about knowledge; every question begins at the actor and the library that they see."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce

from emporion.agents.knowledge import rules
from emporion.agents.knowledge.access import seen
from emporion.agents.knowledge.actions import SourceNotFound
from emporion.agents.knowledge.finding import look_up
from emporion.agents.knowledge.library import (
    BUSY,
    REFUSED_FOR,
    UNDO_FOR,
    BeingRead,
    DocumentView,
    LearntHit,
    LibraryView,
    PairView,
    RefusedFile,
    Replacement,
    SourceKind,
    SourceState,
    SourceView,
    TopicKind,
    TopicView,
)
from emporion.agents.knowledge.models import Document, Library, MutedSource, Passage, QuestionPair, Source, Topic
from emporion.plumbing.types import Actor

HITS = 12
_BUSY = Q(state__in=BUSY)


def library(actor: Actor, library_id: UUID) -> LibraryView:
    """All that an agent was taught."""
    row = seen(actor, library_id)
    topics = [TopicView(id=topic.id, kind=TopicKind(topic.kind), text=topic.text) for topic in row.topics.all()]
    return LibraryView(
        id=row.id,
        version=row.version,
        sources=tuple(_sources(row)),
        pairs=tuple(_pair(pair) for pair in row.pairs.filter(deleted_at=None)),
        cover=tuple(topic for topic in topics if topic.kind is TopicKind.COVER),
        avoid=tuple(topic for topic in topics if topic.kind is TopicKind.AVOID),
        avoid_message=row.avoid_message,
    )


def sources(actor: Actor, library_id: UUID) -> tuple[SourceView, ...]:
    """The sources of an agent, its own first, those that came with it after."""
    return tuple(_sources(seen(actor, library_id)))


def refused(actor: Actor, library_id: UUID, now: datetime) -> tuple[RefusedFile, ...]:
    """The files that were not taken in lately, the latest first."""
    rows = Source.objects.refused().filter(library=seen(actor, library_id), created_at__gt=now - REFUSED_FOR)
    return tuple(
        RefusedFile(id=row.id, name=row.name, problem=row.problem, next_step=row.next_step, at=row.created_at) for row in rows
    )


def being_read(actor: Actor, library_id: UUID) -> BeingRead:
    """What answers cannot come from yet, because it is still being read."""
    row = seen(actor, library_id)
    muted = MutedSource.objects.filter(library=row).values("source_id")
    used = Source.objects.present().filter(library_id__in=[row.id, row.base_id]).exclude(id__in=muted)
    counts = used.aggregate(
        fresh=Count("id", filter=_BUSY & Q(document_count=0)),
        again=Count("id", filter=_BUSY & Q(document_count__gt=0)),
        total=Count("id", filter=_BUSY | Q(document_count__gt=0)),
    )
    return BeingRead(**counts, has_pairs=row.pairs.filter(deleted_at=None).exists())


def replaced(actor: Actor, library_id: UUID, now: datetime) -> tuple[Replacement, ...]:
    """What uploads replaced and can still be put back, the latest upload first."""
    rows = Source.objects.set_aside().filter(library=seen(actor, library_id), deleted_at__gt=now - UNDO_FOR)
    names: dict[datetime, list[str]] = {}
    for row in rows.only("deleted_at", "name").order_by("-deleted_at", "name"):
        if row.deleted_at:
            names.setdefault(row.deleted_at, []).append(row.name)
    return tuple(Replacement(at=at, names=tuple(one)) for at, one in names.items())


def _sources(row: Library) -> list[SourceView]:
    muted = set(MutedSource.objects.filter(library=row).values_list("source_id", flat=True))
    found = Source.objects.present().filter(library_id__in=[row.id, row.base_id])
    views = [_source(source, row, is_muted=source.id in muted) for source in found]
    order = {SourceState.FAILED: 0, SourceState.INDEXING: 1, SourceState.READING: 1, SourceState.WAITING: 2}
    return sorted(views, key=lambda view: (view.is_built_in, order.get(view.state, 3)))


def _source(source: Source, row: Library, *, is_muted: bool = False) -> SourceView:
    return SourceView(
        id=source.id,
        kind=SourceKind(source.kind),
        name=source.name,
        address=source.address,
        media_type=source.media_type,
        state=SourceState(source.state),
        done=source.done,
        total=source.total,
        note=source.note,
        problem=source.problem,
        next_step=source.next_step,
        byte_count=source.byte_count,
        document_count=source.document_count,
        passage_count=source.passage_count,
        is_built_in=source.library_id != row.id,
        is_muted=is_muted,
        read_at=source.read_at,
        created_at=source.created_at,
    )


def _pair(pair: QuestionPair) -> PairView:
    return PairView(id=pair.id, question=pair.question, answer=pair.answer, updated_at=pair.updated_at)


def pair(actor: Actor, library_id: UUID, pair_id: UUID) -> PairView | None:
    """One pair of an agent."""
    row = QuestionPair.objects.filter(library=seen(actor, library_id), id=pair_id).first()
    return _pair(row) if row else None


def avoid_message_of(library_id: UUID) -> str:
    """What the owner has said about topics to avoid, as they wrote it, or nothing; for visitors, who have no actor."""
    return Library.objects.filter(id=library_id).values_list("avoid_message", flat=True).first() or ""


def own_sources(library_id: UUID) -> tuple[SourceView, ...]:
    """The library's own sources; for the demo, which has no actor."""
    row = Library.objects.get(id=library_id)
    return tuple(_source(source, row) for source in Source.objects.present().filter(library=row))


def topics_covered(library_id: UUID) -> tuple[str, ...]:
    """What an agent is there to talk about, as its owner has it."""
    return tuple(Topic.objects.filter(library_id=library_id, kind=TopicKind.COVER).values_list("text", flat=True))


def is_empty(library_id: UUID) -> bool:
    """Whether there is nothing yet that an agent could answer from."""
    libraries = Library.objects.filter(Q(id=library_id) | Q(id__in=Library.objects.filter(id=library_id).values("base_id")))
    has_pairs = QuestionPair.objects.filter(library_id=library_id, deleted_at=None).exists()
    return not has_pairs and not Source.objects.present().filter(library__in=libraries).exists()


def learnt(actor: Actor, library_id: UUID, question: str) -> tuple[LearntHit, ...]:
    """The passages and pairs that fit a search best, with the words of the search lit."""
    row = seen(actor, library_id)
    words = rules.stems(question)
    return tuple(LearntHit(quote=quote, pieces=rules.pieces(quote.text, words)) for quote in look_up(row.id, question, HITS))


def document(
    actor: Actor, library_id: UUID, source_id: UUID, *, document_id: UUID | None, passage_id: UUID | None
) -> DocumentView:
    """A document's plain text, cut at the passage that is to be lit; without one, the first document unlit."""
    row = seen(actor, library_id)
    source = Source.objects.present().filter(library_id__in=[row.id, row.base_id], id=source_id).first()
    if source is None:
        raise SourceNotFound
    documents = list(Document.objects.filter(source=source).only("id", "name"))
    passage = Passage.objects.filter(id=passage_id, document__source=source).first() if passage_id else None
    wanted = passage.document_id if passage else document_id
    chosen = (
        Document.objects.filter(source=source, **({"id": wanted} if wanted else {})).annotate(count=Count("passages")).first()
    )
    if chosen is None:
        raise SourceNotFound("This document has not been read yet.", next_step="Wait until it is ready, or read it again.")
    start, end = (passage.start, passage.end) if passage else (0, 0)
    return DocumentView(
        id=chosen.id,
        source=_source(source, row),
        name=chosen.name,
        address=chosen.address,
        read_at=chosen.read_at,
        before=chosen.text[:start],
        lit=chosen.text[start:end],
        after=chosen.text[end:],
        heading=passage.heading if passage else "",
        position=passage.position + 1 if passage else 0,
        passage_count=chosen.count,
        others={document.id: document.name for document in documents if document.id != chosen.id},
    )


def reading_state(library_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """For each library (sources that failed, sources that are busy): the badge on the Training tab."""
    rows = (
        Source.objects.present()
        .filter(library_id__in=library_ids)
        .values("library_id")
        .annotate(failed=Count("id", filter=Q(state=SourceState.FAILED)), busy=Count("id", filter=_BUSY))
    )
    return {row["library_id"]: (row["failed"], row["busy"]) for row in rows}


def recent_changes(library_id: UUID, limit: int) -> tuple[tuple[str, SourceState, datetime, str], ...]:
    """What happened to the sources lately: (name, state, when, by whom)."""
    rows = Source.objects.present().filter(library_id=library_id).annotate(at=Coalesce("read_at", "created_at")).order_by("-at")
    return tuple((row.name, SourceState(row.state), row.read_at or row.created_at, row.created_by) for row in rows[:limit])


def passage_facts(document_ids: list[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """For each document that is still there (its passages, when it was read)."""
    rows = Document.objects.filter(id__in=document_ids).annotate(count=Count("passages"), at=Max("read_at"))
    return {row.id: (row.count, row.read_at) for row in rows}
