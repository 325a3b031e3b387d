"""Answers without a model: the sentences of the sources that answer, quoted word for word, or an honest "I don't know".

What stands in a document is only ever quoted: no text of a source is followed, so an instruction hidden there does nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .asking import asked_in, is_everyday
from .avoiding import avoided_topic
from .confidence import CLOSEST, fitted, is_as_sure, surest, threshold_among, weighed
from .contacts import facts_asked
from .courtesy import reply_to, small_talk_in
from .likeness import POSSIBLE, SURE, likest_pairs
from .orders import is_order_in
from .overall import log_odds
from .periods import months_asked
from .pricing import MOST_ROWS, priced
from .query import TermGroup
from .quoting import BESIDE, Scored, quoted, quoted_both, score, whole_passage
from .retrieval import Found, PassageIndex
from .sameness import is_about_the_same, is_the_same, leaves_nothing_over
from .signals import LOOKED_AT, Signals, signals_of
from .telling import places_told
from .types import Answer, Citation, Evidence, Highlight, Hit, PassageRow, QuestionPair, Topic

_CONTEXT = 80
_WORTH_COMPARING = 0.3
_PART_SURER = 0.1  # a question taken out of its message says less than it says there
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
    """A search with the quoted place of its best passage and how sure we are; what a model is given, or not given, to write from.

    `both` holds that place and another of the same document in reading order, where that one answers as surely.
    """

    found: Found
    quote: Citation | None
    both: tuple[Citation, ...] = ()
    signals: Signals | None
    confidence: float


def answer(question: str, *, index: PassageIndex, guidance: Guidance) -> Answer:
    """The answer that needs no model: a topic to avoid first, then small talk, the owner's own answers and the documents.

    A refusal names the place closest to the message as a whole, else to its surest part; of an order to the agent none.
    """
    avoided = avoided_topic(question, guidance.topics, index)
    if avoided is not None:
        return Answer(text=avoided.message or guidance.avoided_message, evidence=Evidence.AVOIDED, confidence=1.0)
    talk = small_talk_in(question)
    if talk is not None and own_answer(question, index, guidance.pairs)[1] < SURE:
        return Answer(text=reply_to(talk), evidence=Evidence.COURTESY, confidence=1.0)
    asked = asked_in(question)
    if not asked.whole:
        return Answer(text=guidance.unknown_message, evidence=Evidence.NOTHING, confidence=0.0)
    index.encoder.encode_queries([asked.whole, *asked.each, *asked.led])
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
    pair, likeness = own_answer(question, index, guidance.pairs)
    if pair is not None and likeness >= SURE:
        return _from_pair(pair, likeness)
    facts = () if is_everyday(question) else facts_asked(question, lambda word: bool(index.terms_in(word)))
    months, _ = months_asked(question)
    told = _from_places(places, _TOLD) if (places := places_told(facts, months, index)) else None
    judged = judge(question, index=index, pairs=guidance.pairs)
    if pair is not None and likeness >= max(POSSIBLE, (told or judged).confidence * 0.8):
        return _from_pair(pair, likeness)
    if told is not None:
        own = next((one for one in guidance.pairs if one.id == told.citations[0].passage_id), None)
        return told if own is None else _from_pair(own, told.confidence)
    return _from_documents(judged, index, guidance, surer=surer + _UNTOLD * bool(facts and not months))


def _from_documents(judged: Judged, index: PassageIndex, guidance: Guidance, *, surer: float) -> Answer:
    """The rows that name what is asked the price of, else the quote where we are sure enough of it, else that it is not known."""
    quote = judged.quote if judged.confidence >= threshold_among(len(index)) + surer else None
    rows = priced(judged.found, index, said=quote)
    own = next((one for one in guidance.pairs if quote is not None and one.id == quote.passage_id), None)
    if own is not None:
        return _from_pair(own, judged.confidence)
    if rows:
        return _from_places(rows, max(_TOLD, judged.confidence))
    if quote is not None:
        return _from_places(judged.both or _with_rows_alike(quote, judged.found, index), judged.confidence)
    closest = judged.quote if judged.confidence >= CLOSEST else None
    return Answer(text=guidance.unknown_message, evidence=Evidence.NOTHING, confidence=judged.confidence, closest=closest)


def _from_places(places: Sequence[Citation], confidence: float) -> Answer:
    text = "\n\n".join(place.quote for place in places)
    return Answer(text=text, evidence=Evidence.PASSAGE, confidence=confidence, citations=tuple(places))


def _with_rows_alike(quoted: Citation, found: Found, index: PassageIndex) -> tuple[Citation, ...]:
    """The quote; of a table all rows that hold what is asked as the quoted one does, in whatever words, where they are few."""
    groups = found.query.groups
    hit = next(one for one in found.hits if one.passage.id == quoted.passage_id)
    if hit.passage.row is None:
        return (quoted,)
    rows = [row for row in index.rows if row.document_id == hit.passage.document_id and row.row is not None]
    held = [_named_in(groups, index.terms_in(row.text, row.language)) for row in rows]
    most = held[rows.index(hit.passage)]
    alike = [row for row, one in zip(rows, held, strict=True) if one == most]
    if not 1 < len(alike) <= MOST_ROWS or any(one > most for one in held):
        return (quoted,)
    return tuple(whole_passage(replace(hit, passage=row)) for row in alike)


def _joined(replies: Sequence[Answer]) -> Answer:
    """Several questions of one message answered one after the other, each passage quoted once."""
    places = [place for reply in replies for place in reply.citations]
    once = tuple({(place.passage_id, place.start): place for place in reversed(places)}.values())[::-1]
    return Answer(
        text="\n\n".join(place.quote for place in once),
        evidence=replies[0].evidence,
        confidence=min(reply.confidence for reply in replies),
        citations=once,
    )


def own_answer(question: str, index: PassageIndex, pairs: Sequence[QuestionPair]) -> tuple[QuestionPair | None, float]:
    """The pair whose question is most like this one (0 to 1) of those that answer it."""
    for pair, likeness in likest_pairs(question, pairs, index.encoder):
        if _WORTH_COMPARING <= likeness < SURE and is_the_same(question, pair, index):
            return pair, SURE
        if likeness >= POSSIBLE and _answers(pair, question, index):
            return pair, likeness
    return None, 0.0


def _answers(pair: QuestionPair, question: str, index: PassageIndex) -> bool:
    return is_about_the_same(question, pair, index) and leaves_nothing_over(question, pair, index)


def judge(question: str, *, index: PassageIndex, pairs: Sequence[QuestionPair] = (), limit: int = 8) -> Judged:
    """The passages for a question, the quote that answers best and the calibrated confidence that it does.

    Of `pairs`, which may stand among the passages, only one that answers the question is quoted.
    """
    found = index.search(question, limit=limit + min(len(pairs), LOOKED_AT))
    found = replace(found, hits=_without_strange(found.hits, question, index, pairs)[:limit])
    if not found.hits or not found.query.groups or is_everyday(question):
        return Judged(found=found, quote=None, signals=None, confidence=0.0)
    first, each, overall = evidence_of(found, index)
    sure = [weighed(fitted().log_odds(signals), overall) for signals in each]
    enough = threshold_among(len(index))
    best = _where_it_begins(found.hits, sure, surest(sure, enough=enough))
    beside = _beside(found.hits, sure, best, enough=enough)
    places = [place for place in (best, beside) if place is not None]
    scored, *others = (score(found, found.hits[place], index) if place else first for place in places)
    both = quoted_both(scored, *others) if others else ()
    return Judged(found=found, quote=quoted(scored), both=both, signals=each[best], confidence=sure[best])


def _without_strange(hits: Sequence[Hit], question: str, index: PassageIndex, pairs: Sequence[QuestionPair]) -> tuple[Hit, ...]:
    """What was found without the pairs that would be looked at and do not answer the question."""
    own = {pair.id: pair for pair in pairs}
    kept: list[Hit] = []
    for hit in hits:
        pair = own.get(hit.passage.id) if len(kept) < LOOKED_AT else None
        if pair is None or _answers(pair, question, index):
            kept.append(hit)
    return tuple(kept)


def _beside(hits: Sequence[Hit], sure: Sequence[float], best: int, *, enough: float) -> int | None:
    """The surest other passage of the document to answer from that cannot be told from the best; rows of tables stand alone."""
    row = hits[best].passage
    others = [
        place for place, hit in enumerate(hits[: len(sure)])
        if place != best and hit.passage.document_id == row.document_id and hit.passage.row is row.row is None
        and sure[place] >= max(enough, sure[best] - BESIDE)
    ]  # fmt: skip
    return max(others, key=sure.__getitem__, default=None)


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


def evidence_of(found: Found, index: PassageIndex) -> tuple[Scored, list[Signals], float]:
    """What the decision to answer looks at: the first passage's sentences, each passage's signals, the search's log-odds."""
    first = score(found, found.hits[0], index)
    overall = log_odds(found, index, sentence_cosine=first.cosine, sentence_coverage=first.coverage)
    return first, signals_of(found, index), overall


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


def _named_in(groups: Sequence[TermGroup], terms: frozenset[int]) -> frozenset[str]:
    """The words of a question that stand among some terms, as they are or in other words."""
    return frozenset(group.word for group in groups if any(term in terms for term, _ in group.alternatives))
