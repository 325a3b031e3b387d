"""What speaks for a passage as the answer to a question, as plain numbers that a fitted decision weighs.

The telling ones ask of each word of the question, weighed by how rare it is in its language, what comes nearest to it in the best
sentences of the passage: a question whose topic stands there and whose detail does not has one rare word without a counterpart.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .asking import KINDS, kind_of
from .comparing import Match
from .expected import counted_in, has_figure, holds, numbered, sort_asked
from .inverted import Floats
from .lexicon import fold, words
from .query import Query
from .retrieval import Found, PassageIndex
from .types import Hit

LOOKED_AT = 3  # the right passage is among the first three far more often than it is the first
_SENTENCES_COMPARED = 5
_SENTENCES_READ = 60
_WORDS_COMPARED = 12
_BACKGROUND = 0.1  # how near a question is to passages that do not answer it, where there are too few of them to see
_REST = slice(3, 8)
_RAREST = 16.0
_HALF = 0.5
_NAME = re.compile(r"\b[A-Z\u00c0-\u00de\u0410-\u042f][\w'-]+")

Signals = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question made ready for comparing: its words' weights in the documents and in the language, and their vectors."""

    query: Query
    kind: str
    sort: str
    counted: str
    rarity: Floats
    share: Floats
    weight: Floats
    words: Floats
    whole: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A passage with its sentences, and how well its headings, all of it and each sentence hold the words of a question."""

    hit: Hit
    spans: Sequence[tuple[int, int]]
    heads: Match
    whole: Match
    each: Match
    spoken: Floats  # how much of the question's words each sentence holds
    looked_at: npt.NDArray[np.int64]  # the sentences that hold most of them, in their order

    @property
    def sentences(self) -> list[str]:
        """The sentences that are looked at."""
        return [self.hit.passage.text[slice(*self.spans[place])] for place in self.looked_at]


def signals_of(found: Found, index: PassageIndex) -> list[Signals]:
    """The signals of each of the first passages of a search, in their order."""
    asking = _asking(found.query, index)
    hits = found.hits[:LOOKED_AT]
    compared = [_compared(asking, hit, index) for hit in hits]
    made = [_of_one(asking, one, near, index) for one, near in zip(compared, _nearness(asking, compared, index), strict=True)]
    best_text = max(hit.text_score for hit in found.hits) or 1.0
    for place, (hit, signals) in enumerate(zip(hits, made, strict=True)):
        signals |= {
            "rank": float(place),
            "score": hit.score / (found.hits[0].score or 1.0),
            "text": hit.text_score / best_text,
            "margin": hit.cosine - mean_of_rest([one.cosine for one in apart(found.hits)]),
            "margin_across": hit.cross_cosine - mean_of_rest([one.cross_cosine for one in apart(found.hits)]),
        }
    for name in ("cosine", "across", "window", "sentence"):
        values = [signals[name] for signals in made]
        for place, signals in enumerate(made):
            others = [
                value for other, value in enumerate(values)
                if other != place and not _is_one_with(found.hits[place], found.hits[other])
            ]  # fmt: skip
            signals[f"{name}_lead"] = values[place] - max(others) if others else 0.3
    return made


def _asking(query: Query, index: PassageIndex) -> Asking:
    rarity = np.array([index.encoder.rarity(group.word) for group in query.groups], dtype=np.float32)
    weight = np.array([group.weight for group in query.groups], dtype=np.float32)
    return Asking(
        query=query,
        kind=kind_of(query.text),
        sort=sort_asked(query.text),
        counted=counted_in(query.text),
        rarity=rarity / _RAREST,
        share=rarity / rarity.sum(),
        weight=weight / (float(weight.sum()) or 1.0),
        words=index.word_vectors([group.word for group in query.groups]),
        whole=index.question_vector(query),
    )


def apart(hits: Sequence[Hit]) -> list[Hit]:
    """The passages of which none is told from another by being surer: rows of a table are one, as a price list has many alike.

    So is what the pages of a site say alike, as the address at the foot of each.
    """
    return [hit for place, hit in enumerate(hits) if not any(_is_one_with(hit, earlier) for earlier in hits[:place])]


def _is_one_with(hit: Hit, other: Hit) -> bool:
    one, two = hit.passage, other.passage
    is_row_beside = one.row is not None and two.row is not None and one.document_id == two.document_id
    return is_row_beside or one.text == two.text


def mean_of_rest(values: Sequence[float]) -> float:
    """How near a question is to the passages that come after the first ones."""
    rest = [*values[_REST]]
    rest += [_BACKGROUND] * (5 - len(rest))
    return sum(rest) / len(rest)


def _compared(asking: Asking, hit: Hit, index: PassageIndex) -> _Compared:
    heads, whole, each = index.matched(asking.query, asking.words, hit.passage)
    each = each.of(slice(_SENTENCES_READ))
    spoken = each.held(asking.share)
    return _Compared(
        hit=hit, spans=index.opened(hit.passage).spans[:_SENTENCES_READ], heads=heads, whole=whole.with_(heads), each=each,
        spoken=spoken, looked_at=np.sort(np.argsort(-spoken, kind="stable")[:_SENTENCES_COMPARED]),
    )  # fmt: skip


def _nearness(asking: Asking, compared: Sequence[_Compared], index: PassageIndex) -> Iterator[Floats]:
    """How near the sentences of each passage are to the question; 0 for those that are not looked at."""
    near = index.sentence_vectors([sentence for one in compared for sentence in one.sentences]) @ asking.whole
    for one, nearness in zip(compared, np.split(near, np.cumsum([len(one.looked_at) for one in compared])[:-1]), strict=True):
        every = np.zeros(len(one.spans), dtype=np.float32)
        every[one.looked_at] = nearness
        yield every


def _of_one(asking: Asking, compared: _Compared, near: Floats, index: PassageIndex) -> Signals:
    """The signals of one passage by itself."""
    hit, row, spans = compared.hit, compared.hit.passage, compared.spans
    heads, whole, each = compared.heads, compared.whole, compared.each
    best = int(np.argmax(compared.spoken + near))
    first, last = max(0, best - 1), min(len(spans) - 1, best + 1)
    window = each.of(slice(first, last + 1)).together().with_(heads)
    sentence = each.of(best).with_(heads)
    return (
        _of_words(asking, whole, window, sentence, heads)
        | _of_answer(asking, row.text[slice(*spans[best])], row.text[spans[first][0] : spans[last][1]], row.language)
        | _of_sort(asking, hit, spans, each.with_(heads).held(asking.share), index)
        | {
            "cosine": hit.cosine,
            "across": hit.cross_cosine,
            "coverage": float(whole.spelt @ asking.weight),
            "sentence": float(near.max()),
            "best_sentence": float(near[best]),
            "text_score": hit.text_score / _RAREST,
            "foreign": float(asking.query.foreign),
            "across_languages": float(asking.query.foreign or asking.query.language != row.language),
            "english": float(row.language == "en"),
            "unspaced": float(asking.query.language in {"zh", "ja", "ko"}),
            "named": named_missing(asking.query, hit),
            "length": math.log1p(len(row.text)) / 8,
            "sentences": math.log1p(len(spans)) / 4,
            "asked_length": math.log1p(len(asking.query.text)) / 8,
            "passages": math.log(len(index)) / 10,
            "is_row": float(row.row is not None),
        }
    )


def _of_words(asking: Asking, whole: Match, window: Match, sentence: Match, heads: Match) -> Signals:
    """How much of the question's words stands in the passage, in its best sentences and in its headings, and what is missing."""
    share, rarity = asking.share, asking.rarity
    missing, gone = np.sort(rarity * (1 - window.meant))[::-1], np.sort(rarity * (1 - whole.meant))[::-1]
    return {
        "whole": float(whole.meant @ share),
        "window": float(window.meant @ share),
        "in_sentence": float(sentence.meant @ share),
        "heads": float(heads.meant @ share),
        "whole_spelt": float(whole.spelt @ share),
        "window_spelt": float(window.spelt @ share),
        "sentence_spelt": float(sentence.spelt @ share),
        "heads_spelt": float(heads.spelt @ share),
        "whole_weighed": float(whole.meant @ asking.weight),
        "window_weighed": float(window.meant @ asking.weight),
        "whole_least": float(whole.meant.min()),
        "window_least": float(window.meant.min()),
        "missing": float(missing[0]),
        "missing_next": float(missing[1]) if len(missing) > 1 else 0.0,
        "gone": float(gone[0]),
        "gone_next": float(gone[1]) if len(gone) > 1 else 0.0,
        "whole_absent": float(share[whole.spelt < _HALF].sum()),
        "window_absent": float(share[window.spelt < _HALF].sum()),
        "whole_far": float(share[whole.meant < _HALF].sum()),
        "rarest_absent": float((rarity * (whole.spelt < _HALF)).max()),
        "heaviest_far": float((asking.weight * (whole.meant < _HALF)).max()),
        "words": math.log(len(share)),
        "rarity": float(rarity.sum()) / 4,
        "rarest": float(rarity.max()),
    }


