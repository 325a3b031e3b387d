"""Which months a text speaks of: those that it names, and those between the ends of its ranges of dates.

"1 June - 15 September" says what holds in July without the word. Months are told by their names of CLDR or by numbered dates.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from .lexicon import STOP_WORDS, fold, is_small_word, words
from .word_table import shared_table

Months = frozenset[int]

_YEAR = 12
_SHORTEST = 3  # letters of a month in short; fewer are numbers or words
_LONGEST_GAP = 40  # characters between the months of a range
_TO = (
    "[-–—~〜～]|to|until|till?|through|bis|au|à|al|alla|a|hasta|até|fino|tot|t/m|do|до|по|έως|ως|μέχρι|から|到|至|부터|ถึง|إلى|حتى"
)
_DAY = r"\d++(?:st|nd|rd|th|er|º|°|日|일|号)?"
_BESIDE = rf"(?:\s|[.,]|{_DAY}|\b(?:zum|the|end|of|ende|fine|il|de|del|di|al|el|le|o|mid|mitte))*"
_DOTTED = r"(\d{1,2})\.(\d{1,2})\.(?:\d{4}|\d\d)?(?!\d)"  # with its last point: 8.30 is a time
_SLASHED = r"(\d{1,2})/(\d{1,2})(?:/\d{2,4})?(?![\d/])"
_NUMBERED = tuple(
    re.compile(rf"(?<![\d.,:/]){date}\s*(?:{_TO})\s*(?:zum\s)?{date}", re.IGNORECASE) for date in (_DOTTED, _SLASHED)
)
_BETWEEN = re.compile(rf"{_BESIDE}(?:{_TO})(?!\w){_BESIDE}", re.IGNORECASE)


def months_of(text: str, language: str) -> Months:
    """The months that a text in a language names or lays between two dates."""
    named = (number for number, start, end in _mentions(text, language))
    return frozenset(named) | _within(text, language)


def implied(text: str, language: str) -> tuple[str, ...]:
    """The names of the months that lie between dates of a text and do not stand there."""
    within = _within(text, language)
    if not within:
        return ()
    stand_there = {number for number, _, _ in _mentions(text, language)}
    return tuple(_name(number, language) for number in sorted(within - stand_there))


def months_asked(question: str) -> tuple[Months, frozenset[str]]:
    """The months that a question in any language asks about, be it as a season, and the folded words by which it does."""
    said = {fold(word) for word in words(question)}
    told = {word: _asked_by()[word] for word in said & _asked_by().keys()}
    return frozenset().union(*told.values()), frozenset(told)


def _within(text: str, language: str) -> Months:
    """The months from one end of a range to the other, over the turn of the year where the first comes later."""
    found = [_from_to(one, other) for one, other in _numbered(text)]
    mentions = list(_mentions(text, language))
    for (one, _, end), (other, start, _) in pairwise(mentions):
        if start - end <= _LONGEST_GAP and _BETWEEN.fullmatch(text[end:start]):
            found.append(_from_to(one, other))
    return frozenset().union(*found)


def _from_to(first: int, last: int) -> Months:
    return frozenset((first - 1 + step) % _YEAR + 1 for step in range((last - first) % _YEAR + 1))


def _numbered(text: str) -> Iterator[tuple[int, int]]:
    """The months of the ends of ranges such as 1.6. – 15.9., or with the month first where it cannot be otherwise."""
    for match in (match for dates in _NUMBERED for match in dates.finditer(text)):
        day, month, other_day, other_month = map(int, match.groups())
        if month > _YEAR or other_month > _YEAR:
            month, other_month = day, other_day
        if 1 <= month <= _YEAR and 1 <= other_month <= _YEAR:
            yield month, other_month


def _mentions(text: str, language: str) -> Iterator[tuple[int, int, int]]:
    """Each month that is named, with where."""
    said, numbers = _names(language)
    for match in said.finditer(text):
        yield numbers[fold(match.group())], match.start(), match.end()


@lru_cache(maxsize=64)
def _names(language: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """An expression for the names of the months of a language, and their numbers by the folded name."""
    said = dict(_said(language))
    spelt = sorted(said, key=len, reverse=True)
    either = "|".join(map(re.escape, spelt)) or "(?!)"
    bounds = (r"(?<![^\W\d_])", r"(?![^\W\d_])") if all(name[0].isalpha() for name in spelt) and language != "th" else ("", "")
    return re.compile(f"{bounds[0]}(?:{either}){bounds[1]}", re.IGNORECASE), {fold(name): number for name, number in said.items()}


def _said(language: str, widths: Collection[str] = ("wide", "abbreviated")) -> Iterator[tuple[str, int]]:
    for width, number, name in shared_table().months.get(language, ()):
        if width in widths and (width == "wide" or (len(name.rstrip(".")) >= _SHORTEST and name[0].isalpha())):
            yield name.rstrip("."), number


def _name(number: int, language: str) -> str:
    return next((name for name, one in _said(language, ("wide",)) if one == number), "")


@lru_cache(maxsize=1)
def _asked_by() -> dict[str, Months]:
    """What months a folded word of any language asks about; small words such as the English may ask about none."""
    stored = tomllib.loads(Path(__file__).with_name("contacts.toml").read_text("utf-8"))["seasons"]
    asked = {
        fold(name): frozenset({number})
        for language in STOP_WORDS
        for name, number in _said(language, ("wide",))
        if not is_small_word(fold(name), language) and not is_small_word(fold(name), "en")
    }
    for first, said in stored.items():
        asked |= {fold(word): _from_to(int(first), int(first) % _YEAR + 2) for word in said.split()}
    return asked
