"""Finds the passages that answer a question: full text and two kinds of vectors, fused by rank.

One index is an immutable snapshot of an agent's passages in memory; both databases give the same results because neither
does the searching (see docs/decisions/0003-passage-index.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chunking import embedding_text
from .encoder import ACROSS, MEANING, Encoder, from_bytes, to_bytes
from .inverted import Floats, build_inverted
from .query import Query, QueryReader, TermGroup
from .types import Hit, ParsedDocument, Passage, PassageRow

_K = 60
_DEPTH = 100
_SCORE_SHARE = 0.02  # ranks alone forget by how much the first is better; this much of it adds 0.003 nDCG on Cranfield


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each ranking counts in the fusion; tuned in bench/bench_retrieval.py."""

    text: float
    meaning: float
    across: float


NATIVE = Weights(text=1.0, meaning=1.0, across=0.0)
FOREIGN = Weights(text=0.7, meaning=0.3, across=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The result of one search: the question as it was understood, and the passages, best first."""

    query: Query
    hits: tuple[Hit, ...]


class PassageIndex:
    """All passages of one agent, ready to search from any thread; build a new one when they change."""

    def __init__(self, rows: Sequence[PassageRow], encoder: Encoder) -> None:
        self.rows = tuple(rows)
        self._encoder = encoder
        vectors = from_bytes([row.embedding for row in self.rows])
        self._meaning = np.ascontiguousarray(vectors[:, MEANING])
        self._across = np.ascontiguousarray(vectors[:, ACROSS])
        self._inverted = build_inverted(self.rows)
        self._reader = QueryReader(self._inverted, encoder)

    def __len__(self) -> int:
        return len(self.rows)

    def warm(self) -> None:
        """Makes ready what the first question would wait for; call it where a person does not wait."""
        self._encoder.load()
        self._reader.warm()

    def search(self, question: str, *, limit: int = 8, weights: Weights | None = None) -> Found:
        """The best passages for a question in any language; `weights` replaces the tuned ones in experiments."""
        query = self._reader.read(question)
        if not self.rows:
            return Found(query=query, hits=())
        vector = self._encoder.encode_query(query.text)
        text, presence = self._full_text(query.groups)
        meaning = self._meaning @ vector[MEANING]
        across = self._across @ vector[ACROSS]
        use = weights or (FOREIGN if query.foreign else NATIVE)
        fused = _fused(text, positive=True) * use.text + _fused(meaning) * use.meaning + _fused(across) * use.across
        best = _top(fused, limit)
        total = sum(group.weight for group in query.groups) or 1.0
        return Found(
            query=query,
            hits=tuple(
                Hit(
                    passage=self.rows[place], score=float(fused[place]), text_score=float(text[place]), cosine=float(meaning[place]),
                    cross_cosine=float(across[place]), coverage=float(presence[place]) / total,
                )
                for place in best
            ),
        )  # fmt: skip

    def _full_text(self, groups: Sequence[TermGroup]) -> tuple[Floats, Floats]:
        """The BM25 score of each passage, and the weight of the question's words that it holds."""
        scores = np.zeros(len(self.rows), dtype=np.float32)
        presence = np.zeros(len(self.rows), dtype=np.float32)
        for group in groups:
            best = np.zeros(len(self.rows), dtype=np.float32)
            held = np.zeros(len(self.rows), dtype=np.float32)
            for term, factor in group.alternatives:
                passages, weights = self._inverted.postings(term)
                best[passages] = np.maximum(best[passages], weights * factor)
                held[passages] = np.maximum(held[passages], factor)
            scores += best
            presence += held * group.weight
        return scores, presence


def _top(scores: Floats, count: int) -> list[int]:
    count = min(count, len(scores))
    places = np.argpartition(-scores, count - 1)[:count]
    return [int(place) for place in sorted(places, key=lambda place: (-scores[place], place))]


def _fused(scores: Floats, *, positive: bool = False) -> Floats:
    """Reciprocal ranks 1 / (60 + rank) of the best passages with a little of the score itself, 0 for the others."""
    fused = np.zeros(len(scores), dtype=np.float32)
    best = [place for place in _top(scores, _DEPTH) if scores[place] > 0 or not positive]
    if best:
        fused[best] = 1.0 / (_K + 1 + np.arange(len(best))) + _SCORE_SHARE * scores[best] / max(float(scores[best[0]]), 1e-6)
    return fused


def embed_passages(title: str, passages: Sequence[Passage], encoder: Encoder) -> list[bytes]:
    """The embeddings to store beside the passages of one document, in their order."""
    vectors = encoder.encode_passages([embedding_text(title, passage.heading_path, passage.text) for passage in passages])
    return [to_bytes(vector) for vector in vectors]


def rows_of(document: ParsedDocument, passages: Sequence[Passage], embeddings: Sequence[bytes], *, document_id: str) -> list[PassageRow]:
    """Index rows straight from a parsed document, for previews and tests that store nothing."""
    return [
        PassageRow(
            id=f"{document_id}#{passage.ordinal}", document_id=document_id, document_title=document.title, text=passage.text,
            heading_path=passage.heading_path, start=passage.start, end=passage.end, embedding=embedding,
            language=document.language, page=passage.page, row=passage.row,
        )
        for passage, embedding in zip(passages, embeddings, strict=True)
    ]  # fmt: skip