def _of_answer(asking: Asking, sentence: str, window: str, language: str) -> Signals:
    """Whether what is asked for, a figure or a name, can stand in these sentences."""
    asked = {fold(word) for word in words(asking.query.text)}
    names = [name for name in _NAME.findall(sentence) if fold(name) not in asked and not sentence.startswith(name)]
    is_there, is_figure = has_figure(window, language), asking.kind == "figure"
    is_name = asking.kind in {"who", "where"}
    return {
        "figure": float(has_figure(sentence, language)),
        "window_figure": float(is_there),
        "names": min(3, len(names)) / 3,
        "figure_found": float(is_figure and is_there),
        "figure_missing": float(is_figure and not is_there),
        "name_found": float(is_name and bool(names)),
        "name_missing": float(is_name and not names),
        "sentence_length": math.log1p(len(sentence)) / 8,
        **{f"asks_{kind}": float(asking.kind == kind) for kind in KINDS},
    }


def _of_sort(asking: Asking, hit: Hit, spans: Sequence[tuple[int, int]], spoken: Floats, index: PassageIndex) -> Signals:
    """Whether what is asked for, a price or a span of time, stands in the sentence that speaks of it, in another, or in none.

    `spoken` is how much of the question's words each sentence holds together with the headings.
    """
    held = np.zeros(len(spoken), dtype=np.float32)
    if asking.sort:
        held[:] = [_held(asking, hit.passage.text[start:end], hit.passage.language, index) for start, end in spans]
    of_sort = spoken * held
    is_asked, is_count = float(bool(asking.sort)), float(asking.sort == "count")
    return {
        "sort_asked": is_asked,
        "sort_held": float(of_sort.max()),
        "sort_apart": is_asked * float(spoken.max() - of_sort.max()),
        "sort_missing": is_asked * float(1.0 - held.max()),
        "sort_there": float(held[int(spoken.argmax())]),
        "count_apart": is_count * float(spoken.max() - of_sort.max()),
        "price_apart": float(asking.sort == "price") * float(spoken.max() - of_sort.max()),
    }


def _held(asking: Asking, sentence: str, language: str, index: PassageIndex) -> float:
    """1 when a sentence holds something of the sort; of a count, how near the words after its numbers are to what is counted."""
    if asking.sort != "count":
        return float(holds(asking.sort, sentence, language))
    beside = list(dict.fromkeys(word.lower() for word in numbered(sentence, language)))[:_WORDS_COMPARED]
    if not asking.counted or not beside:
        return 0.0
    vectors = index.encoder.encode_words([asking.counted.lower(), *beside])
    return max(0.0, float((vectors[1:] @ vectors[0]).max()))


def named_missing(query: Query, hit: Hit) -> float:
    """1 when the question names something (a capital inside the sentence) that the passage does not; German has too many capitals."""  # noqa: E501
    if query.language == "de":
        return 0.0
    first = words(query.text)[:1]
    return float(any(word[:1].isupper() and word not in first for word in hit.missing))
