"""What we ask of the Django-free core (parsing, chunking, encoder), in one place and in the words of our tables."""

# STAND-IN until the core lands: plain text only, paragraphs as passages.
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from emporion.kernel.errors import Invalid, Limit

INDEX_VERSION = "0"
HEADING_SEPARATOR = " › "


class WrongType(Invalid):
    title = "This kind of file cannot be read."
    next_step = "Upload PDF, DOCX, HTML, Markdown, text or CSV."


class Empty(Invalid):
    title = "The file is empty."
    next_step = "Check that you picked the right file, then upload it again."


class TooLarge(Limit):
    title = "The file is too large."
    next_step = "Split it into smaller files and upload those."


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    title: str
    plain_text: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    content_hash: str
    page: int | None = None
    row: int | None = None


def accept(name: str, content: bytes, limit: int) -> str:
    if not content.strip():
        raise Empty
    if len(content) > limit:
        raise TooLarge(limit=limit, size=len(content))
    if b"\x00" in content[:1000]:
        raise WrongType
    return "text"


def parse(name: str, content: bytes) -> Parsed:
    return Parsed(title=name, plain_text=content.decode("utf-8", "replace"))


def cut(parsed: Parsed) -> list[Piece]:
    pieces, start = [], 0
    for part in parsed.plain_text.split("\n\n"):
        if part.strip():
            digest = hashlib.sha256(part.encode()).hexdigest()
            pieces.append(
                Piece(ordinal=len(pieces), text=part, heading_path=(), start=start, end=start + len(part), content_hash=digest)
            )
        start += len(part) + 2
    return pieces


def searchable(piece: Piece) -> str:
    return piece.text


def embed(texts: list[str], progress: Callable[[int, int], None] | None = None) -> list[bytes]:
    return [b"" for _ in texts]
