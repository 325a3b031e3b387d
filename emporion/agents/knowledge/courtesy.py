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
_BETWEEN = re.compile(r"[^\w\u0900-\u0963]+|_+")  # the vowels of Hindi are none of Python's \w
# Korean stands here taken apart, as folding leaves it.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")


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
