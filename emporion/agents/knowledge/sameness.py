"""Whether the owner's answer to one question may be given to another: only where both are about the same thing.

Vectors of whole questions call "Do you rent cargo bikes?" and "Do you rent road bikes?" nearly the same, and a search finds the
one for any bike. So each telling word of the owner's question has to be met by the question asked, and none of that may be left
over.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA

from .asking import kind_of
from .comparing import is_part
from .encoder import ACROSS, MEANING, Encoder
from .expected import SORTS, holds, sort_asked, words_of_sort
from .inverted import Floats
from .lexicon import fold, is_small_word, joined_words, language_of, stem, words
from .meanings import is_name
from .retrieval import PassageIndex
from .thesaurus import is_loose, kinship, language_of_words, meanings_of
from .types import QuestionPair

_MET = 0.55  # words that mean the same in one language seldom stay below 0.6
_MET_ABROAD = 0.48  # where others come as near as 0.45
_SAME_ABROAD = 0.6
_SAME_WORD, _VERY_WORD = 0.65, 0.8  # of a topic's name, where all of them or one is enough
_SURELY = 1.0
_SAME_KIND = 0.7  # a dog is as near to a cat as 0.67
_SAME_COMPOUND = 0.85  # “Waschmaschine” to “Nähmaschine” 0.78
_HEAD = 0.7  # of a compound, to a word of the other text
_PHRASE = 0.05  # nearer than each of its words is "sewing machines" to “Nähmaschinen”
_PARAPHRASE = 1.25  # the nearer two questions are as wholes, the less near their words have to be
_LEAST_NEAR = 0.44
_SHORTEST_PART = 4
_SHORTEST_COMPOUND = 8
_TYPO = 0.74
_SHORTEST_TYPO, _SHORT = 3, 5
_TELLING, _OVER, _SPOKEN = 0.4, 0.5, 0.3  # of what the most telling word adds to the meaning of its question
_COMMON_END = 5
_SHORTEST_FRONT = 2
_SORT_MEANINGS = {"price": {"price", "paying"}, "moment": {"hour", "opening"}, "telephone": {"mobile"}, "address": {"place"}}
_OF_SORTS = frozenset().union(*_SORT_MEANINGS.values())

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The words of a text that say something, as written, with what each of them stands for."""

    text: str
    language: str
    words: tuple[str, ...]
    stems: tuple[frozenset[str], ...]
    meanings: tuple[frozenset[str], ...]

    @property
    def deeds(self) -> Flags:
        """Which of the words only say what is done with a thing."""
        return np.array([bool(stems & _deeds()) for stems in self.stems], dtype=bool)

    @property
    def sorts(self) -> Flags:
        """Which of them only say what sort of thing is asked for, as "price" does."""
        return np.array([bool(meant & _OF_SORTS) for meant in self.meanings], dtype=bool)


def is_the_same(question: str, pair: QuestionPair, index: PassageIndex) -> bool:
    """Whether two questions ask the same in as many words: each of either meets one of the other's."""
    asked, own = _text(question, index), _text(pair.question, index)
    kinds, sort = ("", "whether", kind_of(pair.question)), sort_asked(question)
    if kind_of(question) not in kinds or sort not in ("", sort_asked(pair.question)) or not asked.words or not own.words:
        return False
    lesser = own.deeds & ~asked.deeds.any() & ~own.deeds.all()
    met = _met(asked, own, index.encoder, abroad=_SAME_ABROAD), _met(own, asked, index.encoder, abroad=_SAME_ABROAD) | lesser
    return all(one.all() for one in met)


def is_about_the_same(question: str, pair: QuestionPair, index: PassageIndex) -> bool:
    """Whether a question meets each telling word of the owner's, or asks for what only the owner's answer says."""
    asked, own = _text(question, index), _text(pair.question, index)
    lesser = own.deeds
    met = _met(own, asked, index.encoder, near=_nearness_of(question, pair.question, index.encoder))
    missed = ~(met | _told_by_sort(own, question)) & (~lesser | lesser.all())
    if not _holds_telling(own, missed, index.encoder, _TELLING):
        return True
    only = _only_in(asked, own, _text(pair.answer, index), index.encoder)
    return _holds_telling(asked, only, index.encoder, _OVER)


