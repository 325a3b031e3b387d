"""Cuts writing that puts no spaces between words: known words whole, and what stands between them into overlapping pairs.

The known words are those of the thesaurus and of `contacts.toml` and the small words of `unspaced.toml`. Pairs alone see nothing
of 开门 in 营业时间 and count those of "is it that" and "may I" among what a question asks for.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

from .meanings import common_words, names

HANGUL = "\uac00-\ud7af"
HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # of Chinese and Japanese, with the kana
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"

_LEFT_OVER = 1.2  # what a letter costs that belongs to no known word, where a known word costs 1
_KANA = re.compile(r"[\u3040-\u30ff]")
_WRITTEN = {"ko": re.compile(rf"[{HANGUL}]+"), "th": re.compile(rf"[{THAI}]+")}
_HAN_WRITTEN = re.compile(rf"[{HAN}]+")
_JAPANESE_PARTS = re.compile(r"[\u30a1-\u30ff]+|[\u3040-\u309f]+|[^\u3040-\u30ff]+")
_THAI_PARTS = re.compile(r"[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[\u0e30\u0e32\u0e33\u0e45]?")
_THAI_INSIDE = re.compile(r"[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]")  # does not begin a word
_THAI_BEFORE = re.compile(r"[\u0e40-\u0e44]")  # does not end one
_SHORTEST_KANA = 3  # fewer hiragana between words are particles and endings
_SHORTEST_STEM = 2


def words_of(run: str, *, is_japanese: bool) -> Iterator[str]:
    """The words of a run of letters without spaces; `is_japanese` where kana stand in the text that it is of."""
    if _WRITTEN["ko"].match(run):
        yield from _cut(run, "ko")
    elif _WRITTEN["th"].match(run):
        yield from _cut(run, "th")
    else:
        yield from _cut(run, "ja" if is_japanese else "zh ja")


def has_kana(text: str) -> bool:
    """Whether a text is written as only Japanese is."""
    return _KANA.search(text) is not None


@lru_cache(maxsize=1)
def small_words() -> dict[str, frozenset[str]]:
    """The small words of each language that is written so."""
    read: dict[str, str] = tomllib.loads(Path(__file__).with_name("unspaced.toml").read_text("utf-8"))
    return {language: frozenset(said.split()) for language, said in read.items()}


def _cut(run: str, languages: str) -> Iterator[str]:
    """Known words and the pairs between them, in their order."""
    rest = 0
    for start, end in _known_in(run, languages):
        yield from _pairs(run[rest:start], languages)
        yield run[start:end]
        rest = end
    yield from _pairs(run[rest:], languages)


def _known_in(run: str, languages: str) -> list[tuple[int, int]]:
    """Where the known words stand that leave the fewest letters over and are the fewest."""
    known = _known(languages)
    cost = [0.0] * (len(run) + 1)
    step = [0] * (len(run) + 1)
    for start in reversed(range(len(run))):
        cost[start], step[start] = _LEFT_OVER + cost[start + 1], 0
        for word in known.get(run[start], ()):
            end = start + len(word)
            if run.startswith(word, start) and 1 + cost[end] <= cost[start] and _may_stand(run, start, end, languages):
                cost[start], step[start] = 1 + cost[end], end
    found, place = [], 0
    while place < len(run):
        if step[place]:
            found.append((place, step[place]))
        place = step[place] or place + 1
    return found


def _may_stand(run: str, start: int, end: int, languages: str) -> bool:
    """False where a Thai word would begin or end within a syllable, and for a Korean particle that ends no word."""
    if languages == "ko":
        return end - start > 1 or end == len(run)
    if languages != "th":
        return True
    return not (_THAI_INSIDE.match(run, start) or _THAI_INSIDE.match(run, end) or _THAI_BEFORE.match(run, end - 1))


def _pairs(rest: str, languages: str) -> Iterator[str]:
    if not rest:
        return
    if languages == "th":
        yield from _overlapping(_THAI_PARTS.findall(rest))
    elif languages == "ko":
        yield from _overlapping(_without_ending(rest))
    else:
        for part in _JAPANESE_PARTS.findall(rest):
            if "\u30a1" <= part[0] <= "\u30ff":  # a word from abroad is written in katakana, whole
                yield part
            elif part[0] > "\u30ff" or len(part) >= _SHORTEST_KANA:
                yield from _overlapping(part)


def _overlapping(parts: str | list[str]) -> Iterator[str]:
    if len(parts) == 1:
        yield parts[0]
    yield from (one + other for one, other in pairwise(parts))


def _without_ending(word: str) -> str:
    """A Korean word without the particle that ends it."""
    small = small_words()["ko"]
    ending = next((word[place:] for place in range(_SHORTEST_STEM, len(word)) if word[place:] in small), "")
    return word.removesuffix(ending)


@lru_cache(maxsize=8)
def _known(languages: str) -> dict[str, tuple[str, ...]]:
    """The words of some languages that are looked for within a run, by their first letter, the shortest first."""
    found: set[str] = set()
    for language in languages.split():
        written = _WRITTEN.get(language, _HAN_WRITTEN)
        listed = (word for said in common_words().values() for word in said.get(language, "").split())
        named = (name for _, name in names(language))
        every = (*listed, *named, *_facts(), *small_words()[language])
        found.update(word for word in every if written.fullmatch(word))
    ordered = sorted(found, key=lambda word: (word[0], len(word), word))
    return {first: tuple(words) for first, words in groupby(ordered, key=itemgetter(0))}


@lru_cache(maxsize=1)
def _facts() -> tuple[str, ...]:
    """The words by which everybody asks a firm for its telephone, its hours and the like, of all languages."""
    read: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("contacts.toml").read_text("utf-8"))
    return tuple(word for said in read["words"].values() for word in said.split())
