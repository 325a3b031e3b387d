"""Understands a question: its language, its content words, the misspelt ones put right, the foreign ones translated.

Translation needs no dictionary: the multilingual encoder puts `Urlaub` beside `vacation`, so the nearest words of the
documents' own vocabulary stand in for a word that they do not hold.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .asking import kind_of
from .encoder import Encoder
from .expected import sort_asked
from .inverted import Floats, InvertedIndex
from .lexicon import fold, is_nearly_small_word, is_small_word, joined_words, language_of, words
from .thesaurus import is_loose, is_name, meanings_of, respelt

_TYPO_SIMILARITY = 0.74
_COGNATE_SIMILARITY = 0.8  # `Zyklus` for `cycle` is luck, `serwer` for `server` is not
_SHORTEST_RESPELT = 4
_SHORTEST_SMALL = 3
_NEAR_MEANING = 0.55
_SAME_MEANING = 0.85  # a day, month or country in other words is the same altogether
_LOOSE_MEANING = 0.55
_BESIDE_ITSELF = 0.7  # of other words with the meaning where the documents hold the very word
_ITSELF = 0.99
_FOREIGN_VOCABULARY = 12_000  # words; enough for a few thousand passages, 12 MB and a few seconds once
_TRANSLATIONS = 3
_TRANSLATED_KEPT = 5000
_TEXTS_KEPT = 2000  # sentences and passages whose words are remembered: some 5 MB
_UNLIKE, _LIKE = 0.3, 0.5  # unrelated words are this near each other; from 0.8 on they mean the same
_COMPOUND = 0.8
_SHORTEST_PART = 5
_GOOD_PART = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class TermGroup:
    """One word of the question and the terms of the documents that stand for it, each with how well it does (0 to 1)."""

    word: str
    weight: float
    alternatives: tuple[tuple[int, float], ...]
    is_name: bool = False  # of a day, month or country: what is only like it does not stand for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question ready to search with; `text` has the misspelt words put right."""

    text: str
    language: str
    foreign: bool
    groups: tuple[TermGroup, ...]
    corrections: tuple[tuple[str, str], ...] = ()


class _Held(NamedTuple):
    """The words of a text, folded, with the terms and the places in the vocabulary of those that mean something."""

    written: tuple[str, ...]
    terms: frozenset[int]
    places: npt.NDArray[np.int64]


