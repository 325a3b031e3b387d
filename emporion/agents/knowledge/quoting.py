"""Which sentences of a passage are quoted: those that answer best with their neighbours, no more than is read at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .asking import asks_for_figure
from .expected import has_figure
from .inverted import Floats
from .query import TermGroup
from .retrieval import Found, PassageIndex
from .types import Citation, Hit, PassageRow

QUOTE_WORDS = 110  # what a passage is meant to have: what is cut off is too often what answers
BESIDE = 0.04  # by less two passages of a document are as good as each other: both are quoted
_FIRST_OF_TWO = 100
_BOTH = 150
_SENTENCES_COMPARED = 8
_FIGURE_BONUS = 0.15
_BEGINNING = 0.1  # for the first sentence, half of it for the second: what a passage is about stands at its beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A passage with its sentences and how well each answers; how near the nearest is, and the most words that one holds."""

    passage: PassageRow
    spans: Sequence[tuple[int, int]]
    scores: Floats
    cosine: float
    coverage: float


def score(found: Found, hit: Hit, index: PassageIndex) -> Scored:
    """How well the sentences of a passage answer the question."""
    opened = index.opened(hit.passage)
    places = range(len(opened.spans))
    held = np.array([_held(found.query.groups, opened.terms_of(place)) for place in places], dtype=np.float32)
    nearness = _nearness(found, opened.sentences, held, index)
    scores = held + nearness + _BEGINNING / np.arange(1, len(places) + 1, dtype=np.float32)
    if asks_for_figure(found.query.text):
        scores[[has_figure(sentence, hit.passage.language) for sentence in opened.sentences]] += _FIGURE_BONUS
    return Scored(
        passage=hit.passage, spans=opened.spans, scores=scores, cosine=float(nearness.max()), coverage=float(held.max())
    )


def quoted(scored: Scored, most_words: int = QUOTE_WORDS) -> Citation:
    """The best sentences of a passage, as many words as are asked for or one sentence."""
    first, last = _window(scored, most_words)
    return cited(scored.passage, scored.spans[first][0], scored.spans[last][1])


def quoted_both(surer: Scored, other: Scored) -> tuple[Citation, ...]:
    """The best sentences of two passages of a document as it is read; what both passages hold is quoted once."""
    one = quoted(surer, _FIRST_OF_TWO)
    two = quoted(other, min(_FIRST_OF_TWO, _BOTH - len(one.quote.split())))
    earlier, later = sorted((one, two), key=lambda place: place.start)
    if later.end <= earlier.end:
        return (earlier,)
    return earlier, _from(later, earlier.end)


def _from(place: Citation, start: int) -> Citation:
    """What comes of a quote from some place of its document on."""
    quote = place.quote[max(0, start - place.start) :].lstrip()
    return replace(place, quote=quote, start=place.end - len(quote))


def _held(groups: Sequence[TermGroup], terms: frozenset[int]) -> float:
    """The share of a question's words that stands among some terms."""
    total = sum(group.weight for group in groups) or 1.0
    best = (max((factor for term, factor in group.alternatives if term in terms), default=0.0) for group in groups)
    return sum(group.weight * factor for group, factor in zip(groups, best, strict=True)) / total


def _nearness(found: Found, sentences: Sequence[str], held: Floats, index: PassageIndex) -> Floats:
    """How near each sentence is to the question; in a long passage only those that hold most of its words are looked at."""
    looked_at = np.sort(np.argsort(-held, kind="stable")[:_SENTENCES_COMPARED])
    query = index.question_vector(found.query)
    nearness = np.zeros(len(sentences), dtype=np.float32)
    nearness[looked_at] = index.sentence_vectors([sentences[place] for place in looked_at]) @ query
    return nearness


def _window(scored: Scored, most_words: int) -> tuple[int, int]:
    """The best sentence with its better neighbours, a short paragraph of them; what introduces a list takes the list along."""
    text, spans, scores = scored.passage.text, scored.spans, scored.scores
    first = last = best = int(scores.argmax())

    def size(start: int, end: int) -> int:
        return len(text[spans[start][0] : spans[end][1]].split())

    while True:
        before = scores[first - 1] if first > 0 and size(first - 1, last) <= most_words else -np.inf
        after = scores[last + 1] if last + 1 < len(spans) and size(first, last + 1) <= most_words else -np.inf
        if text[: spans[last][1]].endswith(":"):
            after += 10.0
        if max(before, after) == -np.inf:
            while last > best and text[: spans[last][1]].endswith(":"):
                last -= 1  # what it introduces did not fit
            return first, last
        if after >= before:
            last += 1
        else:
            first -= 1


def whole_passage(hit: Hit) -> Citation:
    """The citation of a passage as it stands, for a model that writes its own words from it."""
    return cited(hit.passage, 0, len(hit.passage.text))


def cited(row: PassageRow, start: int, end: int) -> Citation:
    """The citation of a part of a passage."""
    return Citation(
        passage_id=row.id, document_id=row.document_id, document_title=row.document_title, heading_path=row.heading_path,
        quote=row.text[start:end], start=row.start + start, end=row.start + end, page=row.page, row=row.row,
    )  # fmt: skip
