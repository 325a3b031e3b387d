"""Bytes to text with structure: what a file is, is decided by its content, and what it cannot be is said with the next step."""

from collections.abc import Callable
from pathlib import PurePath

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import DocumentError, Empty, TooLarge, Unreadable
from emporion.agents.knowledge.types import MediaType, ParsedDocument

from .detection import decode, detect

MAX_BYTES = 50 * 1024 * 1024

Progress = Callable[[int, int], None]

__all__ = ["MAX_BYTES", "Progress", "parse"]


def parse(content: bytes, *, name: str, declared_type: str = "", progress: Progress | None = None) -> ParsedDocument:
    """The document in `content`; `progress(done, total)` counts pages, rows or blocks.

    Raises a DocumentError: Empty, TooLarge, WrongType, Encrypted, NoText or Unreadable.
    """
    if not content.strip():
        raise Empty
    if len(content) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.", limit=MAX_BYTES, size=len(content))
    media_type, mislabelled = detect(content, name=name, declared_type=declared_type)
    report = progress or _silent
    builder = DocumentBuilder()
    try:
        _read(content, media_type, builder, report)
        fallback_title = PurePath(name).stem.replace("_", " ").strip() or "Document"
        return builder.finish(media_type, fallback_title=fallback_title, mislabelled=mislabelled)
    except (DocumentError, MemoryError):
        raise
    except RecursionError as error:
        raise Unreadable("The file is nested too deeply to be read.") from error


def _read(content: bytes, media_type: MediaType, builder: DocumentBuilder, report: Progress) -> None:
    """Hands over to the one parser of the type; each is imported when first needed, for their libraries are slow to load."""
    match media_type:
        case MediaType.PDF:
            from .pdf import read_pdf as read  # noqa: PLC0415
        case MediaType.DOCX:
            from .docx import read_docx as read  # noqa: PLC0415
        case MediaType.HTML:
            from .html import read_html as read  # noqa: PLC0415
        case MediaType.CSV:
            from .tables import read_csv as read  # noqa: PLC0415
        case _:
            _read_text(decode(content), media_type, builder, report)
            return
    read(content, builder, report)


def _read_text(text: str, media_type: MediaType, builder: DocumentBuilder, report: Progress) -> None:
    match media_type:
        case MediaType.MARKDOWN:
            from .markdown import read_markdown as read  # noqa: PLC0415
        case MediaType.RST:
            from .rst import read_rst as read  # noqa: PLC0415
        case _:
            from .text import read_text as read  # noqa: PLC0415
    read(text, builder, report)


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""
