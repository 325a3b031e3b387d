"""Words that stand for each other, within a language and across them: what customers ask about, the days, months and countries.

Vectors put `Samstag` beside every other day and see nothing of opening hours in `fermez`; a short table does.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import sqrt

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .lexicon import fold, is_small_word, stem, words
from .meanings import is_name
from .word_table import shared_table

_SHORTEST_RESPELT = 5
_TYPO_SIMILARITY = 0.8
_KIN = 0.5  # so much of what two words mean makes them as good as one


def meanings_of(folded: str, languages: Iterable[str]) -> frozenset[str]:
    """What a folded word stands for in one of these languages; words that share a meaning stand for each other."""
    return frozenset(meaning for language in languages for meaning in _meanings(folded, language))


@lru_cache(maxsize=8192)
def _meanings(folded: str, language: str) -> tuple[str, ...]:
    return shared_table().meanings(stem(folded, language), language)


def language_of_words(text: str, *, default: str) -> str:
    """The language of a few words that hold no small word, as people type them into a box: the one whose table has most of them.

    `default` where it holds one of that language, or where two languages or none have them.
    """
    folded = [fold(word) for word in words(text)]
    if default and any(is_small_word(word, default) for word in folded):
        return default
    languages = shared_table().languages | {default}
    counted = {language: sum(bool(meanings_of(word, (language,))) for word in folded) for language in languages}
    most = max(counted.values())
    best = [language for language, count in counted.items() if count == most]
    return best[0] if len(best) == 1 else default


def is_common(meaning: str) -> bool:
    """True for what most customers ask about, in whatever language, and for days, months and countries."""
    return meaning in shared_table().common or is_name(meaning)


def is_loose(meaning: str) -> bool:
    """True for a meaning whose words are kinds of one thing, as dog and cat are: the one is near the other and not the same."""
    return meaning in shared_table().loose


def kinship(one: frozenset[str], other: frozenset[str], shared: str) -> float:
    """How much two words mean the same (0 to 1) by a meaning that they share: less where either has many that the other has not.

    A common meaning is nearly always meant, and so are days, months and countries.
    """
    if is_common(shared):
        return 1.0
    return min(1.0, len(one & other) / sqrt(len(one) * len(other)) / _KIN)


@lru_cache(maxsize=1024)
def respelt(folded: str, language: str) -> str:
    """The word of a language that a misspelt one was meant to be, as far as this table tells; else nothing."""
    if len(folded) < _SHORTEST_RESPELT:
        return ""
    near = process.extractOne(folded, _spelt(language), scorer=OSA.normalized_similarity, score_cutoff=_TYPO_SIMILARITY)
    return near[0] if near else ""


@lru_cache(maxsize=8)
def _spelt(language: str) -> list[str]:
    return shared_table().spelt(language)
