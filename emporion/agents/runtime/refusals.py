"""What a visitor reads where their message is refused before an answer: in their language, and about what they can do.

The errors themselves speak to owners and programs, in English, as everywhere. A visitor of the widget or of a demo can neither
buy a larger plan nor allow a domain, and may read no English: for them each error has a sentence of its own.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from babel import UnknownLocaleError
from babel.numbers import format_decimal
from django.utils.translation.trans_real import parse_accept_lang_header

from emporion.agents.runtime.errors import (
    AgentNotFound,
    AnswerInProgress,
    DemoOver,
    PlanLimitReached,
    QuestionEmpty,
    QuestionTooLong,
)
from emporion.agents.runtime.rules import LONGEST_QUESTION
from emporion.agents.runtime.sentences import code_of, language_of_visitor
from emporion.kernel.errors import DomainError, NotFound
from emporion.plumbing.errors import TooManyRequests

_ALWAYS = "en"
_TOLD_BY = 2_000  # so many signs of a message tell its language, however long it is


class Refusal(StrEnum):
    """A sentence of the table."""

    PLAN = "plan"
    PAUSED = "paused"
    DOMAIN = "domain"
    SIGN_IN = "sign_in"
    IDENTITY = "identity"
    ENDED = "ended"
    OFTEN = "often"
    LONG = "long"
    EMPTY = "empty"
    WRITING = "writing"
    DEMO_OVER = "demo_over"
    GONE = "gone"
    LOST = "lost"
    REFUSED = "refused"


Refusals = Mapping[type[DomainError], Refusal]
OF_ERRORS: Refusals = {
    PlanLimitReached: Refusal.PLAN,
    TooManyRequests: Refusal.OFTEN,
    QuestionTooLong: Refusal.LONG,
    QuestionEmpty: Refusal.EMPTY,
    AnswerInProgress: Refusal.WRITING,
    DemoOver: Refusal.DEMO_OVER,
    AgentNotFound: Refusal.GONE,
    NotFound: Refusal.LOST,
}
_TABLE: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("refusals.toml").read_text("utf-8"))


def told(error: DomainError, language: str, *, of_errors: Refusals = OF_ERRORS) -> str:
    """What a visitor is told of an error, in a language such as `fr` or `fr-CA`; in English where the table lacks it."""
    refusal = next((of_errors[kind] for kind in type(error).__mro__ if kind in of_errors), Refusal.REFUSED)
    code = code_of(language)
    words = _TABLE.get(code, _TABLE[_ALWAYS])
    return words[refusal].format(limit=_number(LONGEST_QUESTION, code if code in _TABLE else _ALWAYS))


def _number(number: int, language: str) -> str:
    try:
        return format_decimal(number, locale=language)
    except UnknownLocaleError:
        return str(number)


def accepted_language(header: str) -> str:
    """The first language of a header Accept-Language that the agent speaks; empty where it speaks none of them."""
    codes = (code_of(code) for code, _weight in parse_accept_lang_header(header.lower()))
    return next((code for code in codes if code in _TABLE), "")


def language_of(text: str, *, chosen: str = "", accepted: str = "") -> str:
    """The language of whoever wrote a text; where it tells none, the one `chosen` for them, else what their browser accepts.

    `accepted` is the header Accept-Language.
    """
    language = chosen or accepted_language(accepted) or _ALWAYS
    return language_of_visitor(text[:_TOLD_BY], persona=language) if text.strip() else language
