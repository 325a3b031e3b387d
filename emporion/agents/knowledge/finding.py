"""Finds what a library says about a question. The index and its weights are imported by the first question."""

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING
from uuid import UUID

from asgiref.sync import sync_to_async

from emporion.agents.knowledge.core import HEADING_SEPARATOR
from emporion.agents.knowledge.library import Findings, Quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emporion.agents.knowledge.snapshots import Snapshot
    from emporion.agents.knowledge.types import Before, Citation, Hit, Standing

# A model reads the best passages: six, or more while they are short, as rows of tables. Of 120 hard questions 104 have the place
# that answers it among six, and 115 among these.
LEAST_PASSAGES, MOST_PASSAGES, CHARACTERS = 6, 24, 8000
_foreseeing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="foreseeing")


def foresee(question: str) -> None:
    """Have the vectors of a question made that is soon to be answered, beside what the caller does until then."""
    if question:
        _foreseeing.submit(_encode, question)


def _encode(question: str) -> None:
    from emporion.agents.knowledge.encoder import shared_encoder  # noqa: PLC0415 - numpy, and the weights

    shared_encoder().encode_query(question)


async def find(*, library_id: UUID, question: str, for_model: bool, before: "Before | None" = None) -> Findings:
    """The findings for a question, without blocking the event loop."""
    return await sync_to_async(find_now)(library_id=library_id, question=question, for_model=for_model, before=before)


def find_now(*, library_id: UUID, question: str, for_model: bool, before: "Before | None" = None) -> Findings:
    """The findings for a question; `for_model` also brings the passages that a model writes from.

    `before` is what was asked before it in its conversation, of which a question that leans takes the subject.
    """
    from emporion.agents.knowledge import following  # noqa: PLC0415 - brings numpy and, at the first question, the weights
    from emporion.agents.knowledge.snapshots import snapshot_of  # noqa: PLC0415 - as above
    from emporion.agents.knowledge.types import Evidence  # noqa: PLC0415 - as above
    from emporion.agents.knowledge.wishes import wish_for_person_in  # noqa: PLC0415 - brings the stemmers

    snapshot = snapshot_of(library_id)
    person_asked_in = wish_for_person_in(question) or ""
    before = None if person_asked_in else before
    answer = following.answer_after(question, before, index=snapshot.index, guidance=snapshot.guidance)
    closest = None if answer.closest is None else _cited(snapshot, answer.closest, answer.confidence)
    quotes = tuple(_cited(snapshot, citation, answer.confidence) for citation in answer.citations)
    is_settled = answer.evidence in {Evidence.AVOIDED, Evidence.COURTESY}
    asked = following.together(before.question, question) if before and following.leans(question) else question
    hits = read_by_model(snapshot.index.search(asked, limit=MOST_PASSAGES).hits) if for_model and not is_settled else ()
    return Findings(
        quoted_answer=answer.text,
        quotes=quotes,
        passages=() if is_settled or not for_model else _passages(snapshot, hits, quotes),
        is_enough=answer.answered,
        may_be_read=may_be_read(question, hits),
        confidence=answer.confidence,
        is_avoided=answer.evidence is Evidence.AVOIDED,
        is_courtesy=answer.evidence is Evidence.COURTESY,
        person_asked_in=person_asked_in,
        closest=closest,
    )


def reply_to_wish(language: str, standing: "Standing") -> str:
    """What is said to who asks for a person, in their language."""
    from emporion.agents.knowledge.wishes import reply_to_wish as reply  # noqa: PLC0415 - brings the stemmers

    return reply(language, standing)


def _cited(snapshot: "Snapshot", citation: "Citation", score: float) -> Quote:
    is_passage = citation.passage_id in snapshot.places
    return _quote(snapshot, citation, score) if is_passage else _pair_quote(citation, score)


def _pair_quote(citation: "Citation", score: float) -> Quote:
    return Quote(
        entry_id=UUID(citation.passage_id),
        is_pair=True,
        source_id=None,
        document_id=None,
        title=citation.document_title,
        heading="",
        text=citation.quote,
        start=0,
        end=len(citation.quote),
        position=0,
        score=score,
    )


