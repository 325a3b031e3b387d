"""What we ask of the Django-free core (parsing, chunking, encoder), in one place and in the words of our tables.

The core brings numpy, lxml and weights; it is imported by the first call, so that the server starts without it.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from emporion.agents.knowledge.errors import Empty, TooLarge

if TYPE_CHECKING:
    from emporion.agents.knowledge.library import UploadedFile
    from emporion.agents.knowledge.types import ParsedDocument, Passage

HEADING_SEPARATOR = " › "


def index_version() -> str:
    """What documents were cut and encoded by; another value has them made anew when they are read again."""
    from emporion.agents.knowledge.encoder import MODEL_ID  # noqa: PLC0415

    return f"2/{MODEL_ID}/"


def accept(file: "UploadedFile", name: str, limit_bytes: int) -> str:
    """The kind of a file by its content; refused when it is empty, too large or of no kind that can be read."""
    from emporion.agents.knowledge.parsing.detection import detect  # noqa: PLC0415

    content, size = file.content, file.unread_size or len(file.content)
    if size > limit_bytes:
        raise TooLarge(f"This file is larger than {limit_bytes // (1024 * 1024)} MB.", limit=limit_bytes, size=size)
    if not content.strip():
        raise Empty
    media_type, _ = detect(content, name=name, declared_type="")
    return str(media_type.value)


def parse(name: str, content: bytes, progress: Callable[[int, int], None] | None = None) -> "ParsedDocument":
    """A document's text with its structure."""
    from emporion.agents.knowledge import parsing  # noqa: PLC0415

    return parsing.parse(content, name=name, progress=progress)


def cut(document: "ParsedDocument") -> "tuple[Passage, ...]":
    """The passages of a document."""
    from emporion.agents.knowledge.chunking import chunk  # noqa: PLC0415

    return chunk(document)


def embed_passages(title: str, passages: "Sequence[Passage]", progress: Callable[[int, int], None] | None = None) -> list[bytes]:
    """One stored vector for each passage."""
    from emporion.agents.knowledge.chunking import embedding_text  # noqa: PLC0415

    return embed([embedding_text(title, passage.heading_path, passage.text) for passage in passages], progress)


def embed(texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> list[bytes]:
    """One stored vector for each text."""
    from emporion.agents.knowledge.encoder import shared_encoder, to_bytes  # noqa: PLC0415

    if not texts:
        return []
    return [to_bytes(vector) for vector in shared_encoder().encode_passages(texts, progress)]


def forget_index(library_id: UUID) -> None:
    """Let go of a library's vectors in this process, where they were ever loaded."""
    snapshots = sys.modules.get("emporion.agents.knowledge.snapshots")
    if snapshots is not None:
        snapshots.forget(library_id)
