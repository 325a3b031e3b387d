"""Decisions about sources and pairs; nothing here reads or writes."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence

from emporion.kernel.addresses import parts_of
from emporion.kernel.errors import Invalid

PAIRS_AT_ONCE = 5000
STARTERS = 3
_STARTER_LENGTH = range(8, 71)
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


def file_name(name: str) -> str:
    """The last part of a name as a browser sends it, without anything that a path could be made of."""
    name = re.split(r"[\\/]", name)[-1]
    name = "".join(character for character in name if character.isprintable()).strip(". ")
    return name[-200:] or "document"


def web_address(text: str) -> str:
    """A complete http(s) address; a missing scheme is taken to be https, if what is there has a dot as hosts do."""
    text = text.strip()
    is_complete = "://" in text
    parts = parts_of(text if is_complete else f"https://{text}")
    host = parts.hostname or ""
    is_host = bool(host) and not re.search(r"\s", host) and (is_complete or "." in host)
    if parts.scheme not in {"http", "https"} or not is_host or len(text) > 2000:
        raise AddressNotWeb(field="address")
    return parts._replace(fragment="").geturl()


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


def starters_of(questions: Sequence[str], headings: Iterable[tuple[object, str]]) -> tuple[str, ...]:
    """Up to three starter questions: given ones, else headings (document, path); those that ask first, each document once at first."""  # noqa: E501
    chosen = list(dict.fromkeys(question for question in questions if len(question) in _STARTER_LENGTH))
    found = [(document, path.split(" › ")[-1].strip()) for document, path in headings]
    found = [(document, text) for document, text in found if len(text) in _STARTER_LENGTH and len(text.split()) > 1]
    asking = [text for _, text in found if text.endswith("?")]
    first_of_each = dict(reversed(found))  # the earliest heading is the last to be kept
    for text in (*asking, *reversed(first_of_each.values()), *(text for _, text in found)):
        if text not in chosen:
            chosen.append(text)
    return tuple(chosen[:STARTERS])


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
