"""The public facts of the knowledge core: documents, passages, hits, answers. No Django here, so that anything may import it."""

from dataclasses import dataclass
from enum import StrEnum


class MediaType(StrEnum):
    """A format that the parser reads; the value is what a person calls it."""

    PDF = "PDF"
    DOCX = "DOCX"
    HTML = "HTML"
    MARKDOWN = "Markdown"
    RST = "reStructuredText"
    CSV = "CSV"
    TEXT = "text"


class BlockKind(StrEnum):
    """What a block is, so that the chunker knows where it may cut."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    CODE = "code"
    TABLE = "table"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a document; `plain_text[start:end] == text` always holds."""

    text: str
    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A document as the agent sees it; all offsets count characters of `plain_text`."""

    title: str
    blocks: tuple[Block, ...]
    plain_text: str
    language: str
    media_type: MediaType
    mislabelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk to store and index; `plain_text[start:end] == text`, `content_hash` changes whenever its embedding would."""

    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    content_hash: str
    page: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRow:
    """What an index is built from: a stored chunk with the name of its document and its embedding as stored (float16 bytes)."""

    id: str
    document_id: str
    document_title: str
    text: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    embedding: bytes
    language: str = "en"  # empty: not to be told
    page: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPair:
    """A question with the answer that its owner wrote; `embedding` is that of the question (float16 bytes)."""

    id: str
    question: str
    answer: str
    embedding: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject that the agent covers or must not touch; `embedding` is that of the name (float16 bytes)."""

    id: str
    name: str
    avoid: bool
    message: str = ""
    embedding: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that matches; scores compare within one search, cosines across searches; `missing` are words not in it."""

    passage: PassageRow
    score: float
    text_score: float
    cosine: float
    cross_cosine: float
    coverage: float
    missing: tuple[str, ...] = ()


class Evidence(StrEnum):
    """Where an answer's words come from."""

    PASSAGE = "passage"
    QUESTION_PAIR = "question_pair"
    NOTHING = "nothing"
    AVOIDED = "avoided"
    COURTESY = "courtesy"


class Standing(StrEnum):
    """How it stands with a person in a conversation: one can be asked for, was asked for, or cannot be had."""

    OFFERED = "offered"
    WAITING = "waiting"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a quoted text stands: `plain_text[start:end] == quote` in that document at the time of indexing."""

    passage_id: str
    document_id: str
    document_title: str
    heading_path: tuple[str, ...]
    quote: str
    start: int
    end: int
    page: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the agent says without a model; `confidence` is the calibrated probability that the sources hold the answer.

    `closest` is the quote of the passage that comes closest to a question that was refused; it is no answer.
    """

    text: str
    evidence: Evidence
    confidence: float
    citations: tuple[Citation, ...] = ()
    closest: Citation | None = None

    @property
    def answered(self) -> bool:
        """True when the text comes from the sources."""
        return self.evidence in {Evidence.PASSAGE, Evidence.QUESTION_PAIR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was asked before a question in its conversation, and the ids of the passages that answered it, if any did."""

    question: str
    quoted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A quoted place found again in a document that may have changed; `exact` is False when it had moved."""

    start: int
    end: int
    exact: bool
    before: str
    marked: str
    after: str
