"""What everybody asks a firm first: its telephone number, its e-mail address, where it is, when it is open, how to reach it.

"Phone number?" shares no word with "Tel. 053 555 0142", and every passage of a shop comes near "How can I contact you?". What
answers is told by its form, and of several places the one is quoted that tells most of such things together.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from .asking import kind_of
from .chunking import sentence_spans
from .expected import sort_asked
from .lexicon import STOP_WORDS, fold, words
from .periods import months_asked
from .thesaurus import meanings_of
from .types import PassageRow


class Fact(StrEnum):
    """Something that is asked of every firm; what is asked for by several words is the first of these."""

    TELEPHONE = "telephone"
    EMAIL = "email"
    HOURS = "hours"
    PLACE = "place"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A passage that tells something of the kind: which facts, in which sentences, and whether its headings speak of them."""

    place: int
    spans: Mapping[Fact, tuple[tuple[int, int], ...]]
    named: Mapping[Fact, int]  # sentences that call the fact by its name
    headed: frozenset[Fact]
    days: tuple[tuple[int, int], ...]  # sentences about days of the week or about opening, with hours or with "closed"

    def tells(self, fact: Fact) -> bool:
        """False for hours of which nothing says that they are opening hours, unless they are those of several days."""
        return fact is not Fact.HOURS or fact in self.headed or self.named[fact] > 0 or len(self.spans[fact]) >= _SEVERAL_DAYS

    def worth(self, fact: Fact) -> float:
        """How well it answers a bare question for a fact: named beats unnamed, a heading about it beats both."""
        together = sum(bool(self.spans[one]) for one in Fact)
        return together + 1.5 * (fact in self.headed) + bool(self.named[fact]) + 0.1 * min(7, len(self.spans[fact]))


_LONGEST_QUESTION = 90
_MOST_WORDS = 12
_FEWEST_DIGITS = 7
_SEVERAL_DAYS = 2
_LONGEST_SENTENCE = 600
_READ = 40  # sentences of a passage
_TELLING = re.compile(r"[@\d]")
_CELLS = re.compile(r":\s.*[;\n].*:\s")  # of a row, where opening and closing may be columns of their own
_CLOCK = re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-4])[:.h][0-5]\d(?![\d.:])")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


def facts_asked(question: str, spoken_of: Callable[[str], bool] = bool) -> tuple[Fact, ...]:
    """The facts that a question asks for and nothing besides: "Your phone number, please?", not that of somebody.

    "Where is the museum?" asks nothing besides where the documents speak of one, as `spoken_of` tells of a folded word. Hours are
    told of many parts of a firm, and then by what is asked for. Months and seasons may be asked about besides hours.
    """
    said = {fold(word) for word in words(question)} if len(question) <= _LONGEST_QUESTION else set()
    if not said or len(said) > _MOST_WORDS:
        return ()
    months = months_asked(question)[1]
    facts = _facts_in(question, said - months, spoken_of)
    return facts if not months or facts == (Fact.HOURS,) else ()


def _facts_in(question: str, said: set[str], spoken_of: Callable[[str], bool]) -> tuple[Fact, ...]:
    rest = said - _small() - _names()["besides"]
    if not rest:
        return (Fact.PLACE,) if kind_of(question) == "where" else (Fact.HOURS,) if sort_asked(question) == "moment" else ()
    elsewhere = {word for word in rest if word not in _names()["premises"] or not spoken_of(word)}
    if elsewhere <= _names()[Fact.PLACE] and (elsewhere or kind_of(question) == "where"):
        return (Fact.PLACE,)
    if not rest <= frozenset().union(*(_names()[fact] for fact in Fact)):
        return ()
    asked = tuple(fact for fact in Fact if rest & _names()[fact])
    is_mail = Fact.EMAIL in asked and rest & _names()[Fact.PLACE] == rest & _names()["address"]
    return tuple(fact for fact in asked if len(asked) == 1 or (fact is not Fact.CONTACT and not (is_mail and fact is Fact.PLACE)))