def leaves_nothing_over(question: str, pair: QuestionPair, index: PassageIndex) -> bool:
    """Whether the owner's question and answer meet each telling word of a question."""
    asked, own, whole = (_text(one, index) for one in (question, pair.question, f"{pair.question} {pair.answer}"))
    sort = sort_asked(question)
    if sort in SORTS and sort != sort_asked(pair.question) and not holds(sort, pair.answer):
        return False
    met = _met(asked, whole, index.encoder, near=_nearness_of(question, pair.question, index.encoder))
    met |= _told_by_sort(asked, pair.answer) | _told_by_sort(asked, pair.question)
    met |= _of_sort(asked, question)
    if not own.deeds.any():
        met |= asked.deeds
    return not _holds_telling(asked, ~met, index.encoder, _OVER)


def speaks_of(question: str, name: str, index: PassageIndex, *, whole: bool) -> bool:
    """Whether a question speaks of what is named, in telling words; of the `whole` name or, at the least, of a word of it."""
    asked, named = _text(question, index), _text(name, index)
    if not asked.words or not named.words:
        return False
    beside: Floats = index.encoder.encode_words(named.words) @ index.encoder.encode_words(asked.words).T
    for row, column in np.ndindex(beside.shape):
        beside[row, column] = _nearness(named, row, asked, column, float(beside[row, column]), index.encoder)
    met = beside >= (_SAME_WORD if whole else _VERY_WORD)
    if not (met.any(axis=1).all() if whole else met[~named.sorts].any()):
        return False
    return _holds_telling(asked, np.array(met.any(axis=0), dtype=bool), index.encoder, _SPOKEN)


def is_broader(question: str, name: str, index: PassageIndex) -> bool:
    """Whether a question says a part of a name and nothing else, as "prices" does of "wholesale prices"."""
    asked, named = _text(question, index), _text(name, index)
    shared = [bool(stems & frozenset().union(*named.stems)) for stems in asked.stems]
    return bool(shared) and all(shared) and not all(stems & frozenset().union(*asked.stems) for stems in named.stems)


def asks_of_its_own(question: str, index: PassageIndex) -> bool:
    """Whether a question names a subject: a word that is no number, no day, no deed and not the sort of thing asked for."""
    asked = _text(question, index)
    bare = [any(map(is_name, meant)) or not word.isalpha() for word, meant in zip(asked.words, asked.meanings, strict=True)]
    little = np.array(bare, dtype=bool) | asked.deeds | asked.sorts | _of_sort(asked, question)
    return not little.all()


def is_met_in(question: str, text: str, index: PassageIndex) -> bool:
    """Whether a text holds each word that a question adds to the one before it, and the sort of thing that it asks for."""
    asked, told, sort = _text(question, index), _text(text, index), sort_asked(question)
    if sort in SORTS and not holds(sort, text):
        return False
    met = _met(asked, told, index.encoder) | asked.deeds | _told_by_sort(asked, text)
    if sort in SORTS:
        met |= _of_sort(asked, question)
    return bool(met.all())


def _of_sort(text: _Text, question: str) -> Flags:
    return np.array([fold(word) in words_of_sort(question) for word in text.words], dtype=bool)


def _nearness_of(one: str, other: str, encoder: Encoder) -> float:
    """How near two questions are as wholes, by MiniLM, which reads English alone; 0 where it does not read them."""
    if not language_of(one) == language_of(other) == "en":
        return 0.0
    first, second = encoder.encode_queries([one, other])
    return float(first[MEANING] @ second[MEANING])


