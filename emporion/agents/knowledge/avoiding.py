"""Whether a question is about a topic that the owner wants left alone.

A topic is a few words in the owner's language. Vectors of whole sentences are near to it by chance ("quanti anni" to “incidenti”
by how it is spelt), so that they suffice only where they are very near; else the telling words of the topic have to be met.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from .encoder import ACROSS, MEANING
from .lexicon import language_of, words
from .retrieval import PassageIndex
from .sameness import is_broader, speaks_of
from .types import Topic

_NEAR_IN_ENGLISH = 0.42
_NEAR = 0.6  # "privacy policy" is as near to “politica” as 0.58
_NEAR_WITH_A_WORD = 0.42
_PARTED = re.compile(
    r"[,;/&]|\b(?:and|or|und|oder|et|ou|y|o|e|oppure|en|of|i|oraz|och|eller|og|a|nebo|ve|veya|и|или|та|або|και)\b", re.IGNORECASE
)


def avoided_topic(question: str, topics: Sequence[Topic], index: PassageIndex) -> Topic | None:
    """The topic to avoid that a question is about, by its words or by its meaning in any language."""
    return next((topic for topic in topics if topic.avoid and _is_about(question, topic.name, index)), None)


def _is_about(question: str, name: str, index: PassageIndex) -> bool:
    return _is_known(question, name) or any(_is_part(question, part, index) for part in _parts(name))


def _parts(name: str) -> Iterator[str]:
    """The things that a topic names, each of which is to be left alone: accidents and lawsuits."""
    yield from filter(None, (part.strip() for part in _PARTED.split(name)))


def _is_part(question: str, part: str, index: PassageIndex) -> bool:
    if is_broader(question, part, index):
        return False
    asked, named = index.encoder.encode_queries([question, part])
    is_english = all(_is_english(one, index) for one in (question, part))
    across = float(asked[ACROSS] @ named[ACROSS])
    if across >= _NEAR or (is_english and asked[MEANING] @ named[MEANING] >= _NEAR_IN_ENGLISH):
        return True
    if speaks_of(question, part, index, whole=True):
        return True
    return across >= _NEAR_WITH_A_WORD and speaks_of(question, part, index, whole=False)


def _is_english(text: str, index: PassageIndex) -> bool:
    """Whether a text is English for all that can be told: of a few words only that each is known."""
    return language_of(text) == "en" and all(map(index.encoder.knows, words(text)))


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    stored = tomllib.loads(Path(__file__).with_name("topics.toml").read_text("utf-8"))
    return tuple(
        (_words(said.pop("named")), _words("|".join(said.values()))) for said in stored.values()
    )  # fmt: skip


def _words(said: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE)


def _is_known(question: str, name: str) -> bool:
    """Whether a question speaks of a topic as people do of what owners most often want left alone."""
    return any(named.search(name) and said.search(question) for named, said in _known())
