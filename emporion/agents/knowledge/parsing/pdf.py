"""PDF by page; the outline gives the headings, because a PDF has no other reliable ones."""

import io
import re
from collections.abc import Iterable

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError
from pypdf.generic import Destination

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import Encrypted, NoText, TooLarge, Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .text import paragraphs

_MAX_PAGES = 3000
_HYPHEN = re.compile(r"(\w)[-\u2010]\n(?=[a-zà-ÿ])")
_NUMBERED = re.compile(r"^(\d+(?:\.\d+){0,3})\.?\s+[A-ZÀ-Þ][^.!?]{2,70}$")
# What pypdf lets escape on broken files, besides its own errors.
_BROKEN = (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, AssertionError, NotImplementedError)


def read_pdf(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """Every page's text with its number; Encrypted, NoText (pictures only), Unreadable or TooLarge where there is none."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted
        total = len(reader.pages)
        builder.title = _title(reader)
        headings = _headings_by_page(reader)
    except (FileNotDecryptedError, DependencyError) as error:
        raise Encrypted from error
    except LimitReachedError as error:
        raise TooLarge from error
    except _BROKEN as error:
        raise Unreadable from error
    if total > _MAX_PAGES:
        raise TooLarge(f"The file has more than {_MAX_PAGES} pages.", limit=_MAX_PAGES, size=total)
    unreadable = _read_pages(reader, headings, builder, report)
    if not any(block.kind is not BlockKind.HEADING for block in builder.blocks):
        if unreadable:
            raise Unreadable
        raise NoText


def _read_pages(reader: PdfReader, headings: dict[int, list[tuple[int, str]]], builder: DocumentBuilder, report: Progress) -> int:
    total, unreadable = len(reader.pages), 0
    for number in range(1, total + 1):
        text = _page_text(reader, number)
        if text is None:
            unreadable += 1
        else:
            _add_page(text, number, headings.get(number, []), builder)
        report(number, total)
    return unreadable


def _page_text(reader: PdfReader, number: int) -> str | None:
    try:
        return _HYPHEN.sub(r"\1", reader.pages[number - 1].extract_text())
    except LimitReachedError as error:
        raise TooLarge(f"Page {number} unpacks to far more than it seems.", page=number) from error
    except _BROKEN:
        return None


def _add_page(text: str, number: int, headings: list[tuple[int, str]], builder: DocumentBuilder) -> None:
    waiting = list(headings)
    for paragraph in paragraphs(text, wrapped=True):
        first, _, rest = paragraph.partition("\n")
        found = next((place for place, (_, title) in enumerate(waiting) if _same(title, first)), None)
        numbered = _NUMBERED.match(first) if not headings else None
        if found is not None:
            for level, title in waiting[: found + 1]:
                builder.heading(title, level, page=number)
            waiting = waiting[found + 1 :]
        elif numbered:
            builder.heading(first, numbered[1].count(".") + 1, page=number)
        else:
            rest = paragraph
        builder.add(" ".join(rest.split("\n")), page=number)
    for level, title in waiting:
        builder.heading(title, level, page=number)


def _same(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


def _title(reader: PdfReader) -> str:
    title = str((reader.metadata.title if reader.metadata else "") or "").strip()
    # Printing programs write the name of the source file there.
    return "" if not title or re.search(r"\.\w{2,4}$|^(?:untitled|microsoft word)", title, re.IGNORECASE) else title


def _headings_by_page(reader: PdfReader) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}

    def walk(items: Iterable[object], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
            elif isinstance(item, Destination) and item.title:
                page = reader.get_destination_page_number(item)
                if page is not None:
                    found.setdefault(page + 1, []).append((level, str(item.title)))

    try:
        walk(reader.outline, 1)
    except _BROKEN:
        return {}
    return found
