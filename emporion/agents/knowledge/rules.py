"""Decisions about sources and pairs; nothing here reads or writes."""

import contextlib
import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from emporion.agents.knowledge.lexicon import fold
from emporion.kernel.addresses import parts_of
from emporion.kernel.errors import Invalid

PAIRS_AT_ONCE = 5000
STARTERS = 3
_STARTER_LENGTH = range(8, 71)
_LONGEST_NAME = 40
_PATH = " › "
_ASKING = ("?", "？", "؟")
_ASKING_IN_GREEK = (*_ASKING, ";", "\u037e")
_MARKS = {
    "es": ("¿", "?"), "fr": ("", "\u202f?"), "el": ("", ";"), "ja": ("", "？"), "zh": ("", "？"), "ar": ("", "؟"),
}  # fmt: skip
_PARTS = frozenset(
    fold(word)
    for words in tomllib.loads(Path(__file__).with_name("headings.toml").read_text("utf-8"))["part"].values()
    for word in words
)
_ENDS_A_SENTENCE = (".", "!", "…", "。", "।", "！", ",", ";")
_BEGINS_WITH_QUESTION = re.compile(r"([^.!?？؟;\u037e\n]{5,69}[?？؟;\u037e])\s*\S")
_NUMBERED = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*[.)]?|[a-zA-Z][.)])\s+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN_SIGNS = "/%:@!$&'()*+,;=~?"  # sitemaps escape all others, people do not
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_HEADS = {"question": "question", "q": "question", "frage": "question", "answer": "answer", "a": "answer", "antwort": "answer"}


class PairIncomplete(Invalid):
    """A pair lacks its question or its answer."""

    title = "A pair needs a question and an answer."
    next_step = "Fill in both."


class TopicEmpty(Invalid):
    """A topic without words."""

    title = "The topic has no words."
    next_step = "Write two or three words, for example “Legal advice”."


class AddressNotWeb(Invalid):
    """Not an address of the web."""

    title = "This is not a web address."
    next_step = "Write it as https://example.com/page."


class NotPairs(Invalid):
    """A file without the columns of pairs."""

    title = "No questions and answers were found in this file."
    next_step = "Use a CSV file whose first line is: question,answer"


def content_hash(content: bytes) -> str:
    """The fingerprint of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def text_hash(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def web_address(text: str) -> str:
    """An http(s) address; one with a dot, as hosts have, may lack its scheme, and comes as `//example.com/page` then."""
    text = text.strip()
    is_complete = "://" in text
    parts = parts_of(text if is_complete else f"https://{text}")
    host = parts.hostname or ""
    is_host = bool(host) and not re.search(r"\s", host) and (is_complete or "." in host)
    if parts.scheme not in {"http", "https"} or not is_host or len(text) > 2000:
        raise AddressNotWeb(field="address")
    return parts._replace(scheme=parts.scheme if is_complete else "", fragment="").geturl()


def page_key(address: str) -> str:
    """What all spellings of an address share: no fragment, no port that goes without saying, no slash at the end."""
    parts = parts_of(address)
    host, port = parts.hostname or "", None
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode()
    with contextlib.suppress(ValueError):
        port = parts.port
    said = f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else ""
    path, query = (_ESCAPED.sub(lambda one: one[0].upper(), quote(part, safe=_PLAIN_SIGNS)) for part in (parts.path, parts.query))
    return f"{parts.scheme}://{host}{said}{path.rstrip('/')}?{query}"


def checked_pair(question: str, answer: str) -> tuple[str, str]:
    """Both texts, trimmed; refused when one is missing."""
    question, answer = " ".join(question.split())[:500], answer.strip()[:4000]
    if not question or not answer:
        raise PairIncomplete(field="answer" if question else "question")
    return question, answer


def checked_topic(text: str) -> str:
    """The topic's words."""
    text = " ".join(text.split())[:120]
    if not text:
        raise TopicEmpty(field="text")
    return text


def pairs_of_csv(content: bytes) -> list[tuple[int, str, str]]:
    """The rows of a CSV of pairs as (row number, question, answer); separator and encoding are found out."""
    text = _decoded(content)
    try:
        dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    rows = list(csv.reader(io.StringIO(text), dialect))
    if not rows:
        raise NotPairs
    heads = [_HEADS.get(cell.strip().lower(), "") for cell in rows[0]]
    if "question" not in heads or "answer" not in heads:
        raise NotPairs
    asked, answered = heads.index("question"), heads.index("answer")
    return [
        (number, row[asked] if asked < len(row) else "", row[answered] if answered < len(row) else "")
        for number, row in enumerate(rows[1 : PAIRS_AT_ONCE + 1], 2)
        if any(cell.strip() for cell in row)
    ]