def _quote(snapshot: "Snapshot", citation: "Citation", score: float) -> Quote:
    place = snapshot.places[citation.passage_id]
    return Quote(
        entry_id=UUID(citation.passage_id),
        is_pair=False,
        source_id=place.source_id,
        document_id=UUID(citation.document_id),
        title=citation.document_title,
        heading=HEADING_SEPARATOR.join(citation.heading_path),
        text=place.text,
        start=citation.start - place.start,
        end=citation.end - place.start,
        position=place.position,
        score=score,
    )


def read_by_model(hits: "Sequence[Hit]") -> "Sequence[Hit]":
    """The first passages as far as a model reads them."""
    ends = accumulate(len(hit.passage.text) for hit in hits)
    return [hit for place, (hit, end) in enumerate(zip(hits, ends, strict=True)) if place < LEAST_PASSAGES or end <= CHARACTERS]


def may_be_read(question: str, hits: "Sequence[Hit]") -> bool:
    """Whether a model may find the answer to a question in these passages: not to an order, nor to what no document says."""
    from emporion.agents.knowledge.asking import is_everyday  # noqa: PLC0415 - brings the stemmers
    from emporion.agents.knowledge.orders import is_order_in  # noqa: PLC0415 - as above

    return any(map(_is_worth_showing, hits)) and not (is_order_in(question) or is_everyday(question))


def _passages(snapshot: "Snapshot", hits: "Sequence[Hit]", quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
    """The owner's own answer first, then the best passages, whole."""
    own = tuple(quote for quote in quotes if quote.is_pair)
    known = {quote.entry_id for quote in own}
    return own + tuple(found for hit in hits if (found := _hit(snapshot, hit)).entry_id not in known)


def _hit(snapshot: "Snapshot", hit: "Hit") -> Quote:
    from emporion.agents.knowledge.quoting import whole_passage  # noqa: PLC0415 - only where a model writes

    row, place = hit.passage, snapshot.places.get(hit.passage.id)
    if place is None:
        return _pair_quote(whole_passage(hit), hit.score)
    return Quote(
        entry_id=UUID(row.id),
        is_pair=False,
        source_id=place.source_id,
        document_id=UUID(row.document_id),
        title=row.document_title,
        heading=place.heading,
        text=place.text,
        start=0,
        end=len(place.text),
        position=place.position,
        score=hit.score,
    )


def _is_worth_showing(hit: "Hit") -> bool:
    """Whether a passage holds a word of the question, or is near it by its meaning."""
    return hit.coverage > 0 or hit.cosine > _WORTH_SHOWING


def look_up(library_id: UUID, question: str, count: int) -> tuple[Quote, ...]:
    """The passages and own answers that fit a search best, best first."""
    from emporion.agents.knowledge.likeness import likest_pairs  # noqa: PLC0415 - brings numpy
    from emporion.agents.knowledge.snapshots import snapshot_of  # noqa: PLC0415 - as above
    from emporion.agents.knowledge.types import Citation  # noqa: PLC0415

    snapshot = snapshot_of(library_id)
    hits = snapshot.index.search(question, limit=count).hits
    found = [_hit(snapshot, hit) for hit in hits if _is_worth_showing(hit)]
    likest = likest_pairs(question, snapshot.guidance.pairs, snapshot.index.encoder)
    if likest and likest[0][1] >= _WORTH_SHOWING:
        pair, likeness = likest[0]
        citation = Citation(
            passage_id=pair.id,
            document_id=pair.id,
            document_title=pair.question,
            heading_path=(),
            quote=pair.answer,
            start=0,
            end=0,
        )
        found = [one for one in found if one.entry_id != UUID(pair.id)]
        found.insert(0 if likeness > 0.6 else 1, _pair_quote(citation, likeness))
    return tuple(found[:count])


_WORTH_SHOWING = 0.35
