"""PDF by page. Headings, paragraphs and tables are told by place and type; the outline, where there is one, says their levels."""

import io
from collections.abc import Iterable

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError
from pypdf.generic import Destination

from emporion.agents.knowledge.builder import MAX_TEXT, DocumentBuilder
from emporion.agents.knowledge.errors import Encrypted, NoText, TooLarge, Unreadable
from emporion.agents.knowledge.parsing import Progress
from emporion.agents.knowledge.types import BlockKind

from .headings import OutlineTitle, add_pages
from .running import without_running
from .spans import PageReader, Span

_MAX_PAGES = 3000
# What pypdf lets escape on broken files, besides its own errors.
_BROKEN = (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, AssertionError, NotImplementedError)


def read_pdf(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """Every page's text with its number; Encrypted, NoText (pictures only), Unreadable or TooLarge where there is none."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted
        total = len(reader.pages)
        builder.call(*_title(reader))
        outline = _outline_by_page(reader)
    except (FileNotDecryptedError, DependencyError) as error:
        raise Encrypted from error
    except LimitReachedError as error:
        raise TooLarge from error
    except _BROKEN as error:
        raise Unreadable from error
    if total > _MAX_PAGES:
        raise TooLarge(f"The file has more than {_MAX_PAGES} pages.", limit=_MAX_PAGES, size=total)
    pages, unreadable = _read_pages(PageReader(reader), total, report)
    add_pages(without_running(pages), outline, builder)
    if not any(block.kind is not BlockKind.HEADING for block in builder.blocks):
        if unreadable:
            raise Unreadable
        raise NoText


def _read_pages(reader: PageReader, total: int, report: Progress) -> tuple[list[list[Span]], int]:
    pages: list[list[Span]] = []
    unreadable = length = 0
    for number in range(1, total + 1):
        spans = _page_spans(reader, number)
        unreadable += spans is None
        pages.append(spans or [])
        length += sum(len(span.text) for span in spans or ())
        if length > MAX_TEXT:
            raise TooLarge("The file holds more text than one document may.", limit=MAX_TEXT)
        report(number, total)
    return pages, unreadable


def _page_spans(reader: PageReader, number: int) -> list[Span] | None:
    try:
        return reader.spans(number)
    except LimitReachedError as error:
        raise TooLarge(f"Page {number} unpacks to far more than it seems.", page=number) from error
    except _BROKEN:
        return None


def _title(reader: PdfReader) -> tuple[str, str, str]:
    """The title, and the programs that wrote and printed the file."""
    about = reader.metadata
    return (str(about.title or ""), str(about.creator or ""), str(about.producer or "")) if about else ("", "", "")


def _outline_by_page(reader: PdfReader) -> dict[int, list[OutlineTitle]]:
    found: dict[int, list[OutlineTitle]] = {}

    def walk(items: Iterable[object], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, level + 1)
            elif isinstance(item, Destination) and item.title:
                page = reader.get_destination_page_number(item)
                if page is not None:
                    top = float(item.top) if isinstance(item.top, int | float) else None
                    found.setdefault(page + 1, []).append(OutlineTitle(text=str(item.title), level=level, top=top))

    try:
        walk(reader.outline, 1)
    except _BROKEN:
        return {}
    return found
