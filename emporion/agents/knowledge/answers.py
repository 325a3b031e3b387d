"""Answers without a model: the sentences of the sources that answer, quoted word for word, or an honest "I don't know".

What stands in a document is only ever quoted: no text of a source is followed, so an instruction hidden there does nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .asking import asked_in, asks_for_figure, is_everyday
from .confidence import CLOSEST, fitted, is_as_sure, surest, threshold_among, weighed
from .contacts import Fact, Told, best_told, facts_asked, names_days
from .courtesy import reply_to, small_talk_in
from .encoder import ACROSS, MEANING, Encoder, from_bytes
from .expected import has_figure
from .inverted import Floats
from .lexicon import content_words, fold, stem
from .likeness import POSSIBLE, SURE, best_pair
from .orders import is_order_in
from .overall import log_odds
from .query import TermGroup
from .retrieval import Found, PassageIndex
from .signals import Signals, sentences_of, signals_of
from .types import Answer, Citation, Evidence, Highlight, Hit, PassageRow, QuestionPair, Topic

_QUOTE_WORDS = 100  # most passages whole: what is cut off is too often what answers
_TOPIC_NEAR = 0.42
_SAME_WORD = 0.65
_CONTEXT = 80
_SENTENCES_COMPARED = 8
_PART_SURER = 0.1  # a question taken out of its message says less than it says there
_FIGURE_BONUS = 0.15
_MOST_ROWS = 10
_KNOWN = 0.7
_UNTOLD = 0.2  # more than usual is asked of what does not look like it
_TOLD = 0.9  # how sure a place is that tells by its form what is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What the owner of the agent laid down; messages are shown as they are, in the language that the caller chose."""

    pairs: tuple[QuestionPair, ...] = ()
    topics: tuple[Topic, ...] = ()
    unknown_message: str = "I don't know: the documents that I was given do not say."
    avoided_message: str = "I can't talk about that here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A search with the quoted place of its best passage and how sure we are; what a model is given, or not given, to write from."""  # noqa: E501

    found: Found
    quote: Citation | None
    signals: Signals | None
    confidence: float


def answer(question: str, *, index: PassageIndex, guidance: Guidance) -> Answer:
    """The answer that needs no model: a topic to avoid first, then small talk, the owner's own answers and the documents.

    A refusal names the place closest to the message as a whole, else to its surest part; of an order to the agent none.
    """
    avoided = avoided_topic(question, guidance.topics, index.encoder)
    if avoided is not None:
        return Answer(text=avoided.message or guidance.avoided_message, evidence=Evidence.AVOIDED, confidence=1.0)
    talk = small_talk_in(question)
    if talk is not None and best_pair(question, guidance.pairs, index.encoder)[1] < SURE:
        return Answer(text=reply_to(talk), evidence=Evidence.COURTESY, confidence=1.0)
    asked = asked_in(question)
    if not asked.whole:
        return Answer(text=guidance.unknown_message, evidence=Evidence.NOTHING, confidence=0.0)
    whole = _reply(asked.whole, index, guidance)
    each = [_reply(one, index, guidance, surer=_PART_SURER) for one in asked.each]
    if sum(one.answered for one in each) > 1:
        return _joined([one for one in each if one.answered])
    replies = [whole, *each, *(_reply(one, index, guidance, surer=_PART_SURER) for one in asked.led)]
    best = max(replies, key=lambda reply: (reply.answered, reply.confidence))
    if best.answered:
        return best
    return replace(best, closest=None if is_order_in(question) else whole.closest or best.closest)


