"""Finds the passages that answer a question: full text and two kinds of vectors, fused by rank.

One index is an immutable snapshot of an agent's passages in memory; both databases give the same results because neither
does the searching (see docs/decisions/0006-passage-index.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .chunking import embedding_text
from .comparing import Comparer, Match, Opened
from .contacts import Told, told_in
from .encoder import ACROSS, MEANING, Encoder, from_bytes, to_bytes
from .inverted import Floats, build_inverted
from .lettered import Across
from .lexicon import NOT_LATIN, document_language, fold, is_small_word, joined_words, words
from .periods import implied
from .query import Query, QueryReader, TermGroup
from .types import Hit, ParsedDocument, Passage, PassageRow, QuestionPair
from .vocabulary import Vocabulary

_K = 60
_DEPTH = 100
_RERANKED = 40
_HEADING_BONUS = 0.012
_SENTENCES_KEPT = 5000  # of which the vectors are remembered: about 10 MB
_NAMED_BONUS = 0.03  # two good ranks: the passage of the day that is asked for goes before the one of another day
_BARE_CHARACTERS = 200
_BARE_MALUS = 0.2  # more than all rankings together: behind every other candidate
_HELD = 0.5  # a passage holds a word of the question when its stand-in is at least this good
_SCORE_SHARE = 0.02  # ranks alone forget by how much the first is better; this much of it adds 0.003 nDCG on Cranfield


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each ranking counts in the fusion; tuned in bench/bench_retrieval.py."""

    text: float
    meaning: float
    across: float