class QueryReader:
    """Reads questions against the vocabulary of one index."""

    def __init__(self, index: InvertedIndex, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._spellings: dict[int, list[str]] = {}  # by length: a typing error changes it by a letter or two
        for word in index.surfaces:
            if len(word) >= _SHORTEST_RESPELT and word.isalpha():
                self._spellings.setdefault(len(word), []).append(word)
        self._meant: dict[str, list[int]] | None = None
        self._lock = threading.Lock()
        self._translated: dict[str, list[tuple[int, float]]] = {}
        self._near: tuple[list[str], Floats] | None = None
        self._places: dict[str, int] = {}
        self._texts: dict[tuple[str, str], _Held] = {}

    def warm(self) -> None:
        """Encodes the vocabulary now, so that the first foreign question need not wait for it."""
        self._nearby()
        self._meanings()

    def read(self, question: str) -> Query:
        """The question as searchable terms."""
        language = language_of(question, default=self._index.languages[0])
        foreign = language not in self._index.languages
        small = {language, "en"} if foreign else {language}
        asked = [word for word in self._spelt(question) if not self._is_small(fold(word), small)]
        self._translate_all([word for word in asked if foreign or not self._index.stems_of(fold(word))])
        corrections: dict[str, str] = {}
        if not asked:
            return Query(text=question, language=language, foreign=foreign, groups=self._implied(question))
        groups = [self._with_meant(self._group(word, fold(word), foreign, corrections), language) for word in asked]
        text = question
        for wrong, right in corrections.items():
            text = re.sub(rf"\b{re.escape(wrong)}\b", right, text)
        return Query(text=text, language=language, foreign=foreign, groups=tuple(groups), corrections=tuple(corrections.items()))

    def _implied(self, question: str) -> tuple[TermGroup, ...]:
        """What is asked for in small words alone: "Where are you?" the place, "When are you there?" the opening hours."""
        meaning = "place" if kind_of(question) == "where" else "opening" if sort_asked(question) == "moment" else ""
        terms = tuple((term, 1.0) for term in self._meanings().get(meaning, ()))
        return (TermGroup(word=meaning, weight=self._index.rarest, alternatives=terms),) if terms else ()

    def _spelt(self, question: str) -> list[str]:
        """The words of a question; those with a hyphen as one word where the documents write them as one."""
        found = list(dict.fromkeys(words(question)))
        for joined, parts in joined_words(question).items():
            if self._index.stems_of(fold(joined)) and not all(self._index.stems_of(fold(part)) for part in parts):
                found = [word for word in found if word not in parts] + [joined]
        return found

    def _is_small(self, folded: str, languages: set[str]) -> bool:
        """True for the small words of these languages, also misspelt ones (`wich`), unless the documents hold what is written."""
        if any(is_small_word(folded, one) for one in languages):
            return True
        if len(folded) < _SHORTEST_SMALL or self._index.stems_of(folded) or self._encoder.knows(folded):
            return False
        return any(is_nearly_small_word(folded, one) for one in languages)

    def _group(self, word: str, folded: str, foreign: bool, corrections: dict[str, str]) -> TermGroup:
        found = [(term, 1.0) for term in self._index.stems_of(folded)]
        if not found and not self._encoder.knows(word):
            right = self._respell(folded)
            # A foreign word that looks like one of ours may be the same word, but it is spelt as it should be.
            if right is not None and (not foreign or right[1] >= _COGNATE_SIMILARITY):
                if not foreign:
                    corrections[word] = right[0]
                found = [(term, right[1]) for term in self._index.stems_of(right[0])]
        if not found or foreign:
            present = {term for term, _ in found}
            found += [pair for pair in self._translate(word) if pair[0] not in present]
        weight = max((float(self._index.idf[term]) for term, factor in found if factor >= _ITSELF), default=0.0)
        if not weight:
            near = max((float(self._index.idf[term]) for term, _ in found), default=self._index.rarest)
            weight = (near + self._index.rarest) / 2 if found else self._index.rarest
        return TermGroup(word=word, weight=weight, alternatives=tuple(found))

    def _with_meant(self, group: TermGroup, language: str) -> TermGroup:
        """A word with the words of the documents that stand for the same day, country or matter of business."""
        folded = fold(group.word)
        meant = meanings_of(folded, (language,))
        if not meant and not group.alternatives and not self._encoder.knows(group.word):
            meant = meanings_of(respelt(folded, language), (language,))
        if not meant:
            return group
        named = any(map(is_name, meant))
        best = {term: factor for term, factor in group.alternatives if factor >= _ITSELF or not named}
        factor = 1.0 if named else _BESIDE_ITSELF if max(best.values(), default=0.0) >= _ITSELF else _SAME_MEANING
        for meaning in meant:
            share = min(factor, _LOOSE_MEANING) if is_loose(meaning) else factor
            for term in self._meanings().get(meaning, ()):
                best[term] = max(best.get(term, 0.0), share)
        return replace(group, alternatives=tuple(best.items()), is_name=named)

    def _meanings(self) -> dict[str, list[int]]:
        """The terms of the documents by what they mean."""
        if self._meant is None:
            meant: dict[str, list[int]] = {}
            for word in self._index.surfaces:
                for meaning in meanings_of(word, self._index.languages):
                    meant.setdefault(meaning, []).extend(self._index.stems_of(word))
            self._meant = meant
        return self._meant

    def _respell(self, folded: str) -> tuple[str, float] | None:
        """The word of the documents that was meant, with a confidence."""
        if len(folded) < _SHORTEST_RESPELT or not folded.isalpha():
            return None
        lengths = range(ceil(len(folded) * _TYPO_SIMILARITY), floor(len(folded) / _TYPO_SIMILARITY) + 1)
        near = [word for length in lengths for word in self._spellings.get(length, ())]
        close = process.extract(folded, near, scorer=OSA.normalized_similarity, score_cutoff=_TYPO_SIMILARITY, limit=5)
        ranked = [
            (score + 0.05 * (word[0] == folded[0]) + 0.01 * np.log1p(self._index.surfaces[word]), word)
            for word, score, _ in close
        ]
        if not ranked:
            return None
        score, word = max(ranked)
        return word, float(min(0.95, score))

    def _translate(self, word: str) -> list[tuple[int, float]]:
        self._translate_all([word])
        return self._translated.get(word, [])

    def _translate_all(self, asked: list[str]) -> None:
        """Finds the nearest words of the documents for several words in one pass, which costs little more than for one."""
        new = [word for word in asked if word not in self._translated and not word.isdigit() and len(word) > 1]
        if not new:
            return
        if len(self._translated) >= _TRANSLATED_KEPT:
            self._translated.clear()
        vocabulary, vectors = self._nearby()
        if vocabulary:
            for word, cosines in zip(new, self._encoder.encode_words(new) @ vectors.T, strict=True):
                self._translated[word] = self._nearest(vocabulary, cosines)

    def _nearest(self, vocabulary: list[str], cosines: Floats) -> list[tuple[int, float]]:
        count = min(_TRANSLATIONS, len(cosines))
        best = np.argpartition(-cosines, count - 1)[:count]
        pairs: dict[int, float] = {}
        for place in best[np.argsort(-cosines[best])]:
            if cosines[place] >= _NEAR_MEANING:
                for term in self._index.stems_of(vocabulary[place]):
                    pairs.setdefault(term, float(min(0.95, cosines[place])))
        return list(pairs.items())

    def _nearby(self) -> tuple[list[str], Floats]:
        with self._lock:
            if self._near is None:
                commonest = sorted(self._index.surfaces.items(), key=lambda item: (-item[1], item[0]))
                chosen = [word for word, _ in commonest if (len(word) > 2 and word.isalpha()) or not word.isascii()][
                    :_FOREIGN_VOCABULARY
                ]
                vectors = self._encoder.encode_across(chosen) if chosen else np.zeros((0, 512), dtype=np.float32)
                self._near, self._places = (chosen, vectors), {word: place for place, word in enumerate(chosen)}
            return self._near

    def likeness(self, asked: Floats, text: str) -> Floats:
        """How near each word of a question, by its vector, comes to some word of a text, from 0 to 1."""
        vectors = self._nearby()[1]
        held = sorted({place for word in words(text) if (place := self._places.get(fold(word))) is not None})
        if not held:
            return np.zeros(len(asked), dtype=np.float32)
        nearest: Floats = (asked @ vectors[held].T).max(axis=1)
        return nearest.clip(0.0, 1.0)

    def matched(self, groups: Sequence[TermGroup], asked: Floats, text: str, language: str) -> tuple[Floats, Floats]:
        """How well a text holds each word of a question, as it is spelt and by its meaning; `asked` are its vectors."""
        vectors = self._nearby()[1]
        held = self._held_in(text, language)
        spelt = np.array([_spelling(group, held.terms, held.written) for group in groups], dtype=np.float32)
        if not held.places.size:
            return spelt, spelt
        nearest: Floats = (asked @ vectors[held.places].T).max(axis=1)
        nearest[[group.is_name for group in groups]] = 0.0
        return spelt, np.maximum(spelt, ((nearest - _UNLIKE) / _LIKE).clip(0.0, 1.0))

    def _held_in(self, text: str, language: str) -> _Held:
        """What stands in a text, remembered because the same passages are asked again and again; after `_nearby`."""
        known = self._texts.get((text, language))
        if known is None:
            written = tuple(dict.fromkeys(fold(word) for word in words(text)))
            terms = frozenset(term for word in written for term in self._index.stems_of(word))
            places = [self._places[word] for word in written if word in self._places and not is_small_word(word, language)]
            known = _Held(written, terms, np.array(places, dtype=np.int64))
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()
            self._texts[text, language] = known
        return known


def _spelling(group: TermGroup, terms: frozenset[int], written: Sequence[str]) -> float:
    """How well some words hold one word of a question: itself, what stands for it, or a compound of which it is a good part."""
    best = max((factor for term, factor in group.alternatives if term in terms), default=0.0)
    folded = fold(group.word)
    if best < 1.0 and folded in written:
        return 1.0
    if best < _COMPOUND and len(folded) >= _SHORTEST_PART and any(_is_part(folded, word) for word in written):
        return _COMPOUND
    return best


def _is_part(one: str, other: str) -> bool:
    """True when one of two words is a good part of the other, as `Urlaub` is of `Jahresurlaub`."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_PART and short in long and long.isalpha() and len(short) >= _GOOD_PART * len(long)