def _reply(question: str, index: PassageIndex, guidance: Guidance, *, surer: float = 0.0) -> Answer:
    """The answer to one question; `surer` is how much more than usual is asked of it."""
    pair, likeness = best_pair(question, guidance.pairs, index.encoder)
    if pair is not None and likeness >= SURE:
        return _from_pair(pair, likeness)
    facts = facts_asked(question)
    told = _told(facts, index) if facts else None
    judged = judge(question, index=index)
    if pair is not None and likeness >= max(POSSIBLE, (told or judged).confidence * 0.8):
        return _from_pair(pair, likeness)
    if told is not None:
        own = next((one for one in guidance.pairs if one.id == told.citations[0].passage_id), None)
        return told if own is None else _from_pair(own, told.confidence)
    surer += _UNTOLD * bool(facts)
    if judged.quote is None or judged.confidence < threshold_among(len(index)) + surer:
        closest = judged.quote if judged.confidence >= CLOSEST else None
        return Answer(text=guidance.unknown_message, evidence=Evidence.NOTHING, confidence=judged.confidence, closest=closest)
    own = next((one for one in guidance.pairs if one.id == judged.quote.passage_id), None)
    if own is not None:
        return _from_pair(own, judged.confidence)
    places = _with_rows_alike(judged.quote, judged.found, index)
    text = "\n\n".join(place.quote for place in places)
    return Answer(text=text, evidence=Evidence.PASSAGE, confidence=judged.confidence, citations=places)


def _told(facts: Sequence[Fact], index: PassageIndex) -> Answer | None:
    """The places that tell what everybody asks a firm, where that is all that is asked and all of it is told."""
    best = [(fact, best_told(fact, index.told())) for fact in facts]
    places = [place for fact, one in best if one is not None for place in _telling(fact, one, index)]
    if not places or any(one is None for _, one in best):
        return None
    once = tuple({(place.passage_id, place.start): place for place in places}.values())
    text = "\n\n".join(place.quote for place in once)
    return Answer(text=text, evidence=Evidence.PASSAGE, confidence=_TOLD, citations=once)


def _telling(fact: Fact, best: Told, index: PassageIndex) -> list[Citation]:
    """The sentences that tell a fact; of a table of hours all rows of days, where they are few."""
    row = index.rows[best.place]
    rows = [one for one in index.rows if one.document_id == row.document_id and one.row is not None]
    alike = [one for one in rows if fact is Fact.HOURS and names_days(one)]
    if row.row is not None and 1 < len(alike) <= _MOST_ROWS:
        return [cited(one, 0, len(one.text)) for one in alike]
    return [cited(row, *_around(row.text, best.spans[fact]))]


