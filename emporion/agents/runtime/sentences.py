"""What an agent says of its own accord, in the visitor's language: refusals, a greeting, that a person comes.

The interface speaks by gettext, in the language of its page. These are the agent's words: they stand in the conversation on every
channel and follow who talks with it. What an owner wrote is said as they wrote it.
"""

import tomllib
from enum import StrEnum
from pathlib import Path

_ALWAYS = "en"


class Sentence(StrEnum):
    """A sentence of the table."""

    NOTHING = "nothing"
    UNANSWERED = "unanswered"
    CLOSEST = "closest"
    AWAY = "away"
    AVOIDED = "avoided"
    WITHHELD = "withheld"
    FAILED = "failed"
    AGAIN = "again"
    WELCOME = "welcome"
    HANDOVER = "handover"
    WAITING = "waiting"
    JOINED = "joined"
    LEFT = "left"


_TABLE: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8"))
LANGUAGES = frozenset(_TABLE)
NAMES = (
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pt", "Português"),
    ("pl", "Polski"),
    ("ru", "Русский"),
    ("uk", "Українська"),
    ("tr", "Türkçe"),
    ("sv", "Svenska"),
    ("da", "Dansk"),
    ("no", "Norsk"),
    ("fi", "Suomi"),
    ("cs", "Čeština"),
    ("hu", "Magyar"),
    ("ro", "Română"),
    ("el", "Ελληνικά"),
    ("ar", "العربية"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("ja", "日本語"),
    ("zh", "中文"),
    ("ko", "한국어"),
    ("th", "ไทย"),
)
"""The languages that an agent speaks, each by its own name."""


def name_of(language: str) -> str:
    """A language by its own name; as it is written where the agent does not speak it."""
    return dict(NAMES).get(language, language)


def say(sentence: Sentence, language: str, **facts: str) -> str:
    """The sentence in a language such as `fr` or `fr-CA`; in English where the table lacks it."""
    return _TABLE.get(code_of(language), _TABLE[_ALWAYS])[sentence].format(**facts)


def code_of(language: str) -> str:
    """The two letters by which the tables know a language such as `fr-CA`; Norwegian is called by its two ways of writing."""
    code = language[:2].lower()
    return "no" if code in {"nb", "nn"} else code


def language_of_visitor(*said: str, persona: str) -> str:
    """The language of what a visitor wrote, oldest first; the persona's where that does not tell one that the agent speaks."""
    from emporion.agents.knowledge.lexicon import language_of  # noqa: PLC0415 - brings the stemmers
    from emporion.agents.knowledge.thesaurus import language_of_words  # noqa: PLC0415 - and the words of all languages

    language = own = code_of(persona)
    for text in said:
        told = language_of(text, default=language, likely=(own, language_of_words(text, default="")))
        told = language_of_words(text, default=language) if told == language else told
        language = told if told in LANGUAGES else language
    return language


def is_own_welcome(text: str) -> bool:
    """Whether a greeting is the product's, in any language, and not one that an owner wrote."""
    return text.strip() in {words[Sentence.WELCOME] for words in _TABLE.values()}
