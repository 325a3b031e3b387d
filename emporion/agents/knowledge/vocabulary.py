"""The words of the documents with their vectors, by which they stand beside the words of a question in any language."""

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .inverted import Floats
from .lettered import Across

_MOST = 12_000  # words; enough for a few thousand passages, 12 MB and a few seconds once


class _Encoded(NamedTuple):
    """The words, the place of each, and the vector at each place."""

    words: tuple[str, ...]
    places: dict[str, int]
    vectors: Floats


class Vocabulary:
    """The commonest words of an index, folded; their vectors are made when they are first asked for."""

    def __init__(self, often: Mapping[str, int], comparing: Across) -> None:
        self._often = often
        self._comparing = comparing
        self._lock = threading.Lock()
        self._made: _Encoded | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The words, the commonest first."""
        return self._encoded().words

    @property
    def places(self) -> dict[str, int]:
        """The place of each word among them."""
        return self._encoded().places

    @property
    def vectors(self) -> Floats:
        """The vector of the word at each place."""
        return self._encoded().vectors

    def encode(self) -> None:
        """Makes the vectors now, so that the first question need not wait for them."""
        self._encoded()

    def vectors_of(self, words: Sequence[str]) -> Floats:
        """The vectors of the words of a question; those that the documents write alike have theirs already."""
        _, places, vectors = self._encoded()
        new = [word for word in words if word not in places]
        known = dict(zip(new, self._comparing.of_words(new), strict=True)) if new else {}
        return np.stack([known[word] if word in known else vectors[places[word]] for word in words])

    def _encoded(self) -> _Encoded:
        with self._lock:
            if self._made is None:
                commonest = sorted(self._often, key=lambda word: (-self._often[word], word))
                chosen = [word for word in commonest if (len(word) > 2 and word.isalpha()) or not word.isascii()][:_MOST]
                vectors = self._comparing.of_vocabulary(chosen)
                self._made = _Encoded(tuple(chosen), {word: place for place, word in enumerate(chosen)}, vectors)
            return self._made
