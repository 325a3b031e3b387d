"""The table of words that stand for each other, as it is stored, and the days, months and countries that CLDR names."""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

_COUNTRY = 2  # letters of its code; longer ones are of continents and regions
_DAY_IN_SHORT = {"ja": ("", "日"), "th": ("วัน", "")}  # what is left out of 月曜日 and of วันจันทร์


@lru_cache(maxsize=1)
def stored() -> tuple[dict[str, dict[str, str]], frozenset[str]]:
    """The words of each meaning by language, and the loose meanings."""
    read = tomllib.loads(Path(__file__).with_name("thesaurus.toml").read_text("utf-8"))
    loose = frozenset(read.pop("loose").split())
    return read, loose


def names(language: str) -> Iterator[tuple[str, str]]:
    """The days, months and countries of a language, each with what it is the name of."""
    try:
        locale = Locale(language)
    except UnknownLocaleError:
        return
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