NATIVE = Weights(text=1.0, meaning=1.0, across=0.1)
FOREIGN = Weights(text=0.5, meaning=0.2, across=1.0)
UNREAD = frozenset({"ar", "el", "he", "hi", "ja", "ko", "th", "zh"})  # MiniLM knows their letters and none of their words
UNREAD_NATIVE = Weights(text=1.0, meaning=0.0, across=1.0)
MIXED = Weights(text=1.0, meaning=0.8, across=0.4)  # some documents are in the language of the question, others are not


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The result of one search: the question as it was understood, and the passages, best first."""

    query: Query
    hits: tuple[Hit, ...]


class PassageIndex:
    """All passages of one agent, ready to search from any thread; build a new one when they change."""

    def __init__(self, rows: Sequence[PassageRow], encoder: Encoder) -> None:
        self.rows = _with_language(rows)
        self._encoder = encoder
        vectors = from_bytes([row.embedding for row in self.rows])
        self._meaning = np.ascontiguousarray(vectors[:, MEANING])
        self._unread = np.array([row.language in UNREAD for row in self.rows], dtype=bool)
        self._inverted = build_inverted(self.rows)
        self._comparing = Across(encoder, self._inverted)
        self._across = np.ascontiguousarray(self._comparing.of_rows(self.rows, vectors[:, ACROSS]))
        self._vocabulary = Vocabulary(self._inverted.surfaces, self._comparing)
        self._reader = QueryReader(self._inverted, self._vocabulary, encoder)
        self._comparer = Comparer(self._inverted, self._vocabulary)
        self._headings = self._heading_terms()
        self._bare = [_is_bare(row) for row in self.rows]
        self._sentences: dict[str, Floats] = {}
        self._told: tuple[Told, ...] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def warm(self) -> None:
        """Makes ready what the first question would wait for; call it where a person does not wait."""
        self._encoder.load()
        self._vocabulary.encode()
        self._reader.warm()
        self.told()

    def told(self) -> tuple[Told, ...]:
        """The passages that tell how the firm is reached, where it is and when it is open."""
        if self._told is None:
            self._told = told_in(self.rows)
        return self._told

    def terms_in(self, text: str, language: str = "") -> frozenset[int]:
        """The index terms of a text, to see which words of a question one sentence holds; with those of its ranges of dates."""
        said = (*words(text), *joined_words(text), *implied(text, language))
        return frozenset(term for word in said for term in self._inverted.stems_of(fold(word)))

    def sentence_vectors(self, sentences: Sequence[str]) -> Floats:
        """The vectors of sentences, remembered because the same passages are asked for again and again."""
        known = {sentence: vector for sentence in sentences if (vector := self._sentences.get(sentence)) is not None}
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in known]
        if new:
            known |= zip(new, self._comparing.of_sentences(new), strict=True)
            if len(self._sentences) >= _SENTENCES_KEPT:
                self._sentences.clear()
            self._sentences |= {sentence: known[sentence] for sentence in new}
        return np.stack([known[sentence] for sentence in sentences])

    def question_vector(self, query: Query) -> Floats:
        """The vector of a question, which the vectors of sentences are compared with."""
        asked = [(group.word, group.alternatives) for group in query.groups]
        return self._comparing.of_question(asked, query.language, self._encoder.encode_query(query.text)[ACROSS])

    def word_vectors(self, words: Sequence[str]) -> Floats:
        """The vectors of the words of a question."""
        return self._vocabulary.vectors_of(words)

    def opened(self, row: PassageRow) -> Opened:
        """A passage taken apart: its sentences and what they hold."""
        return self._comparer.opened(row)

    def likeness(self, query: Query, hit: Hit) -> float:
        """How much of the question's words the passage holds when a word of like meaning counts by how like it is."""
        weight = np.array([group.weight for group in query.groups], dtype=np.float32)
        asked, row = self.word_vectors([group.word for group in query.groups]), hit.passage
        likeness = self._comparer.likeness(asked, " ".join((row.document_title, *row.heading_path, row.text)))
        return max(hit.coverage, float(likeness @ weight) / (float(weight.sum()) or 1.0))

    def matched(self, query: Query, asked: Floats, row: PassageRow) -> tuple[Match, Match, Match]:
        """How well a passage's headings, all of it and each sentence hold the words of a question, whose vectors are `asked`."""
        return self._comparer.matched(query.groups, asked, row)

    def holding(self, groups: Sequence[TermGroup]) -> list[PassageRow]:
        """The passages that hold each of some words of a question, in their text or headings."""
        _, presence = self._full_text(groups)
        return [self.rows[place] for place in np.flatnonzero((presence >= _HELD).all(axis=0))]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the passages, the commonest first."""
        return self._inverted.languages

    @property
    def encoder(self) -> Encoder:
        """The encoder that the index was built with."""
        return self._encoder

    @property
    def rarest(self) -> float:
        """The weight of a question's word that no passage holds; the largest that there is."""
        return self._inverted.rarest

    def weight_of(self, word: str) -> float:
        """How telling a folded word is: the rarer it is in the documents, the more."""
        return max((float(self._inverted.idf[term]) for term in self._inverted.stems_of(word)), default=self.rarest)

    def read(self, question: str) -> Query:
        """A question as its words are looked for in these documents."""
        return self._reader.read(question)

    def search(self, question: str, *, limit: int = 8, weights: Weights | None = None) -> Found:
        """The best passages for a question in any language; `weights` replaces the tuned ones in experiments."""
        query = self.read(question)
        if not self.rows:
            return Found(query=query, hits=())
        vector = self._encoder.encode_query(query.text)
        text, presence = self._full_text(query.groups)
        meaning = self._meaning @ vector[MEANING]
        across = self._across @ self.question_vector(query)
        meaning = np.where(self._unread | (query.language in UNREAD), across, meaning)
        use = weights or self._weights_for(query)
        fused = _fused(text, positive=True) * use.text + _fused(meaning) * use.meaning + _fused(across) * use.across
        best = self._reranked(fused + _named(query.groups, presence), query.groups)[:limit]
        weight = np.array([group.weight for group in query.groups], dtype=np.float32)
        total = float(weight.sum()) or 1.0
        return Found(
            query=query,
            hits=tuple(
                Hit(
                    passage=self.rows[place], score=float(fused[place]), text_score=float(text[place]), cosine=float(meaning[place]),  # noqa: E501
                    cross_cosine=float(across[place]), coverage=float(presence[:, place] @ weight) / total,
                    missing=tuple(group.word for group, held in zip(query.groups, presence[:, place], strict=True) if held < _HELD),  # noqa: E501
                )
                for place in best
            ),
        )  # fmt: skip

    def _weights_for(self, query: Query) -> Weights:
        if query.foreign:
            return FOREIGN
        if query.language in UNREAD:
            return UNREAD_NATIVE
        return NATIVE if len(self._inverted.languages) == 1 else MIXED

    def _heading_terms(self) -> list[frozenset[int]]:
        """The terms of the title and headings of each passage; passages under the same headings share one set."""
        known: dict[tuple[str, ...], frozenset[int]] = {}
        found = []
        for row in self.rows:
            path = tuple(dict.fromkeys((row.document_title, *row.heading_path)))
            if path not in known:
                spelt = [fold(word) for word in words(" ".join(path))]
                known[path] = frozenset(
                    term for word in spelt if not is_small_word(word, row.language) for term in self._inverted.stems_of(word)
                )
            found.append(known[path])
        return found

    def _reranked(self, fused: Floats, groups: Sequence[TermGroup]) -> list[int]:
        """The first candidates again, with a bonus where the headings speak of what was asked."""
        total = sum(group.weight for group in groups) or 1.0
        factors = [dict(group.alternatives) for group in groups]
        scored = []
        for place in _top(fused, _RERANKED):
            heads = self._headings[place]
            shares = [max(map(one.__getitem__, one.keys() & heads), default=0.0) for one in factors]
            covered = sum(share * group.weight for share, group in zip(shares, groups, strict=True)) / total
            precise = min(1.0, sum(share > 0 for share in shares) / max(1, len(heads)))
            malus = _BARE_MALUS if self._bare[place] else 0.0
            scored.append((float(fused[place]) + _HEADING_BONUS * covered * (0.5 + precise) - malus, -place))
        return [-place for _, place in sorted(scored, reverse=True)]

    def _full_text(self, groups: Sequence[TermGroup]) -> tuple[Floats, Floats]:
        """The BM25 score of each passage, and how well it holds each word of the question (0 to 1)."""
        scores = np.zeros(len(self.rows), dtype=np.float32)
        presence = np.zeros((len(groups), len(self.rows)), dtype=np.float32)
        for held, group in zip(presence, groups, strict=True):
            best = np.zeros(len(self.rows), dtype=np.float32)
            for term, factor in group.alternatives:
                passages, weights = self._inverted.postings(term)
                best[passages] = np.maximum(best[passages], weights * factor)
                held[passages] = np.maximum(held[passages], factor)
            scores += best
        return scores, presence


