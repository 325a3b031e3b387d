"""Text to vectors, without torch and offline: MiniLM for meaning in English, USE multilingual for meaning across 16 languages.

Both run in one call because a passage is found by either: MiniLM ranks English better, USE lets a German question find an English
passage. The two vectors are stored side by side in one embedding (see docs/decisions/0006-passage-index.md).
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import threadpoolctl
from django.conf import settings

from . import minilm, multilingual
from .minilm import Matrix, MiniLM
from .multilingual import Multilingual
from .weights import Array, let_go, made_once

DIMENSIONS = minilm.DIMENSIONS + multilingual.DIMENSIONS
MEANING = slice(0, minilm.DIMENSIONS)
ACROSS = slice(minilm.DIMENSIONS, DIMENSIONS)
BYTES_PER_EMBEDDING = DIMENSIONS * 2
MODEL_ID = "minilm-l6-v2+use-multilingual-3/1"  # store it with the embeddings: another value means that they must be made anew

_PREFIXES = ("minilm/", "multilingual/")
_READY = "1"  # another value when the layout of what is made ready changes
_REST_AFTER = 30.0  # seconds
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
    """Loads its weights at the first use (0.4 s; 1.5 s where the folder lacks them); may be called from any number of threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loading = threading.Lock()
        self._models: tuple[MiniLM, Multilingual] | None = None
        self._resting: threading.Thread | None = None
        self._used = 0.0
        self._waiting: list[_Waiting] = []
        self._begun: dict[str, _Waiting] = {}
        self._mutex = threading.Lock()
        self._turns = threading.Semaphore(max(1, min(2, os.cpu_count() or 1)))
        self._known: OrderedDict[str, Matrix] = OrderedDict()
        self._words: dict[str, Matrix] = {}

    def load(self) -> None:
        """Loads the weights now rather than at the first question."""
        self._loaded()

    def rest(self) -> None:
        """Hold the weights in memory no longer until something is asked."""
        let_go()

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
            wanted = [text for text in dict.fromkeys(cut) if text not in known]
            own = [_Waiting(text) for text in wanted if text not in self._begun]
            self._begun |= {one.text: one for one in own}
            self._waiting += own
            waited = [self._begun[text] for text in wanted]
        # Whoever gets a turn takes all who wait along; the others find their vectors made when their turn comes.
        with self._turns:
            while not all(one.done.is_set() for one in waited) and self._encode_waiting():
                pass
        known |= {one.text: one.made() for one in waited}
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
        return self._loaded()[1].encode(texts)

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
        """True when the word is spelt as in English; what else it may be is told by the documents and by what is like it."""
        return self._loaded()[0].knows(word.lower())

    def rarity(self, word: str) -> float:
        """How rare a word is in its language, from 4 to 16."""
        return self._loaded()[1].rarity(word)

    def _encode_waiting(self) -> bool:
        """Encodes the first of the queries that wait, and leaves a failure to those who asked; False when none waits."""
        with self._mutex:
            batch, self._waiting = self._waiting[:_QUERIES_PER_BATCH], self._waiting[_QUERIES_PER_BATCH:]
        if not batch:
            return False
        try:
            for one, vector in zip(batch, self._encode([one.text for one in batch]), strict=True):
                one.vector = vector
        except Exception as failure:  # noqa: BLE001 - each of those who asked raises it
            for one in batch:
                one.failure = failure
        finally:
            with self._mutex:
                self._known.update((one.text, one.vector) for one in batch if one.vector is not None)
                for one in batch:
                    del self._begun[one.text]
                while len(self._known) > _QUERIES_KEPT:
                    self._known.popitem(last=False)
            for one in batch:
                one.done.set()
        return True

    def _encode(self, texts: list[str]) -> Matrix:
        mini, across = self._loaded()
        return np.concatenate([mini.encode(mini.tokens(texts)), across.encode(texts)], axis=1)

    def _loaded(self) -> tuple[MiniLM, Multilingual]:
        self._used = time.monotonic()
        if self._models is None or self._resting is None:
            with self._loading:
                self._models = self._models or _load(self._folder)
                if self._resting is None:
                    self._resting = threading.Thread(target=self._rest, name="encoder-rest", daemon=True)
                    self._resting.start()
        return self._models

    def _rest(self) -> None:
        """Once nothing has been asked for a while, the weights are not held in memory until something is."""
        while (left := self._used + _REST_AFTER - time.monotonic()) > 0:
            time.sleep(left)
        self._resting = None
        let_go()


def _load(folder: Path) -> tuple[MiniLM, Multilingual]:
    # More BLAS threads make a short text thirty times slower (they spin on tiny products): one each, parallel by our own threads.
    cast("Any", threadpoolctl).threadpool_limits(1, user_api="blas")
    ready = made_once(folder / f"{MODEL_ID.replace('/', '-')}-{_READY}.safetensors", _made_ready)
    mini, across = (
        {name.removeprefix(prefix): array for name, array in ready.items() if name.startswith(prefix)} for prefix in _PREFIXES
    )
    return MiniLM(mini), Multilingual(across)


def _made_ready() -> dict[str, Array]:
    made = zip(_PREFIXES, (minilm.made_ready(), multilingual.made_ready()), strict=True)
    return {f"{prefix}{name}": array for prefix, arrays in made for name, array in arrays.items()}


def _yield_to_visitors() -> None:
    """Indexing threads step back where the system can do that for one thread, so that a page is served while a book is learnt."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


@lru_cache(maxsize=1)
def shared_encoder() -> Encoder:
    """The one encoder of this process."""
    return Encoder(settings.WEIGHTS_DIR)