def _decoded(content: bytes) -> str:
    marked = ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1252")
    for encoding in marked:
        try:
            return content.decode(encoding)
        except UnicodeError:
            continue
    raise NotPairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Where a passage stands: its document, its headings joined as they are stored, how it begins, and the language."""

    document: UUID
    path: str
    beginning: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """What a visitor may tap instead of writing; `is_question` where its document, of this `language`, asks it."""

    text: str
    is_question: bool
    language: str = ""


def candidates(headings: Sequence[Heading]) -> list[tuple[Heading, Starter]]:
    """What might be suggested from a document's passages, best first, each once: its own questions, then its headings."""
    titles = {one.path.split(_PATH)[0] for one in headings if _PATH in one.path}
    asked = [(one, _starter(one, text, is_question=True)) for one in headings for text in _questions_at(one)]
    named = [(one, _tappable(one)) for one in headings if one.path not in titles]
    short = [(one, _starter(one, text, is_question=False)) for one, text in named if text]
    earliest = {one.document: (one, starter) for one, starter in reversed(short)}
    once: dict[str, tuple[Heading, Starter]] = {}
    for one, starter in (*asked, *reversed(earliest.values()), *short):
        once.setdefault(starter.text, (one, starter))
    return list(once.values())


def _starter(place: Heading, text: str, *, is_question: bool) -> Starter:
    return Starter(text=text, is_question=is_question, language=place.language)


def _questions_at(place: Heading) -> Iterator[str]:
    """The question that heads a passage, or with which it begins, as in a list of questions and answers."""
    begins = _BEGINS_WITH_QUESTION.match(place.beginning)
    for text in (_last_of(place), begins[1] if begins else ""):
        if len(text) in _STARTER_LENGTH and _asks(text, place.language):
            yield text


def _asks(text: str, language: str) -> bool:
    return text.endswith(_ASKING_IN_GREEK if language[:2] == "el" else _ASKING)


def _tappable(place: Heading) -> str:
    """A heading as people type it into a box, “Opening hours?”, with its language's marks; nothing for one that is a sentence."""
    text = _last_of(place).rstrip(":： ")
    is_short = len(text) <= _LONGEST_NAME and any(letter.isalpha() for letter in text) and fold(text) not in _PARTS
    if not is_short or text.endswith(_ENDS_A_SENTENCE) or _asks(text, place.language):
        return ""
    before, after = _MARKS.get(place.language[:2], ("", "?"))
    return f"{before}{text}{after}"


def _last_of(place: Heading) -> str:
    return _NUMBERED.sub("", place.path.split(_PATH)[-1].strip())


def language_of_most(languages: Iterable[tuple[str, int, int]]) -> str:
    """The language that most documents have, given (language, documents, passages); of as many, the one with more passages."""
    spoken: dict[str, tuple[int, int]] = {}
    for language, documents, passages in languages:
        if language:  # a list of prices has none
            count, size = spoken.get(language[:2], (0, 0))
            spoken[language[:2]] = (count + documents, size + passages)
    return max(spoken, key=lambda language: spoken[language], default="")


def in_language(starters: Iterable[Starter], language: str) -> list[Starter]:
    """Those in a language, and those whose language is not known."""
    return [one for one in starters if not (language and one.language) or one.language[:2] == language[:2]]


def starters_of(pairs: Sequence[str], kept: Sequence[Starter], language: str = "") -> tuple[str, ...]:
    """Up to three starter questions: the owner's own, then what documents ask, then their headings.

    Of documents in several languages only `language` is spoken, unless nothing is there in it: who reads it may not read others.
    """
    ranked = sorted(in_language(kept, language) or kept, key=lambda one: not one.is_question)
    chosen = (*(pair for pair in pairs if len(pair) in _STARTER_LENGTH), *(one.text for one in ranked))
    return tuple(dict.fromkeys(chosen))[:STARTERS]


def pieces(text: str, words: frozenset[str]) -> tuple[tuple[str, bool], ...]:
    """A text cut into (piece, is lit), lit where a word begins like one of `words` (which are lower-case stems)."""
    result: list[tuple[str, bool]] = []
    for part in re.split(r"(\w+)", text):
        if not part:
            continue
        is_lit = part[0].isalnum() and any(part.lower().startswith(word) for word in words)
        if result and result[-1][1] == is_lit:
            result[-1] = (result[-1][0] + part, is_lit)
        else:
            result.append((part, is_lit))
    return tuple(result)


def stems(question: str) -> frozenset[str]:
    """The words of a search, cut so that endings do not matter."""
    words = [word for word in re.findall(r"\w+", question.lower()) if len(word) > 2]
    return frozenset(word[: max(3, len(word) - 2)] if len(word) > 5 else word for word in words if word not in _PLAIN)


_PLAIN = frozenset(
    {"the", "and", "for", "are", "was", "how", "what", "when", "who", "why", "can", "does", "did", "not", "with", "from"}
    | {"this", "that", "you", "your", "our", "has", "have", "which", "into", "will"}
)
