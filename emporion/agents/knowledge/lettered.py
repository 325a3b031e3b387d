"""The vectors by which one index compares texts across languages, of letters where the encoder does not read the language.

To the multilingual encoder all of Swedish, and all of Greek, is one noise: each passage lies near each other one, and whatever is
asked near all of them. There texts are as near as they share stems and groups of letters. It reads Russian, Polish and Turkish
less well than the languages west of them: there letters count, too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from zlib import crc32

import numpy as np

from .chunking import embedding_text
from .encoder import ACROSS, Encoder
from .inverted import Floats, InvertedIndex
from .lexicon import fold, is_small_word, language_of, stem, words
from .types import PassageRow

_READ = frozenset({"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pt", "th", "zh"})
_READ_LESS = frozenset({"pl", "ru", "tr", "uk"})  # Ukrainian as far as it is like Russian
_SHARE_OF_LETTERS = 0.3
_UNREAD_LETTERS = re.compile(r"[\u0370-\u03ff\u0530-\u05ff\u0900-\u0dff\u10a0-\u10ff]")
_DIMENSIONS = ACROSS.stop - ACROSS.start
_GROUP = 4  # letters
_STEM, _GROUPS = 0.8, 0.6  # what its stem and its groups of letters add to the vector of a word
_LENGTH = 0.7  # a longer text holds more of a question by chance; 1 would forget that it holds all of it, too


class Across:
    """Makes the vectors of an index; where letters count, each has two halves: of the encoder, and of letters.

    What is asked has both in full. A text of the documents has the one or the other by how well its language is read, so that the
    product is the likeness.
    """

    def __init__(self, encoder: Encoder, index: InvertedIndex) -> None:
        languages = index.languages
        self._encoder = encoder
        self._main = languages[0]
        self._terms = tuple(index.terms)
        self._has_letters = any(map(_share_of_letters, languages))

    def of_rows(self, rows: Sequence[PassageRow], vectors: Floats) -> Floats:
        """The vectors of passages, given the encoder's."""
        if not self._has_letters:
            return vectors
        texts = [embedding_text(row.document_title, row.heading_path, row.text) for row in rows]
        languages = [row.language for row in rows]
        return _joined(vectors, texts, languages, [_share_of_letters(language) for language in languages])

    def of_question(self, asked: Iterable[tuple[str, Sequence[tuple[int, float]]]], language: str, vector: Floats) -> Floats:
        """The vector of what is asked, given the encoder's, and for each word the terms that stand for it: the best counts."""
        if not self._has_letters:
            return vector
        letters = np.zeros(_DIMENSIONS, dtype=np.float32)
        for word, alternatives in asked:
            term, factor = max(alternatives, key=itemgetter(1), default=(-1, 1.0))
            letters += factor * _of_word(stem(fold(word), language) if term < 0 else self._terms[term])
        return np.concatenate([vector, _shortened(letters)])

    def of_words(self, words: Sequence[str]) -> Floats:
        """The vectors of single words that are asked for."""
        return self._in_full(words, self._encoder.encode_words(words))

    def of_vocabulary(self, words: Sequence[str]) -> Floats:
        """The vectors of single words of the documents; what the encoder reads at all it reads best word by word."""
        if not words:
            return np.zeros((0, _DIMENSIONS * (1 + self._has_letters)), dtype=np.float32)
        return self._of_texts(words, least=1.0)

    def of_sentences(self, sentences: Sequence[str]) -> Floats:
        """The vectors of sentences of the documents."""
        return self._of_texts(sentences, least=0.0)

    def _of_texts(self, texts: Sequence[str], *, least: float) -> Floats:
        vectors = self._encoder.encode_across(texts)
        if not self._has_letters:
            return vectors
        languages = [self._language_of(text) for text in texts]
        shares = [share if (share := _share_of_letters(language)) >= least else 0.0 for language in languages]
        return _joined(vectors, texts, languages, shares)

    def _in_full(self, texts: Sequence[str], vectors: Floats) -> Floats:
        if not self._has_letters:
            return vectors
        letters = [letters_of(text, language_of(text, default=self._main)) for text in texts]
        return np.concatenate([vectors, np.stack(letters)], axis=1)

    def _language_of(self, text: str) -> str:
        """The language of a part of the documents: that of most of them, unless its letters are those of another."""
        return language_of(text, default=self._main) if _UNREAD_LETTERS.search(text) else self._main


def letters_of(text: str, language: str) -> Floats:
    """The vector of a text by its letters: words are as near as they share their stems and groups of letters."""
    vector = np.zeros(_DIMENSIONS, dtype=np.float32)
    folded = dict.fromkeys(fold(word) for word in words(text))
    for word in folded:
        if len(folded) == 1 or not is_small_word(word, language):
            vector += _of_word(stem(word, language))
    return _shortened(vector)


def _shortened(vector: Floats) -> Floats:
    shortened: Floats = vector / max(1e-6, float(np.linalg.norm(vector))) ** _LENGTH
    return shortened


def _share_of_letters(language: str) -> float:
    """How much letters count in a language, from 0 to 1."""
    return _SHARE_OF_LETTERS if language in _READ_LESS else float(language not in _READ)


def _joined(vectors: Floats, texts: Sequence[str], languages: Sequence[str], shares: Sequence[float]) -> Floats:
    """The two halves of the vectors of texts, each by its share."""
    joined = np.zeros((len(texts), 2 * _DIMENSIONS), dtype=np.float32)
    joined[:, :_DIMENSIONS] = vectors * (1.0 - np.array(shares, dtype=np.float32))[:, np.newaxis]
    for place, share in enumerate(shares):
        if share:
            joined[place, _DIMENSIONS:] = share * letters_of(texts[place], languages[place])
    return joined


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> Floats:
    vector = np.zeros(_DIMENSIONS, dtype=np.float32)
    groups = list(_groups(f" {word} "))
    for group in groups:
        _add(vector, group, _GROUPS / len(groups) ** 0.5)
    _add(vector, f"={word}", _STEM)
    return vector


def _groups(word: str) -> Iterator[str]:
    for start in range(max(1, len(word) - _GROUP + 1)):
        yield word[start : start + _GROUP]


def _add(vector: Floats, said: str, weight: float) -> None:
    """Adds to one of the dimensions or takes from it, so that what meets there by chance cancels itself out."""
    number = crc32(said.encode())
    vector[number % _DIMENSIONS] += weight if number & 0x10000 else -weight
