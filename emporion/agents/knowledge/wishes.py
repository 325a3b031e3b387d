"""Whether a message asks outright for a person, and what is said to that in its language.

"Can I speak to a person please?" is a wish. "Which person is responsible for refunds?" or "How do I reach the team?" is a
question that the documents may answer: every word of a wish is one that such wishes are made of, only its matter is free.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .courtesy import longest_opening, plain, small_talk_in
from .types import Standing


@dataclass(frozen=True, slots=True)
class _Words:
    roles: dict[str, frozenset[str]]
    said: frozenset[str]
    longest: int


_LONGEST_MESSAGE = 300
_ROLES = ("speak", "wish", "human", "team", "around", "about")
_PLEASE = re.compile(
    r"\b(?:please|pls|bitte|svp|por favor|per favore|alstublieft|alsjeblieft|lutfen|prosim|prosze|tack|tak|takk|venligst"
    r"|vennligst|kiitos|kerem|va rog|te rog)\b|בבקשה|אנא|कृपया"
)
_CLAUSE = re.compile(r"[^.!?;:,\n\u0964\u2026\u3001\u3002\uff01\uff0c\uff1f]+[.!?\u0964\u2026\u3002\uff01\uff1f]*")
_QUESTION_MARKS = ("?", "\uff1f")


def _words_of(listed: str) -> frozenset[str]:
    return frozenset(filter(None, map(plain, listed.split(","))))


def _read(language: dict[str, str]) -> _Words:
    by_role = {role: _words_of(language[role]) for role in _ROLES}
    every = frozenset().union(*by_role.values())
    roles = {word: frozenset(role for role in _ROLES if word in by_role[role]) for word in every}
    return _Words(roles=roles, said=_words_of(language["said"]), longest=max(map(len, every)))


_SAID = tomllib.loads(Path(__file__).with_name("wishes.toml").read_text("utf-8"))
_LANGUAGES = {language: _read(words) for language, words in _SAID.items()}


def wish_for_person_in(message: str) -> str | None:
    """The language in which a message asks for a person; None when it does not, or asks something else besides."""
    if len(message) > _LONGEST_MESSAGE:
        return None
    clauses = [clause for clause in _CLAUSE.findall(message) if plain(clause) and small_talk_in(clause) is None]
    wished = [_language_of(clause) for clause in clauses]
    besides = (clause for clause, language in zip(clauses, wished, strict=True) if language is None)
    if any(clause.endswith(_QUESTION_MARKS) for clause in besides):
        return None
    return next(filter(None, wished), None)


def reply_to_wish(language: str, standing: Standing) -> str:
    """What is said to who asks for a person."""
    return str(_SAID[language]["reply"][standing])


def _language_of(clause: str) -> str | None:
    text, is_question = plain(clause), clause.endswith(_QUESTION_MARKS)
    return next((name for name, words in _LANGUAGES.items() if text in words.said or _is_wish(text, words, is_question)), None)


def _is_wish(text: str, words: _Words, is_question: bool) -> bool:
    met: set[str] = set()
    for roles in _roles_in(text, words):
        if roles is None:
            return False
        if "about" in roles and _suffices(met):
            return True
        met |= roles
    wants = "wish" in met and "human" in met and (not is_question or bool(_PLEASE.search(text)))
    return _suffices(met) or wants


def _suffices(met: set[str]) -> bool:
    return "speak" in met and bool(met & {"human", "team"})


def _roles_in(text: str, words: _Words) -> Iterator[frozenset[str] | None]:
    """What each phrase of a text does in a wish; None for one that stands in no wish, with which it ends."""
    while text:
        phrase = longest_opening(text, words.roles, words.longest)
        yield words.roles[phrase] if phrase else None
        if not phrase:
            return
        text = text[len(phrase) :].lstrip()