def _is_bare(row: PassageRow) -> bool:
    """True for a passage that says nothing beyond its own headings, as the entries of a reference often do."""
    if len(row.text) > _BARE_CHARACTERS:
        return False
    return {fold(word) for word in words(row.text)} <= {fold(word) for word in words(" ".join(row.heading_path))}


def _with_language(rows: Sequence[PassageRow]) -> tuple[PassageRow, ...]:
    """The rows, those whose language cannot be told in that of most others; of other letters it would have been told by them."""
    told = Counter(row.language for row in rows if row.language)
    latin = Counter({language: count for language, count in told.items() if language not in NOT_LATIN})
    main, of_latin = (max(counted, key=counted.__getitem__, default="en") for counted in (told, latin))

    def language_of(row: PassageRow) -> str:
        return row.language or (of_latin if any(letter.isalpha() for letter in row.text) else main)

    return tuple(replace(row, language=language_of(row)) for row in rows)


def pair_rows(pairs: Sequence[QuestionPair], rows: Sequence[PassageRow]) -> list[PassageRow]:
    """The owner's own answers as passages under their questions, so that a question for what only the answer says finds them."""
    told = {row.language for row in rows}
    own = document_language(" ".join(f"{pair.question} {pair.answer}" for pair in pairs))
    return [
        PassageRow(
            id=pair.id, document_id=pair.id, document_title=pair.question, text=pair.answer, heading_path=(),
            start=0, end=len(pair.answer), embedding=pair.embedding, language=own if own in told or not told else "",
        )
        for pair in pairs
    ]  # fmt: skip


def _named(groups: Sequence[TermGroup], presence: Floats) -> Floats:
    """What passages gain that hold the days, months and countries of a question."""
    names = [place for place, group in enumerate(groups) if group.is_name]
    gained: Floats = _NAMED_BONUS * presence[names].sum(axis=0)
    return gained


def _top(scores: Floats, count: int) -> list[int]:
    count = min(count, len(scores))
    places = np.argpartition(-scores, count - 1)[:count]
    order: list[int] = places[np.lexsort((places, -scores[places]))].tolist()
    return order


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


def rows_of(
    document: ParsedDocument, passages: Sequence[Passage], embeddings: Sequence[bytes], *, document_id: str
) -> list[PassageRow]:
    """Index rows straight from a parsed document, for previews and tests that store nothing."""
    return [
        PassageRow(
            id=f"{document_id}#{passage.ordinal}", document_id=document_id, document_title=document.title, text=passage.text,
            heading_path=passage.heading_path, start=passage.start, end=passage.end, embedding=embedding,
            language=document.language, page=passage.page, row=passage.row,
        )
        for passage, embedding in zip(passages, embeddings, strict=True)
    ]  # fmt: skip
