"""Small talk: a greeting, a thank-you, a goodbye or "who are you?" gets a short reply in its own language, without a source.

A message counts only when nothing else stands in it; "Hi, what does shipping cost?" is a question.
"""

import re
import tomllib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from .lexicon import fold


class Courtesy(IntEnum):
    """What somebody says when they ask nothing; of several in one message the highest is replied to."""

    NOD = 0
    GREETING = 1
    THANKS = 2
    FAREWELL = 3
    ABOUT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTalk:
    """A message that asks nothing, and the language that it is in."""

    kind: Courtesy
    language: str


_LONGEST_MESSAGE = 120
_APOSTROPHE = re.compile(r"['\u2019]")
_BETWEEN = re.compile(r"[\W_]+")
_UNSPACED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")  # Korean stands here taken apart, as folding leaves it


def plain(text: str) -> str:
    """A text as phrases are compared: folded, without marks."""
    return _BETWEEN.sub(" ", fold(_APOSTROPHE.sub("", text))).strip()


_TALK = tomllib.loads(Path(__file__).with_name("small_talk.toml").read_text("utf-8"))
_PHRASES = {
    plain(phrase): SmallTalk(kind=Courtesy[kind.upper()], language=language)
    for language, kinds in reversed(_TALK.items())
    for kind, one in kinds.items()
    for phrase in one["said"]
}
_LONGEST = max(map(len, _PHRASES))


def small_talk_in(message: str) -> SmallTalk | None:
    """What a message says that asks nothing; None as soon as anything else stands in it."""
    if len(message) > _LONGEST_MESSAGE:
        return None
    said = _taken_apart(plain(message))
    best = max(said, key=lambda one: one.kind, default=None)
    return best if best is None or best.kind is not Courtesy.NOD or len(said) == 1 else said[0]


def _taken_apart(text: str) -> list[SmallTalk]:
    """What the phrases say that a text is made of, the longest first that leaves nothing over; nothing where anything is left.

    Read from the end, because the longest opening may lead nowhere: “danke sehr” does in “danke, sehr freundlich”.
    """
    if not longest_opening(text, _PHRASES, _LONGEST):
        return []
    said: dict[int, list[SmallTalk]] = {len(text): []}
    for start in reversed(range(len(text))):
        for phrase in _openings(text[start:], _PHRASES, _LONGEST):
            after = start + len(phrase)
            after += text[after : after + 1] == " "
            if after in said:
                said[start] = [_PHRASES[phrase], *said[after]]
                break
    return said.get(0, [])


def reply_to(talk: SmallTalk) -> str:
    """The short reply, in the language of the message."""
    return str(_TALK[talk.language][talk.kind.name.lower()]["reply"])


def longest_opening(text: str, phrases: Container[str], longest: int) -> str:
    """The longest of the phrases, of `longest` letters at most, that a text begins with; none may end within a word."""
    return next(_openings(text, phrases, longest), "")


def _openings(text: str, phrases: Container[str], longest: int) -> Iterator[str]:
    for length in range(min(longest, len(text)), 0, -1):
        phrase = text[:length]
        if phrase in phrases and (length == len(text) or text[length] == " " or _UNSPACED.match(phrase)):
            yield phrase


def is_order_in(message: str) -> bool:
    """Whether a message, or a sentence of it, tells the agent to leave its rules, to tell them, or to be somebody else.

    “Can I ignore the instructions on the label?” is a question: an order begins its sentence, and is about the agent's own.
    """
    parts = (plain(part) for marks in (_SENTENCE, _CLAUSE) for part in marks.split(message[:_LONGEST_ORDER]))
    return any(_is_order(part, words) for part in dict.fromkeys(parts) if part for words in _ORDERS)


_LONGEST_ORDER = 2000
_SENTENCE = re.compile(r"[.!?;:\n\u2026\u3002\uff01\uff1f\uff1b\uff1a]+")
_CLAUSE = re.compile(r"[.!?;:,\n\u2013\u2014\u2026\u3001\u3002\uff01\uff0c\uff1f\uff1b\uff1a]+")
_ROLES = ("before", "away", "your", "every", "between", "rules", "whole", "show", "inner", "role")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orders:
    """The phrases of a language by role and first word, the longest first; `anywhere` where their order is free."""

    anywhere: bool
    phrases: dict[str, dict[str, list[str]]]

    def after(self, role: str, text: str) -> str | None:
        """What follows the phrase of a role that a text begins with; None where it begins with none."""
        for phrase in self.phrases[role].get(text.partition(" ")[0], ()):
            if text == phrase or text.startswith(f"{phrase} "):
                return text[len(phrase) + 1 :]
        return None

    def has(self, role: str, text: str) -> bool:
        """Whether a phrase of a role stands anywhere in a text."""
        return any(phrase in text for phrases in self.phrases[role].values() for phrase in phrases)


def _orders_of(language: dict[str, str | bool]) -> _Orders:
    phrases: dict[str, dict[str, list[str]]] = {role: {} for role in _ROLES}
    for role in _ROLES:
        listed = filter(None, map(plain, str(language.get(role, "")).split(",")))
        for phrase in sorted(listed, key=len, reverse=True):
            phrases[role].setdefault(phrase.partition(" ")[0], []).append(phrase)
    return _Orders(anywhere=bool(language.get("anywhere")), phrases=phrases)


_ORDERS = tuple(map(_orders_of, tomllib.loads(Path(__file__).with_name("orders.toml").read_text("utf-8")).values()))


def _is_order(sentence: str, words: _Orders) -> bool:
    if words.anywhere:
        return _stands_in(sentence, words)
    starts = [sentence]
    for word in _WORD.finditer(sentence):
        rest = words.after("before", sentence[word.start() :])
        starts += [rest] if rest else []
    return any(_begins_as_order(start, words) for start in starts)


def _begins_as_order(text: str, words: _Orders) -> bool:
    if words.after("role", text) is not None:
        return True
    away, show = words.after("away", text), words.after("show", text)
    if away and (words.after("whole", away) is not None or _is_own(away, "rules", ("your", "every"), words)):
        return True
    return bool(show) and _is_own(show or "", "inner", ("your",), words)


def _is_own(text: str, role: str, owners: tuple[str, ...], words: _Orders) -> bool:
    """Whether a text begins with words that say whose, one of them of `owners`, and goes on with a phrase of the role."""
    is_owned = False
    rest: str | None = text
    while rest:
        if is_owned and words.after(role, rest) is not None:
            return True
        is_owned = is_owned or any(words.after(owner, rest) is not None for owner in owners)
        rest = next((left for kind in ("your", "every", "between") if (left := words.after(kind, rest)) is not None), None)
    return False


def _stands_in(sentence: str, words: _Orders) -> bool:
    is_own = words.has("your", sentence)
    is_away = words.has("away", sentence) and (
        words.has("whole", sentence) or ((is_own or words.has("every", sentence)) and words.has("rules", sentence))
    )
    return is_away or words.has("role", sentence) or (is_own and words.has("show", sentence) and words.has("inner", sentence))
