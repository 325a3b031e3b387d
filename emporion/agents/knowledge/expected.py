"""What sort of thing a question asks for and whether a text holds one: a price, a span of time, a moment, a weight or a count.

"How much is a litre of diesel?" has a counterpart for every word in "The fuel berth sells diesel and petrol from 8 am": what is
missing is the price. The expressions are those of `expected.toml`, by sort and language.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from . import lexicon

SORTS = ("price", "often", "span", "moment", "weight", "telephone", "address")
_UNSPACED = frozenset({"ja", "zh", "ko", "th", "any"})  # no words' ends are to be looked for
_NOTHING = "(?!)"
_LONGEST = 1000  # characters that are looked through; a sentence that is longer is a table or no sentence
_WORDS_AFTER = 3  # between a number and what it counts
_WORD = re.compile(r"[^\W\d_][\w\u0900-\u0963'’-]*")


@lru_cache(maxsize=1)
def _stored() -> dict[str, dict[str, dict[str, str]]]:
    stored: dict[str, dict[str, dict[str, str]]] = tomllib.loads(Path(__file__).with_name("expected.toml").read_text("utf-8"))
    return stored


@lru_cache(maxsize=256)
def _expression(sort: str, role: str, language: str) -> re.Pattern[str]:
    """What is said in a language and in all of them; a language of which nothing is known may be any."""
    said = _either(_stored()[sort][role], language)
    for name, words in _stored()["words"].items():
        said = _either(words, language).join(re.split(rf"\b{name.upper()}\b", said))
    return re.compile(said, re.IGNORECASE)


def _either(by_language: dict[str, str], language: str) -> str:
    """One expression for several; where words are parted by spaces each begins and ends with one."""
    chosen = {"any", language} if language in _stored()["price"]["asked"] else by_language
    said = [f"(?:{one})" if name in _UNSPACED else rf"\b(?:{one})(?!\w)" for name, one in by_language.items() if name in chosen]
    return f"(?:{'|'.join(said) or _NOTHING})"


@lru_cache(maxsize=256)
def sort_asked(question: str) -> str:
    """The sort of thing that a question asks for: one of SORTS, "count", or nothing that can be told."""
    return next((sort for sort in ("count", *SORTS) if _expression(sort, "asked", "").search(question)), "")


def words_of_sort(question: str) -> frozenset[str]:
    """The folded words by which a question says what sort of thing it asks for, as "how long" does."""
    sort = sort_asked(question)
    match = _expression(sort, "asked", "").search(question) if sort else None
    return frozenset(map(lexicon.fold, lexicon.words(match.group()))) if match else frozenset()


def holds(sort: str, text: str, language: str = "") -> bool:
    """Whether a text, in a language if that is known, holds something of a sort."""
    return _expression(sort, "held", language).search(text[:_LONGEST]) is not None


def has_figure(text: str, language: str = "") -> bool:
    """Whether a text holds a number, in digits or in words."""
    return holds("figure", text, language)


def is_measure(word: str, languages: Iterable[str]) -> bool:
    """Whether a word is a number, "half" or a span of time in one of some languages."""
    return any(_expression("measure", "said", language).fullmatch(word) for language in languages)


def is_unit(word: str, languages: Iterable[str]) -> bool:
    """Whether a word is a unit of time in one of some languages."""
    return any(_expression("measure", "unit", language).fullmatch(word) for language in languages)


def counted_in(question: str) -> str:
    """What a question asks the number of: the word after "how many"; nothing where it asks for no count."""
    match = _expression("count", "asked", "").search(question)
    word = _WORD.search(question, match.end()) if match else None
    return word.group() if word else ""


def numbered(text: str, language: str = "") -> Iterator[str]:
    """The words that follow the numbers of a text and so may be what those count."""
    for match in _expression("count", "held", language).finditer(text[:_LONGEST]):
        yield from (word.group() for word, _ in zip(_WORD.finditer(text, match.end()), range(_WORDS_AFTER), strict=False))
