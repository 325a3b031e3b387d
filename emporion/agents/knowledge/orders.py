"""Orders to the agent: to leave its rules, to tell them, or to be somebody else (`orders.toml`).

They ask nothing that documents answer, so that a refusal names no place to whoever gives them.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .courtesy import plain


def is_order_in(message: str) -> bool:
    """Whether a message, or a sentence of it, tells the agent to leave its rules, to tell them, or to be somebody else.

    “Can I ignore the instructions on the label?” is a question: an order begins its sentence, and is about the agent's own.
    """
    parts = (plain(part) for marks in (_SENTENCE, _CLAUSE) for part in marks.split(message[:_LONGEST_ORDER]))
    return any(_is_order(part, words) for part in dict.fromkeys(parts) if part for words in _ORDERS)


_LONGEST_ORDER = 2000
_SENTENCE = re.compile(r"[.!?;:\n\u0964\u2026\u3002\uff01\uff1f\uff1b\uff1a]+")
_CLAUSE = re.compile(r"[.!?;:,\n\u0964\u2013\u2014\u2026\u3001\u3002\uff01\uff0c\uff1f\uff1b\uff1a]+")
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


def _orders_of(*, anywhere: bool = False, **said: list[str]) -> _Orders:
    phrases: dict[str, dict[str, list[str]]] = {role: {} for role in _ROLES}
    for role, listed in said.items():
        for phrase in sorted(map(plain, listed), key=len, reverse=True):
            phrases[role].setdefault(phrase.partition(" ")[0], []).append(phrase)
    return _Orders(anywhere=anywhere, phrases=phrases)


_TABLE = tomllib.loads(Path(__file__).with_name("orders.toml").read_text("utf-8"))
_ORDERS = tuple(_orders_of(**language) for language in _TABLE.values())


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