def _around(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """From the first of some sentences to the last, as far as they make a short paragraph."""
    start, end = spans[0]
    for _, other in spans[1:]:
        if len(text[start:other].split()) <= _QUOTE_WORDS:
            end = other
    return start, end


def _with_rows_alike(quoted: Citation, found: Found, index: PassageIndex) -> tuple[Citation, ...]:
    """The quote; of a table all rows that hold what is asked as the quoted one does, in whatever words, where they are few."""
    groups = found.query.groups
    hit = next(one for one in found.hits if one.passage.id == quoted.passage_id)
    if hit.passage.row is None:
        return (quoted,)
    rows = [row for row in index.rows if row.document_id == hit.passage.document_id and row.row is not None]
    held = [_named_in(groups, index.terms_in(row.text)) for row in rows]
    most = _named_in(groups, index.terms_in(hit.passage.text))
    alike = [row for row, one in zip(rows, held, strict=True) if one == most]
    if not 1 < len(alike) <= _MOST_ROWS or any(one > most for one in held):
        return (quoted,)
    return tuple(whole_passage(replace(hit, passage=row)) for row in alike)


def _joined(replies: Sequence[Answer]) -> Answer:
    """Several questions of one message answered one after the other, each place quoted once."""
    once = list({reply.citations[0].passage_id: reply for reply in reversed(replies)}.values())[::-1]
    return Answer(
        text="\n\n".join(reply.text for reply in once),
        evidence=once[0].evidence,
        confidence=min(reply.confidence for reply in once),
        citations=tuple(citation for reply in once for citation in reply.citations),
    )


def is_known(question: str, index: PassageIndex) -> bool:
    """Whether the documents know any word of a question, itself or in other words; true where it holds small words alone."""
    groups = index.read(question).groups
    return not groups or any(factor >= _KNOWN for group in groups for _, factor in group.alternatives)


def judge(question: str, *, index: PassageIndex, limit: int = 8) -> Judged:
    """The passages for a question, the quote that answers best and the calibrated confidence that it does."""
    found = index.search(question, limit=limit)
    if not found.hits or not found.query.groups or is_everyday(question):
        return Judged(found=found, quote=None, signals=None, confidence=0.0)
    quote, each, overall = evidence_of(found, index)
    sure = [weighed(fitted().log_odds(signals), overall) for signals in each]
    best = _where_it_begins(found.hits, sure, surest(sure, enough=threshold_among(len(index))))
    if best:
        quote, _, _ = _quote(found, found.hits[best], index)
    return Judged(found=found, quote=quote, signals=each[best], confidence=sure[best])


def _where_it_begins(hits: Sequence[Hit], sure: Sequence[float], best: int) -> int:
    """The passage to answer from, or the one that begins its section where that answers as surely: it says what this is about."""
    section = hits[best].passage.document_id, hits[best].passage.heading_path
    beginning = (
        place for place, hit in enumerate(hits[: len(sure)])
        if (hit.passage.document_id, hit.passage.heading_path) == section and _begins_section(hit.passage)
    )  # fmt: skip
    first = next(beginning, best)
    return first if is_as_sure(sure[first], sure[best]) else best


def _begins_section(row: PassageRow) -> bool:
    return bool(row.heading_path) and row.text.startswith(row.heading_path[-1])


def evidence_of(found: Found, index: PassageIndex) -> tuple[Citation, list[Signals], float]:
    """What the decision to answer looks at: a quote of the first passage, each passage's signals, the whole search's log-odds."""
    quote, cosine, coverage = _quote(found, found.hits[0], index)
    overall = log_odds(found, index, sentence_cosine=cosine, sentence_coverage=coverage)
    return quote, signals_of(found, index), overall


def whole_passage(hit: Hit) -> Citation:
    """The citation of a passage as it stands, for a model that writes its own words from it."""
    return cited(hit.passage, 0, len(hit.passage.text))


def avoided_topic(question: str, topics: Sequence[Topic], encoder: Encoder) -> Topic | None:
    """The topic to avoid that a question is about, by its words or by its meaning in any language."""
    avoided = [topic for topic in topics if topic.avoid]
    if not avoided:
        return None
    asked, named = _folded(question), [_folded(topic.name) for topic in avoided]
    stems = {stem(word, "en") for word in asked}
    for topic, name in zip(avoided, named, strict=True):
        if name and {stem(word, "en") for word in name} <= stems:
            return topic
    vector = encoder.encode_query(question)
    vectors = np.stack(
        [from_bytes([topic.embedding])[0] if topic.embedding else encoder.encode_query(topic.name) for topic in avoided]
    )
    likeness = np.maximum(vectors[:, MEANING] @ vector[MEANING], vectors[:, ACROSS] @ vector[ACROSS])
    place = int(likeness.argmax())
    if likeness[place] >= _TOPIC_NEAR:
        return avoided[place]
    return next((topic for topic, name in zip(avoided, named, strict=True) if _speaks_of(asked, name, encoder)), None)


def _speaks_of(asked: list[str], name: list[str], encoder: Encoder) -> bool:
    """True when each word of a topic's name stands in the question, in whatever language."""
    if not asked or not name:
        return False
    vectors = encoder.encode_words([*asked, *name])
    return bool(((vectors[len(asked) :] @ vectors[: len(asked)].T).max(axis=1) >= _SAME_WORD).all())


def highlight(document_text: str, citation: Citation) -> Highlight | None:
    """Where the quote stands in the document as it is now: at its offsets, else where it moved to; None when it is gone."""
    start, exact = citation.start, True
    end = citation.end
    if document_text[start:end] != citation.quote:
        exact = False
        places = [match.start() for match in re.finditer(re.escape(citation.quote), document_text)] if citation.quote else []
        if places:
            start = min(places, key=lambda place: abs(place - citation.start))
            end = start + len(citation.quote)
        else:
            loose = (
                re.search(r"\s+".join(re.escape(word) for word in citation.quote.split()), document_text)
                if citation.quote
                else None
            )
            if loose is None:
                return None
            start, end = loose.span()
    return Highlight(
        start=start, end=end, exact=exact, before=document_text[max(0, start - _CONTEXT) : start],
        marked=document_text[start:end], after=document_text[end : end + _CONTEXT],
    )  # fmt: skip


def _from_pair(pair: QuestionPair, likeness: float) -> Answer:
    citation = Citation(
        passage_id=pair.id,
        document_id=pair.id,
        document_title=pair.question,
        heading_path=(),
        quote=pair.answer,
        start=0,
        end=len(pair.answer),
    )
    return Answer(text=pair.answer, evidence=Evidence.QUESTION_PAIR, confidence=min(1.0, likeness), citations=(citation,))


def _quote(found: Found, hit: Hit, index: PassageIndex) -> tuple[Citation, float, float]:
    """The sentences of a passage that answer, how near the best of them is to the question, and the share of its words there."""
    text = hit.passage.text
    spans = sentences_of(hit)
    figure = _FIGURE_BONUS if asks_for_figure(found.query.text) else 0.0
    held = [_held(found.query.groups, index.terms_in(text[start:end])) for start, end in spans]
    nearness = _nearness(found, hit, spans, np.array(held, dtype=np.float32), index)
    figures = np.array([figure * has_figure(text[start:end], hit.passage.language) for start, end in spans], dtype=np.float32)
    scores = np.array(held, dtype=np.float32) + nearness + figures
    best = int(scores.argmax())
    first, last = _window(text, spans, scores, best)
    return cited(hit.passage, spans[first][0], spans[last][1]), float(nearness.max()), float(max(held))


def _held(groups: Sequence[TermGroup], terms: frozenset[int]) -> float:
    """The share of a question's words that stands among some terms."""
    total = sum(group.weight for group in groups) or 1.0
    best = (max((factor for term, factor in group.alternatives if term in terms), default=0.0) for group in groups)
    return sum(group.weight * factor for group, factor in zip(groups, best, strict=True)) / total


def _named_in(groups: Sequence[TermGroup], terms: frozenset[int]) -> frozenset[str]:
    """The words of a question that stand among some terms, as they are or in other words."""
    return frozenset(group.word for group in groups if any(term in terms for term, _ in group.alternatives))


def _nearness(found: Found, hit: Hit, spans: Sequence[tuple[int, int]], held: Floats, index: PassageIndex) -> Floats:
    """How near each sentence is to the question; in a long passage only those that hold most of its words are looked at."""
    looked_at = np.sort(np.argsort(-held, kind="stable")[:_SENTENCES_COMPARED])
    query = index.encoder.encode_query(found.query.text)[ACROSS]
    nearness = np.zeros(len(spans), dtype=np.float32)
    text = hit.passage.text
    nearness[looked_at] = (
        index.sentence_vectors([text[start:end] for start, end in (spans[place] for place in looked_at)]) @ query
    )
    return nearness


def _window(text: str, spans: Sequence[tuple[int, int]], scores: Floats, best: int) -> tuple[int, int]:
    """The best sentence with its better neighbours, as many as make a short paragraph; what introduces a list takes the list along."""  # noqa: E501
    first = last = best

    def size(start: int, end: int) -> int:
        return len(text[spans[start][0] : spans[end][1]].split())

    while True:
        before = scores[first - 1] if first > 0 and size(first - 1, last) <= _QUOTE_WORDS else -np.inf
        after = scores[last + 1] if last + 1 < len(spans) and size(first, last + 1) <= _QUOTE_WORDS else -np.inf
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


def cited(row: PassageRow, start: int, end: int) -> Citation:
    """The citation of a part of a passage."""
    return Citation(
        passage_id=row.id, document_id=row.document_id, document_title=row.document_title, heading_path=row.heading_path,
        quote=row.text[start:end], start=row.start + start, end=row.start + end, page=row.page, row=row.row,
    )  # fmt: skip


def _folded(text: str) -> list[str]:
    return [fold(word) for word in content_words(text)]
