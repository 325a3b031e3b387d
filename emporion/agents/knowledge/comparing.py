"""How well the texts of a passage hold the words of a question: as they are spelt, and by their meaning.

A passage is taken apart once, at the first question that finds it: its sentences, and the words of its headings, of the whole and
of each sentence. What a question adds is compared with all of them in one go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .chunking import sentence_spans
from .inverted import Floats, InvertedIndex
from .lexicon import fold, is_small_word, joined_words, words
from .query import TermGroup
from .types import PassageRow
from .vocabulary import Vocabulary

Places = npt.NDArray[np.int64]

_KEPT = 500  # passages that are remembered taken apart: some 12 MB
_UNLIKE, _LIKE = 0.3, 0.5  # unrelated words are this near each other; from 0.8 on they mean the same
_COMPOUND = 0.8
_SHORTEST_PART = 5
_GOOD_PART = 0.4
_HEADINGS, _WHOLE, _SENTENCES = 0, 1, 2  # where they stand among the texts of a passage


class Held(NamedTuple):
    """The words of a text, folded, and the terms that they become; `joined` are those of its hyphenated words as one."""

    written: frozenset[str]
    terms: frozenset[int]
    joined: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A passage taken apart: its sentences, and what its texts hold; these are its headings, all of it, then each sentence."""

    spans: Sequence[tuple[int, int]]
    sentences: Sequence[str]
    texts: Sequence[Held]
    written: frozenset[str]  # by any of the texts
    places: Places  # in the vocabulary, of the words that mean something
    columns: Places  # of those words, the ones of each text after those of the text before it
    worded: Places  # the texts that hold such words
    starts: Places  # of their columns

    def terms_of(self, sentence: int) -> frozenset[int]:
        """The terms of a sentence."""
        held = self.texts[_SENTENCES + sentence]
        return held.terms | held.joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well a text, or each of several, holds each word of a question: by its spelling, and by its meaning, too (0 to 1)."""

    spelt: Floats
    meant: Floats

    def with_(self, other: "Match") -> "Match":
        """The better of two texts, word by word."""
        return Match(spelt=np.maximum(self.spelt, other.spelt), meant=np.maximum(self.meant, other.meant))

    def of(self, texts: int | slice) -> "Match":
        """One or some of several texts."""
        return Match(spelt=self.spelt[texts], meant=self.meant[texts])

    def together(self) -> "Match":
        """Several texts read as one."""
        return Match(spelt=self.spelt.max(axis=0), meant=self.meant.max(axis=0))

    def held(self, weights: Floats) -> Floats:
        """How much of a question's words each of several texts holds, where the words weigh differently.

        Added up text by text: two texts alike must not differ by the rounding of a product of matrices.
        """
        held: Floats = (self.meant * weights).sum(axis=1)
        return held


class Comparer:
    """Compares questions with the passages of one index."""

    def __init__(self, index: InvertedIndex, vocabulary: Vocabulary) -> None:
        self._index = index
        self._vocabulary = vocabulary
        self._opened: dict[str, Opened] = {}

    def opened(self, row: PassageRow) -> Opened:
        """A passage taken apart, remembered because the same ones are asked again and again."""
        known = self._opened.get(row.id)
        if known is None:
            known = self._open(row)
            if len(self._opened) >= _KEPT:
                self._opened.clear()
            self._opened[row.id] = known
        return known

    def matched(self, groups: Sequence[TermGroup], asked: Floats, row: PassageRow) -> tuple[Match, Match, Match]:
        """How well the headings of a passage, all of it and each of its sentences hold the words of a question.

        `asked` are the vectors of the words.
        """
        opened = self.opened(row)
        spelt = np.array([_spellings(group, opened) for group in groups], dtype=np.float32).T
        meant = spelt.copy()
        if opened.worded.size:
            near = asked @ self._vocabulary.vectors[opened.places].T
            nearest = np.maximum.reduceat(near[:, opened.columns], opened.starts, axis=1)
            nearest[[group.is_name for group in groups]] = 0.0
            meant[opened.worded] = np.maximum(meant[opened.worded], ((nearest.T - _UNLIKE) / _LIKE).clip(0.0, 1.0))
        match = Match(spelt=spelt, meant=meant)
        return match.of(_HEADINGS), match.of(_WHOLE), match.of(slice(_SENTENCES, None))

    def likeness(self, asked: Floats, text: str) -> Floats:
        """How near each word of a question, by its vector, comes to some word of a text, from 0 to 1."""
        places = self._vocabulary.places
        held = sorted({place for word in words(text) if (place := places.get(fold(word))) is not None})
        if not held:
            return np.zeros(len(asked), dtype=np.float32)
        nearest: Floats = (asked @ self._vocabulary.vectors[held].T).max(axis=1)
        return nearest.clip(0.0, 1.0)

    def _open(self, row: PassageRow) -> Opened:
        spans = _sentences_of(row)
        sentences = [row.text[start:end] for start, end in spans]
        texts = [self._held_in(text) for text in (" ".join((row.document_title, *row.heading_path)), row.text, *sentences)]
        places = [self._places_of(text, row.language) for text in texts]
        lengths = np.array([len(one) for one in places])
        once, columns = np.unique(np.concatenate(places), return_inverse=True)
        worded = lengths.nonzero()[0]
        return Opened(
            spans=spans, sentences=sentences, texts=texts, written=frozenset().union(*(text.written for text in texts)),
            places=once, columns=columns, worded=worded, starts=(lengths.cumsum() - lengths)[worded],
        )  # fmt: skip

    def _held_in(self, text: str) -> Held:
        written = frozenset(map(fold, words(text)))
        return Held(written, self._terms_of(written), self._terms_of(map(fold, joined_words(text))))

    def _terms_of(self, folded: Iterable[str]) -> frozenset[int]:
        return frozenset(term for word in folded for term in self._index.stems_of(word))

    def _places_of(self, text: Held, language: str) -> Places:
        places = self._vocabulary.places
        held = [places[word] for word in text.written if word in places and not is_small_word(word, language)]
        return np.array(held, dtype=np.int64)


def _sentences_of(row: PassageRow) -> list[tuple[int, int]]:
    """The sentences without the heading that stands first in the passage; a heading alone answers nothing."""
    text, path = row.text, row.heading_path
    spans = sentence_spans(text)
    body = [(start, end) for start, end in spans if not (path and text[start:end] in path)]
    return body or spans or [(0, len(text))]


def _spellings(group: TermGroup, opened: Opened) -> list[float]:
    """How well each text holds one word: itself, what stands for it, or a compound of which it is a good part."""
    folded, factors = fold(group.word), dict(group.alternatives)
    compounds = {word for word in opened.written if is_part(folded, word)}

    def spelling(text: Held) -> float:
        if folded in text.written:
            return 1.0
        best = max(map(factors.__getitem__, factors.keys() & text.terms), default=0.0)
        return best if best >= _COMPOUND or compounds.isdisjoint(text.written) else _COMPOUND

    return [spelling(text) for text in opened.texts]


def is_part(one: str, other: str) -> bool:
    """True when one of two words is a good part of the other, as `Urlaub` is of `Jahresurlaub`."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return len(short) >= _SHORTEST_PART and short in long and long.isalpha() and len(short) >= _GOOD_PART * len(long)
