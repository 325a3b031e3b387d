"""A question in a conversation: whether it leans on the one before it, and what the two say together.

What was asked before draws an answer to itself whatever comes after it. So it is taken along only by a question that leans, and
the place that answers both has to meet what is new.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from .answers import Guidance, answer
from .contacts import facts_asked
from .expected import SORTS, holds, sort_asked
from .quoting import quoted, score
from .retrieval import PassageIndex
from .sameness import asks_of_its_own, is_met_in
from .types import Answer, Before, Citation, Evidence

_SHORT = 3  # words: such a question may lean although nothing but its shortness tells
_LONGEST_LEANING = 12
_LOOKED_THROUGH = 40
_SAID_AGAIN = 0.5
_ANAPHORA = re.compile(
    r"\b(it|its|that|this|those|these|they|them|their|he|she|him|her"
    r"|das(?=\W*$)|dies(?=\W*$)|ça|davon|dafür|dazu|dort|deren|dessen|ihn|ihm|ihnen|cela|celui|celle|ceux|celles|eso|esto|ello|ellos|allí"
    r"|questo|quello|isso|isto|ervan|ervoor|daarvan|daarvoor|tego|tym|nich|этого|него|них|bunun|onun|orada)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^\W*(and|but|so|or|what about|how about|what if|why|for how long|since when|until when|how so"
    r"|und|aber|oder|was ist mit|wie sieht es mit|warum|wieso|seit wann|bis wann|et|mais|ou|pourquoi|depuis quand"
    r"|y|pero|o|por qué|desde cuándo|hasta cuándo|e|ma|perché|mas|por quê|en (?=wa|hoe|wie)|maar|waarom|sinds wanneer"
    r"|a co z|ale|dlaczego|od kiedy|а|и|но|почему|peki|ama|neden)\b",
    re.IGNORECASE,
)
_STOPS = re.compile(r"[.!?\u0964\u3002\uff1f\uff01]+\s*")
_WORDS = re.compile(r"\w+")


def leans(question: str) -> bool:
    """Whether a question by its form leans on what was said before it: pointing back, or continuing a sentence."""
    is_pointing = bool(_ANAPHORA.search(question)) and len(_WORDS.findall(question)) <= _LONGEST_LEANING
    return is_pointing or bool(_CONTINUES.search(question.strip()))


def together(previous: str, question: str) -> str:
    """A question and the one that it leans on, as one sentence, so that the first is not answered once more by itself."""
    return f"{_STOPS.sub(' ', previous)} {question}".strip()


def answer_after(question: str, before: Before | None, *, index: PassageIndex, guidance: Guidance) -> Answer:
    """The answer to a question by itself; to one that leans the answer to both, or the place that was quoted before.

    What comes closest comes close to the question alone, for the one before it comes close to something on any subject.
    """
    alone = answer(question, index=index, guidance=guidance)
    if before is None or alone.evidence in {Evidence.AVOIDED, Evidence.COURTESY}:
        return alone
    has_own = asks_of_its_own(question, index) or bool(facts_asked(question, lambda word: bool(index.terms_in(word))))
    if alone.answered and has_own and not leans(question):
        return alone
    if leans(question) or not has_own or len(_WORDS.findall(question)) <= _SHORT:
        both = answer(together(before.question, question), index=index, guidance=guidance)
        if both.evidence is Evidence.AVOIDED or (both.answered and _is_met(question, both.citations, index)):
            return both
        again = _said_again(question, before, index=index, guidance=guidance)
        if again is not None:
            return again
    is_there = alone.answered and {place.passage_id for place in alone.citations} <= before.quoted
    if alone.answered and (not has_own or (is_there and leans(question) and not _is_met(question, alone.citations, index))):
        return replace(alone, evidence=Evidence.NOTHING, text=guidance.unknown_message, citations=())
    return alone


def _is_met(question: str, places: Collection[Citation], index: PassageIndex) -> bool:
    """Whether some places hold between them what is new in a question."""
    told = " ".join(" ".join((place.document_title, *place.heading_path, place.quote)) for place in places)
    return is_met_in(question, told, index)


def _said_again(question: str, before: Before, *, index: PassageIndex, guidance: Guidance) -> Answer | None:
    """What was quoted before, or stands elsewhere in its document, where that holds what is new in a question."""
    documents = {row.document_id for row in index.rows if row.id in before.quoted}
    if not documents:
        return None
    found = index.search(together(before.question, question), limit=_LOOKED_THROUGH)
    there = [hit for hit in found.hits if hit.passage.document_id in documents]
    sort = sort_asked(question) or sort_asked(before.question)
    for hit in sorted(there, key=lambda hit: hit.passage.id not in before.quoted):
        place = quoted(score(found, hit, index))
        if _is_met(question, (place,), index) and (sort not in SORTS or holds(sort, place.quote)):
            evidence = Evidence.QUESTION_PAIR if any(one.id == hit.passage.id for one in guidance.pairs) else Evidence.PASSAGE
            return Answer(text=place.quote, evidence=evidence, confidence=_SAID_AGAIN, citations=(place,))
    return None
