"""Understands a question: its language, its content words, the misspelt ones put right, the foreign ones translated.

Translation needs no dictionary: the multilingual encoder puts `Urlaub` beside `vacation`, so the nearest words of the
documents' own vocabulary stand in for a word that they do not hold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from .asking import kind_of
from .encoder import Encoder
from .expected import sort_asked
from .inverted import Floats, InvertedIndex
from .lexicon import fold, is_nearly_small_word, is_small_word, joined_words, language_of, words
from .meanings import is_name
from .thesaurus import is_common, is_loose, kinship, meanings_of, respelt
from .vocabulary import Vocabulary

_TYPO_SIMILARITY = 0.74
_COGNATE_SIMILARITY = 0.8  # `Zyklus` for `cycle` is luck, `serwer` for `server` is not
_SHORTEST_RESPELT = 4
_SHORTEST_SMALL = 3
_NEAR_MEANING = 0.55
_SAME_MEANING = 0.85  # a day, month or country in other words is the same altogether
_LOOSE_MEANING = 0.55
_LEAST_MEANING = 0.3
_BESIDE_ITSELF = 0.7  # of other words with the meaning where the documents hold the very word
_ITSELF = 0.99
_TRANSLATIONS = 3
_TRANSLATED_KEPT = 5000


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


class QueryReader:
    """Reads questions against the vocabulary of one index."""

    def __init__(self, index: InvertedIndex, vocabulary: Vocabulary, encoder: Encoder) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._encoder = encoder
        self._spellings: dict[int, list[str]] = {}  # by length: a typing error changes it by a letter or two
        for word in index.surfaces:
            if len(word) >= _SHORTEST_RESPELT and word.isalpha():
                self._spellings.setdefault(len(word), []).append(word)
        self._meant: dict[str, list[tuple[int, frozenset[str]]]] | None = None
        self._translated: dict[str, list[tuple[int, float]]] = {}

    def warm(self) -> None:
        """Finds out now what the words of the documents mean, so that the first question need not wait for it."""
        self._meanings()

    def read(self, question: str) -> Query:
        """The question as searchable terms."""
        language = language_of(question, default=self._index.languages[0])
        foreign = language not in self._index.languages
        small = {language, "en"} if foreign else {language}
        asked = [word for word in self._spelt(question) if not self._is_small(fold(word), small)]
        self._translate_all([word for word in asked if foreign or not self._index.stems_of(fold(word))], beside=asked)
        corrections: dict[str, str] = {}
        if not asked:
            return Query(text=question, language=language, foreign=foreign, groups=self._implied(question))
        groups = [self._with_meant(self._group(word, language, foreign, corrections), language) for word in asked]
        text = question
        for wrong, right in corrections.items():
            text = re.sub(rf"\b{re.escape(wrong)}\b", right, text)
        return Query(text=text, language=language, foreign=foreign, groups=tuple(groups), corrections=tuple(corrections.items()))

    def _implied(self, question: str) -> tuple[TermGroup, ...]:
        """What is asked for in small words alone: "Where are you?" the place, "When are you there?" the opening hours."""
        meaning = "place" if kind_of(question) == "where" else "opening" if sort_asked(question) == "moment" else ""
        terms = tuple((term, 1.0) for term, _ in self._meanings().get(meaning, ()))
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

    def _group(self, word: str, language: str, foreign: bool, corrections: dict[str, str]) -> TermGroup:
        folded = fold(word)
        found = [(term, 1.0) for term in self._index.stems_of(folded)]
        if not found and not self._encoder.knows(word) and not meanings_of(folded, (language,)):
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
            is_beside = factor == _BESIDE_ITSELF and not is_common(meaning)
            most = min(factor, _LOOSE_MEANING) if is_loose(meaning) or is_beside else factor
            for term, of_term in self._meanings().get(meaning, ()):
                share = most * kinship(meant, of_term, meaning)
                if share >= _LEAST_MEANING:
                    best[term] = max(best.get(term, 0.0), share)
        return replace(group, alternatives=tuple(best.items()), is_name=named)

    def _meanings(self) -> dict[str, list[tuple[int, frozenset[str]]]]:
        """The terms of the documents by what they mean, each with all that it means."""
        if self._meant is None:
            meant: dict[str, list[tuple[int, frozenset[str]]]] = {}
            for word in self._index.surfaces:
                every = meanings_of(word, self._index.languages)
                for meaning in every:
                    meant.setdefault(meaning, []).extend((term, every) for term in self._index.stems_of(word))
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

    def _translate_all(self, asked: Sequence[str], *, beside: Sequence[str] = ()) -> None:
        """Finds the nearest words of the documents for several words in one pass, which costs little more than for one.

        The vectors of the words `beside` them, which are compared with the passages later, are made in the same pass.
        """
        new = [word for word in asked if word not in self._translated and not word.isdigit() and len(word) > 1]
        if not new:
            return
        if len(self._translated) >= _TRANSLATED_KEPT:
            self._translated.clear()
        vocabulary = self._vocabulary.words
        if vocabulary:
            vectors = self._vocabulary.vectors_of([*new, *beside])[: len(new)]
            for word, cosines in zip(new, vectors @ self._vocabulary.vectors.T, strict=True):
                self._translated[word] = self._nearest(vocabulary, cosines)

    def _nearest(self, vocabulary: Sequence[str], cosines: Floats) -> list[tuple[int, float]]:
        count = min(_TRANSLATIONS, len(cosines))
        best = np.argpartition(-cosines, count - 1)[:count]
        pairs: dict[int, float] = {}
        for place in best[np.argsort(-cosines[best])]:
            if cosines[place] >= _NEAR_MEANING:
                for term in self._index.stems_of(vocabulary[place]):
                    pairs.setdefault(term, float(min(0.95, cosines[place])))
        return list(pairs.items())