def told_in(rows: Sequence[PassageRow]) -> tuple[Told, ...]:
    """The passages that tell such facts, in their order."""
    found = (_told(place, row) for place, row in enumerate(rows))
    return tuple(one for one in found if one is not None)


def names_days(text: str, language: str) -> bool:
    """Whether a row of a table is about days of the week or about opening, also where it says "closed" and no hours."""
    return _names_days({fold(word) for word in words(text)}, language)


def best_told(fact: Fact, told: Iterable[Told]) -> Told | None:
    """The passage that answers a bare question for a fact."""
    fitting = [one for one in told if one.spans[fact] and one.tells(fact)]
    return max(fitting, key=lambda one: (one.worth(fact), -one.place), default=None)


def _told(place: int, row: PassageRow) -> Told | None:
    if not _TELLING.search(row.text):
        return None
    heads = {fold(word) for word in words(" ".join((row.document_title, *row.heading_path)))}
    spans: dict[Fact, list[tuple[int, int]]] = {fact: [] for fact in Fact}
    named = dict.fromkeys(Fact, 0)
    days: list[tuple[int, int]] = []
    for start, end in (sentence_spans(row.text) if row.row is None else [(0, len(row.text))])[:_READ]:
        sentence = row.text[start:end][:_LONGEST_SENTENCE]
        said = {fold(word) for word in words(sentence)}
        if _names_days(said, row.language):
            days.append((start, end))
        for fact in _held(sentence, said, row.language):
            spans[fact].append((start, end))
            named[fact] += bool(said & _names()[fact])
    spans[Fact.CONTACT] = sorted({*spans[Fact.TELEPHONE], *spans[Fact.EMAIL]})
    if not any(spans.values()):
        return None
    headed = frozenset(fact for fact in Fact if heads & (_names()[fact] | _heading_names(fact)))
    told = {fact: tuple(one) for fact, one in spans.items()}
    return Told(place=place, spans=told, named=named, headed=headed, days=tuple(days))


def _heading_names(fact: Fact) -> frozenset[str]:
    """What else a heading about a fact may say; under "Contact" the hours are those of the telephone."""
    return frozenset() if fact is Fact.HOURS else _names()[Fact.CONTACT]


def _held(sentence: str, said: set[str], language: str) -> Iterator[Fact]:
    """The facts that a sentence tells."""
    if not _TELLING.search(sentence):
        return
    if said & _names()[Fact.TELEPHONE] and any(map(_is_number, _form(Fact.TELEPHONE).findall(_DATE.sub(" ", sentence)))):
        yield Fact.TELEPHONE
    if _form(Fact.EMAIL).search(sentence):
        yield Fact.EMAIL
    if _form(Fact.PLACE).search(sentence):
        yield Fact.PLACE
    is_hours = _form(Fact.HOURS).search(sentence) or (_CELLS.search(sentence) and len(_CLOCK.findall(sentence)) > 1)
    if is_hours and _names_days(said, language):
        yield Fact.HOURS


def _is_number(digits: str) -> bool:
    return sum(letter.isdigit() for letter in digits) >= _FEWEST_DIGITS


def _names_days(said: set[str], language: str) -> bool:
    """Whether words name days of the week or speak of opening."""
    if said & (_names()[Fact.HOURS] | _names()["days"]):
        return True
    return any(meaning.startswith("day ") for word in said for meaning in meanings_of(word, (language,)))


@lru_cache(maxsize=8)
def _form(fact: Fact) -> re.Pattern[str]:
    return re.compile(_stored()["held"][fact])


@lru_cache(maxsize=1)
def _names() -> dict[str, frozenset[str]]:
    return {name: frozenset(fold(word) for word in said.split()) for name, said in _stored()["words"].items()}


@lru_cache(maxsize=1)
def _small() -> frozenset[str]:
    """The small words of every language: of a few words nobody can tell which it is."""
    return frozenset(fold(word) for said in STOP_WORDS.values() for word in said) | set("abcdefghijklmnopqrstuvwxyz")


@lru_cache(maxsize=1)
def _stored() -> dict[str, dict[str, str]]:
    stored: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("contacts.toml").read_text("utf-8"))
    return stored