@lru_cache(maxsize=1)
def _stored() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("deeds.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _little() -> frozenset[str]:
    return frozenset(fold(word) for listed in _stored()["little"].values() for word in words(listed))


@lru_cache(maxsize=1)
def _deeds() -> frozenset[str]:
    return frozenset(stem(fold(word), language) for language, listed in _stored()["deeds"].items() for word in words(listed))


def _text(text: str, index: PassageIndex) -> _Text:
    language = language_of(text)
    joined = joined_words(text)
    parts = {part for one in joined.values() for part in one}
    found = dict.fromkeys(word.casefold() for word in (*(word for word in words(text) if word not in parts), *joined))
    told = [word for word in found if fold(word) not in _little() and not _is_small(fold(word), (language, "en"))]
    languages = {language, language_of_words(" ".join(told), default=""), "en", *index.languages}
    folded = [fold(word) for word in told]
    return _Text(
        text=text, language=language, words=tuple(told),
        stems=tuple(frozenset({word, *(stem(word, one) for one in languages)}) for word in folded),
        meanings=tuple(meanings_of(word, languages) for word in folded),
    )  # fmt: skip


def _is_small(folded: str, languages: Sequence[str]) -> bool:
    return any(is_small_word(folded, one) for one in languages)


def _met(one: _Text, other: _Text, encoder: Encoder, *, near: float = 0.0, abroad: float = _MET_ABROAD) -> Flags:
    """Which words of a text are met by one of another; `near` is how near the two are as wholes."""
    if not one.words or not other.words:
        return np.zeros(len(one.words), dtype=bool)
    beside: Floats = encoder.encode_words(one.words) @ encoder.encode_words(other.words).T
    for row, column in np.ndindex(beside.shape):
        beside[row, column] = _nearness(one, row, other, column, float(beside[row, column]), encoder)
    if one.language == other.language or any(stems & same for stems in one.stems for same in other.stems):
        found: Flags = beside.max(axis=1) >= _MET
        others = np.where((beside >= _SURELY).any(axis=0), 0.0, beside)
        found |= others.max(axis=1) >= max(_LEAST_NEAR, _PARAPHRASE - near)
        return found
    return _met_abroad(beside, one, other, encoder, abroad)


def _met_abroad(beside: Floats, one: _Text, other: _Text, encoder: Encoder, enough: float) -> Flags:
    """The same where the texts are in two languages: what is only like a word stands for one word, unless it is a compound."""
    met: Flags = beside.max(axis=1) >= _SURELY
    taken = (beside >= _SURELY).any(axis=0) | other.sorts
    free = set(np.flatnonzero(~taken).tolist())
    for place in np.argsort(-beside, axis=None):
        row, column = divmod(int(place), len(other.words))
        if beside[row, column] >= enough and not met[row] and column in free:
            met[row] = True
            free.discard(column)
    if not met.all():
        met |= _through_compounds(one.words, other.words, encoder).max(axis=1) >= enough
        met |= _in_phrases(one.words, other.words, beside, encoder)
    return met


def _in_phrases(one: Sequence[str], other: Sequence[str], beside: Floats, encoder: Encoder) -> Flags:
    """Which words are parts of two that mean together what one of another language does."""
    met = np.zeros(len(one), dtype=bool)
    if len(one) > 1:
        near = encoder.encode_words([f"{first} {second}" for first, second in pairwise(one)]) @ encoder.encode_words(other).T
        each = np.maximum(beside[:-1], beside[1:])
        found = ((near >= _HEAD) & (near > each + _PHRASE)).any(axis=1)
        met[:-1] |= found
        met[1:] |= found
    return met


def _nearness(one: _Text, row: int, other: _Text, column: int, near: float, encoder: Encoder) -> float:
    word, beside = fold(one.words[row]), fold(other.words[column])
    if one.stems[row] & other.stems[column] or is_part(word, beside) or _is_slip(word, beside, encoder):
        return _SURELY
    shared = one.meanings[row] & other.meanings[column]
    if any(not is_loose(meaning) and kinship(one.meanings[row], other.meanings[column], meaning) == 1.0 for meaning in shared):
        return _SURELY
    named = any(is_name(meaning) for meaning in one.meanings[row] | other.meanings[column])
    least = _SAME_COMPOUND if _are_kinds(word, beside) else _SAME_KIND if shared else 0.0
    return 0.0 if named or near < least else near


def _are_kinds(word: str, other: str) -> bool:
    """Whether two words end alike and begin otherwise, as compounds do that name two kinds of one thing."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(word), reversed(other), strict=False)))
    return common >= _COMMON_END and min(len(word), len(other)) - common >= _SHORTEST_FRONT


def _is_slip(word: str, other: str, encoder: Encoder) -> bool:
    """Whether a word is another, misspelt; of short words one letter for another makes a different word."""
    shortest = min(len(word), len(other))
    if shortest < _SHORTEST_TYPO or (encoder.knows(word) and encoder.knows(other)):
        return False
    if len(word) == len(other) <= _SHORT and sorted(word) != sorted(other):
        return False
    return OSA.distance(word, other) <= (1 if shortest <= _SHORT else 2) and OSA.normalized_similarity(word, other) >= _TYPO


def _through_compounds(one: Sequence[str], other: Sequence[str], encoder: Encoder) -> Floats:
    """How near the words of a text come to the parts of another's compounds: "cargo bikes" to “Lastenräder”."""
    best = np.zeros((len(one), len(other)), dtype=np.float32)
    for column, word in enumerate(other):
        cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1) if len(word) >= _SHORTEST_COMPOUND else range(0)
        if not cuts:
            continue
        first, last = (encoder.encode_words(parts) for parts in zip(*((word[:cut], word[cut:]) for cut in cuts), strict=True))
        mine = encoder.encode_words(one)
        heads, rest = mine @ last.T, mine @ first.T
        for place in range(len(cuts)):
            if heads[:, place].max() >= _HEAD:
                best[:, column] = np.maximum(best[:, column], np.maximum(heads[:, place], rest[:, place]))
    return best


