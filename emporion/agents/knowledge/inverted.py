"""Full text in arrays: BM25 over stems with the words of headings counted more, the same on every database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .lexicon import fold, is_small_word, joined_words, stem, words
from .periods import implied
from .types import PassageRow

Floats = npt.NDArray[np.float32]

_K1 = 1.3
_B = 0.7
_BACKGROUND = 40  # passages that a word is weighed among at least: one paragraph alone cannot tell which words are rare
_HEADING_WEIGHT = 1.5  # a word of a heading or title counts as that many words of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class InvertedIndex:
    """Terms to passages; row `starts[t]:starts[t+1]` of `passages` and `weights` is the posting list of term t."""

    terms: dict[str, int]
    starts: npt.NDArray[np.int64]
    passages: npt.NDArray[np.int32]
    weights: Floats
    idf: Floats
    surfaces: dict[str, int]  # folded word as written -> how often
    languages: tuple[str, ...]  # the commonest first
    size: int

    def postings(self, term: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """The passages that hold the term, and its BM25 weight in each."""
        span = slice(int(self.starts[term]), int(self.starts[term + 1]))
        return self.passages[span], self.weights[span]

    def stems_of(self, folded: str) -> list[int]:
        """The terms that a word becomes in the languages of the documents."""
        found = {stem(folded, language) for language in self.languages} | {folded}
        return [self.terms[one] for one in sorted(found) if one in self.terms]

    @property
    def rarest(self) -> float:
        """The idf of a word that no passage holds."""
        return float(np.log(1 + (max(self.size, _BACKGROUND) + 0.5) / 0.5))


def build_inverted(rows: Sequence[PassageRow]) -> InvertedIndex:
    """An index of the texts, headings and titles of the rows, in their order."""
    surfaces: Counter[str] = Counter()
    lists: dict[str, tuple[list[int], list[float]]] = {}
    lengths = np.zeros(max(1, len(rows)), dtype=np.float32)
    for place, row in enumerate(rows):
        counts: dict[str, float] = {}
        _count(row.text, 1.0, row.language, counts, surfaces)
        _count(" ".join(implied(row.text, row.language)), 1.0, row.language, counts, surfaces)
        lengths[place] = sum(counts.values())
        _count(" ".join(dict.fromkeys((row.document_title, *row.heading_path))), _HEADING_WEIGHT, row.language, counts, surfaces)
        for term, count in counts.items():
            docs, frequencies = lists.setdefault(term, ([], []))
            docs.append(place)
            frequencies.append(count)
    return _arrays(lists, lengths, surfaces, rows)


def _count(text: str, weight: float, language: str, counts: dict[str, float], surfaces: Counter[str]) -> None:
    for word in (*words(text), *joined_words(text)):
        folded = fold(word)
        if not is_small_word(folded, language):
            surfaces[folded] += 1
            term = stem(folded, language)
            counts[term] = counts.get(term, 0.0) + weight


def _arrays(
    lists: dict[str, tuple[list[int], list[float]]], lengths: Floats, surfaces: Counter[str], rows: Sequence[PassageRow]
) -> InvertedIndex:
    size = max(1, len(rows))
    terms = {term: number for number, term in enumerate(lists)}
    starts = np.zeros(len(terms) + 1, dtype=np.int64)
    np.cumsum([len(docs) for docs, _ in lists.values()], out=starts[1:])
    passages = np.fromiter((doc for docs, _ in lists.values() for doc in docs), dtype=np.int32, count=int(starts[-1]))
    frequency = np.fromiter(
        (one for _, frequencies in lists.values() for one in frequencies), dtype=np.float32, count=int(starts[-1])
    )
    per_term = np.diff(starts)
    idf = np.log(1 + (max(size, _BACKGROUND) - per_term + 0.5) / (per_term + 0.5)).astype(np.float32)
    norm = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
    weights = np.repeat(idf, per_term) * frequency * (_K1 + 1) / (frequency + norm[passages])
    languages = tuple(language for language, _ in Counter(row.language for row in rows).most_common()) or ("en",)
    return InvertedIndex(
        terms=terms, starts=starts, passages=passages, weights=weights.astype(np.float32), idf=idf,
        surfaces=dict(surfaces), languages=languages, size=size,
    )  # fmt: skip
