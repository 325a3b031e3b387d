"""Words that stand for each other, within a language and across them: what customers ask about, the days, months and countries.

Vectors put `Samstag` beside every other day and see nothing of opening hours in `fermez`; a short table does.
"""

from collections.abc import Iterable
from functools import lru_cache
from math import sqrt

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .lexicon import fold, is_small_word, stem, words
from .meanings import names, stored

# Tens of thousands of words are looked at once, for the tables: what has to be remembered are those that people write.
_fold, _stem, _words = fold.__wrapped__, stem.__wrapped__, words.__wrapped__
_SHORTEST_RESPELT = 5
_TYPO_SIMILARITY = 0.8
_KIN = 0.5  # so much of what two words mean makes them as good as one
_NAMED = ("day ", "month ", "country ")


def meanings_of(folded: str, languages: Iterable[str]) -> frozenset[str]:
    """What a folded word stands for in one of these languages; words that share a meaning stand for each other."""
    found = (_table(language).get(stem(folded, language), ()) for language in languages)
    return frozenset().union(*found)


def language_of_words(text: str, *, default: str) -> str:
    """The language of a few words that hold no small word, as people type them into a box: the one whose table has most of them.

    `default` where it holds one of that language, or where two languages or none have them.
    """
    folded = [fold(word) for word in words(text)]
    if default and any(is_small_word(word, default) for word in folded):
        return default
    languages = frozenset().union(*stored().said.values())
    counted = {language: sum(bool(meanings_of(word, (language,))) for word in folded) for language in languages | {default}}
    most = max(counted.values())
    best = [language for language, count in counted.items() if count == most]
    return best[0] if len(best) == 1 else default


def is_name(meaning: str) -> bool:
    """True for a day, month or country: another one, however like it, is not the one that is asked for."""
    return meaning.startswith(_NAMED)


def is_common(meaning: str) -> bool:
    """True for what most customers ask about, in whatever language, and for days, months and countries."""
    return meaning in stored().common or is_name(meaning)


def is_loose(meaning: str) -> bool:
    """True for a meaning whose words are kinds of one thing, as dog and cat are: the one is near the other and not the same."""
    return meaning in stored().loose


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


@lru_cache(maxsize=32)
def _table(language: str) -> dict[str, tuple[str, ...]]:
    """The meanings of the stems of a language; tuples, which hold them in a third of the memory that sets take."""
    table: dict[str, set[str]] = {}
    for name, folded in _entries(language):
        table.setdefault(_stem(folded, language), set()).add(name)
    kept: dict[tuple[str, ...], tuple[str, ...]] = {}  # most words mean what others mean, and share it
    meant = ((word, tuple(sorted(_meant(names)))) for word, names in table.items())
    return {word: kept.setdefault(every, every) for word, every in meant}


def _meant(meanings: set[str]) -> set[str]:
    """What a word means of these: the name of a day, month or country nothing besides but what is common."""
    if not any(map(is_name, meanings)):
        return meanings
    return {meaning for meaning in meanings if is_name(meaning) or meaning in stored().common}


@lru_cache(maxsize=32)
def _spelt(language: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for _, folded in _entries(language)))


def _entries(language: str) -> Iterable[tuple[str, str]]:
    """Each meaning with each folded word that has it in a language."""
    listed = ((name, word) for name, said in stored().said.items() for word in _words(said.get(language, "")))
    named = ((name, said) for name, said in names(language) if not name.startswith("country ") or len(_words(said)) == 1)
    for name, word in (*listed, *named):
        if not is_small_word(folded := _fold(word), language):
            yield name, folded
