"""The table of words that stand for each other, as it is stored, and the days, months and countries that CLDR names."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel import Locale

FOLDER = Path(__file__).with_name("synonyms")
_NAMED = ("day ", "month ", "country ")
_COUNTRY = 2  # letters of its code; longer ones are of continents and regions
_DAY_IN_SHORT = {"ja": ("", "日"), "th": ("วัน", "")}  # what is left out of 月曜日 and of วันจันทร์


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """The words of each meaning by language.

    The words of a loose meaning are kinds of one thing, and near each other rather than the same. What is common stands in all
    languages and is what most customers ask about; of the others a word may have many.
    """

    said: dict[str, dict[str, str]]
    loose: frozenset[str]
    common: frozenset[str]

    @property
    def languages(self) -> frozenset[str]:
        """Those of the common meanings."""
        return frozenset().union(*(self.said[name] for name in self.common))


def read() -> Meanings:
    """What the files say. A later one adds words to a meaning of an earlier one; `common.toml` is the first."""
    said: dict[str, dict[str, str]] = {}
    loose: set[str] = set()
    for path in sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "common", path.stem)):
        read = tomllib.loads(path.read_text("utf-8"))
        loose.update(set(read.pop("loose").split()) - said.keys())
        for name, by_language in read.items():
            of = said.setdefault(name, {})
            of.update({language: f"{of.get(language, '')} {listed}".strip() for language, listed in by_language.items()})
    return Meanings(said=said, loose=frozenset(loose), common=frozenset(common_words()))


@lru_cache(maxsize=1)
def common_words() -> dict[str, dict[str, str]]:
    """The words of each common meaning by language."""
    stored: dict[str, dict[str, str]] = tomllib.loads((FOLDER / "common.toml").read_text("utf-8"))
    return {name: said for name, said in stored.items() if name != "loose"}


def is_name(meaning: str) -> bool:
    """True for a day, month or country: another one, however like it, is not the one that is asked for."""
    return meaning.startswith(_NAMED)


def months(language: str) -> Iterator[tuple[str, int, str]]:
    """The months of a language, "wide" and "abbreviated": each width, number and name."""
    locale = Locale(language)
    for form in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from ((width, number, name) for number, name in locale.months[form].get(width, {}).items())


def names(language: str) -> Iterator[tuple[str, str]]:
    """The days, months and countries of a language, each with what it is the name of."""
    locale = Locale(language)
    for kind, by_number in (("day", locale.days), ("month", locale.months)):
        for form in ("format", "stand-alone"):
            for number, said in by_number[form]["wide"].items():
                yield f"{kind} {number}", said
    for number, said in locale.days["format"]["wide"].items():
        for short in _in_short(said, language, locale.days["format"]["abbreviated"][number]):
            yield f"day {number}", short
    for code, said in locale.territories.items():
        if len(code) == _COUNTRY:
            yield f"country {code}", said


def _in_short(said: str, language: str, abbreviated: str) -> Iterator[str]:
    """The names of a day that people write where those of CLDR are long: 周一, 月曜, จันทร์."""
    if language == "zh":
        yield abbreviated
    if language in _DAY_IN_SHORT:
        before, after = _DAY_IN_SHORT[language]
        yield said.removeprefix(before).removesuffix(after)