def _told_by_sort(text: _Text, other: str) -> Flags:
    """Which words only say what sort of thing is asked for, where another text asks for such a thing or holds one."""
    told = frozenset().union(
        *(meant for sort, meant in _SORT_MEANINGS.items() if sort_asked(other) == sort or holds(sort, other))
    )
    return np.array([bool(one & told) for one in text.meanings], dtype=bool)


def _only_in(asked: _Text, own: _Text, said: _Text, encoder: Encoder) -> Flags:
    """Which words of a question stand in the owner's answer and not in the owner's question."""
    stands = np.array([any(stems & other for other in said.stems) for stems in asked.stems], dtype=bool)
    only: Flags = stands & ~asked.sorts & ~_met(asked, own, encoder)
    return only


def _holds_telling(text: _Text, which: Flags, encoder: Encoder, share: float) -> bool:
    """Whether one of some words is telling: the question means something else without it."""
    if not which.any():
        return False
    told = np.array(_added(text.text, text.words, encoder))
    return bool((told[which] >= share * told.max()).any())


@lru_cache(maxsize=2048)
def _added(text: str, told: tuple[str, ...], encoder: Encoder) -> tuple[float, ...]:
    """What each word adds to the meaning of a text: how far that moves when the word is left out."""
    without = [_left_out(word, text) for word in told]
    vectors = encoder.encode_queries([text, *without])
    whole, rest = vectors[0], vectors[1:]
    moved = 1 - np.minimum(rest[:, MEANING] @ whole[MEANING], rest[:, ACROSS] @ whole[ACROSS])
    return tuple(map(float, moved))


def _left_out(word: str, text: str) -> str:
    spelt = r"[-'’]?".join(map(re.escape, word))
    return " ".join(re.sub(rf"(?<!\w){spelt}(?!\w)", " ", text, flags=re.IGNORECASE).split()) or "?"
