"""Keeps each library's index in memory, as one immutable snapshot, until the library changes."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from emporion.agents.knowledge.access import LibraryNotFound
from emporion.agents.knowledge.answers import Guidance
from emporion.agents.knowledge.core import HEADING_SEPARATOR
from emporion.agents.knowledge.encoder import BYTES_PER_EMBEDDING, shared_encoder
from emporion.agents.knowledge.library import TopicKind
from emporion.agents.knowledge.models import Library, MutedSource, Passage, QuestionPair
from emporion.agents.knowledge.retrieval import PassageIndex, pair_rows
from emporion.agents.knowledge.types import PassageRow, Topic
from emporion.agents.knowledge.types import QuestionPair as OwnAnswer

KEPT = 64
PASSAGES_CAP = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a passage stands."""

    source_id: UUID
    position: int
    heading: str
    text: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a library held at one version: the index, the owner's own answers and topics, and where each passage stands."""

    version: tuple[int, int]
    index: PassageIndex
    guidance: Guidance
    places: Mapping[str, Place]


_kept: OrderedDict[UUID, Snapshot] = OrderedDict()
_mutex = threading.Lock()
_building: dict[UUID, threading.Lock] = {}


def snapshot_of(library_id: UUID) -> Snapshot:
    """The snapshot of a library as it is now; one question costs one small query as long as nothing changes."""
    versions = Library.objects.filter(id=library_id).values_list("version", "base__version").first()
    if versions is None:
        raise LibraryNotFound
    version = (versions[0], versions[1] or 0)
    kept = _known(library_id, version)
    if kept is not None:
        return kept
    with _mutex:
        turn = _building.setdefault(library_id, threading.Lock())
    with turn:
        return _known(library_id, version) or _keep(library_id, _build(library_id, version))


def _known(library_id: UUID, version: tuple[int, int]) -> Snapshot | None:
    with _mutex:
        kept = _kept.get(library_id)
        if kept is None or kept.version != version:
            return None
        _kept.move_to_end(library_id)
        return kept


def _keep(library_id: UUID, snapshot: Snapshot) -> Snapshot:
    with _mutex:
        _kept[library_id] = snapshot
        while len(_kept) > KEPT:
            forgotten, _ = _kept.popitem(last=False)
            _building.pop(forgotten, None)
    return snapshot


def forget(library_id: UUID) -> None:
    """Let go of a library's vectors, for good."""
    with _mutex:
        _kept.pop(library_id, None)
        _building.pop(library_id, None)


def _build(library_id: UUID, version: tuple[int, int]) -> Snapshot:
    library = Library.objects.get(id=library_id)
    passages = list(_passages(library))
    places = {
        str(passage.id): Place(
            source_id=passage.document.source_id,
            position=passage.position,
            heading=passage.heading,
            text=passage.text,
            start=passage.start,
        )
        for passage in passages
    }
    guidance, rows = _guidance(library), [_row(passage) for passage in passages]
    index = PassageIndex([*rows, *pair_rows(guidance.pairs, rows)], shared_encoder())
    return Snapshot(version=version, index=index, guidance=guidance, places=places)


def _passages(library: Library) -> Iterator[Passage]:
    muted = MutedSource.objects.filter(library=library).values("source_id")
    rows = Passage.objects.filter(
        document__source__library_id__in=[library.id, library.base_id], document__source__deleted_at=None
    ).exclude(document__source_id__in=muted)
    rows = rows.select_related("document").defer("document__text").order_by("document_id", "position")
    # An embedding of another encoder cannot be compared; its document is encoded anew when it is read again.
    return (row for row in rows[:PASSAGES_CAP].iterator() if len(row.embedding) == BYTES_PER_EMBEDDING)


def _row(passage: Passage) -> PassageRow:
    return PassageRow(
        id=str(passage.id),
        document_id=str(passage.document_id),
        document_title=passage.document.name,
        text=passage.text,
        heading_path=tuple(part for part in passage.heading.split(HEADING_SEPARATOR) if part),
        start=passage.start,
        end=passage.end,
        embedding=bytes(passage.embedding),
        language=passage.document.language,
        page=passage.page,
        row=passage.row,
    )


def _guidance(library: Library) -> Guidance:
    pairs = QuestionPair.objects.filter(library=library, deleted_at=None)
    own = tuple(
        OwnAnswer(id=str(pair.id), question=pair.question, answer=pair.answer, embedding=bytes(pair.embedding))
        for pair in pairs
        if len(pair.embedding) == BYTES_PER_EMBEDDING
    )
    topics = tuple(
        Topic(id=str(topic.id), name=topic.text, avoid=topic.kind == TopicKind.AVOID, message=library.avoid_message)
        for topic in library.topics.all()
    )
    return Guidance(pairs=own, topics=topics)
