"""What is said about an agent's knowledge: its sources, pairs and topics, as readers see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

FILE_LIMIT_BYTES = 25 * 1024 * 1024
DEMO_FILE_LIMIT_BYTES = 5 * 1024 * 1024
FILES_AT_ONCE = 100
SITE_PAGE_CAP = 200
UNDO_FOR = timedelta(hours=1)
REFUSED_FOR = timedelta(days=1)
REFUSED_KEPT = 100


class LibraryKind(StrEnum):
    """Whose knowledge a library holds."""

    AGENT = "agent"
    BLUEPRINT = "blueprint"
    DEMO = "demo"


class SourceKind(StrEnum):
    """Where a source comes from."""

    FILE = "file"
    PAGE = "page"
    SITEMAP = "sitemap"


class SourceState(StrEnum):
    """How far the reading of a source is."""

    WAITING = "waiting"
    READING = "reading"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"
    REFUSED = "refused"  # was not taken in: there is a row and no file


BUSY = frozenset({SourceState.WAITING, SourceState.READING, SourceState.INDEXING})


class TopicKind(StrEnum):
    """Whether a topic is one to talk about or one to leave alone."""

    COVER = "cover"
    AVOID = "avoid"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One document, page or site; `done` of `total` says how far its reading is.

    A site that is ready has a `problem` where some of its pages could not be read: the first of theirs.
    """

    id: UUID
    kind: SourceKind
    name: str
    address: str
    media_type: str
    state: SourceState
    done: int
    total: int
    note: str
    problem: str
    next_step: str
    byte_count: int
    document_count: int
    passage_count: int
    is_built_in: bool
    is_muted: bool
    read_at: datetime | None
    created_at: datetime

    @property
    def is_busy(self) -> bool:
        """Whether it waits or is being read."""
        return self.state in BUSY

    @property
    def is_read_elsewhere(self) -> bool:
        """Whether all its pages are read with other sources; not where any could not be read."""
        is_read = self.state is SourceState.READY and self.kind is not SourceKind.FILE
        return is_read and not self.document_count and not self.problem

    @property
    def percent(self) -> int:
        """How much of it is read, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A question with the answer that the owner wants given."""

    id: UUID
    question: str
    answer: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """A topic to cover or to avoid."""

    id: UUID
    kind: TopicKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryView:
    """All that one agent was taught."""

    id: UUID
    version: int
    sources: tuple[SourceView, ...]
    pairs: tuple[PairView, ...]
    cover: tuple[TopicView, ...]
    avoid: tuple[TopicView, ...]
    avoid_message: str

    @property
    def ready_count(self) -> int:
        """How many sources are read."""
        return sum(1 for source in self.sources if source.state is SourceState.READY)

    @property
    def failed_count(self) -> int:
        """How many sources could not be read."""
        return sum(1 for source in self.sources if source.state is SourceState.FAILED)

    @property
    def is_busy(self) -> bool:
        """Whether any source is being read."""
        return any(source.is_busy for source in self.sources)

    @property
    def entry_count(self) -> int:
        """How many passages and pairs can be quoted."""
        return sum(source.passage_count for source in self.sources if not source.is_muted) + len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeingRead:
    """How many of the `total` sources in use cannot be quoted yet (`fresh`), or are as they were before (`again`), until read."""

    fresh: int
    again: int
    total: int
    has_pairs: bool

    @property
    def others(self) -> int:
        """How many answers come from meanwhile."""
        return self.total - self.fresh

    @property
    def key(self) -> str:
        """What is said of it, to tell whether that is news."""
        return f"{self.fresh}.{self.again}.{self.total}" if self.fresh or self.again else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file as it came in: its name and its bytes; of one that is too large to be read, its size alone."""

    name: str
    content: bytes
    unread_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOutcome:
    """What became of one uploaded file: a source, or the reason why not and what to do.

    `was_there` says that nothing was to be done for it, `came_as` the name that it shares with others, where it got a number.
    """

    name: str
    source_id: UUID | None = None
    was_there: bool = False
    came_as: str = ""
    problem: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """A file that was not taken in, and why; it is told until somebody dismisses it."""

    id: UUID
    name: str
    problem: str
    next_step: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The files that one upload replaced, which can still be put back; its moment tells it from other uploads."""

    at: datetime
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """The moment, to the last digit."""
        return self.at.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """How many pairs a CSV brought, and what was wrong with the other rows (row number, reason)."""

    added: int
    updated: int
    problems: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A place in the knowledge that backs an answer; offsets count characters in the document's plain text."""

    entry_id: UUID
    is_pair: bool
    source_id: UUID | None
    document_id: UUID | None
    title: str
    heading: str
    text: str
    start: int
    end: int
    position: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found for a question.

    `quoted_answer` can be given without a model and stands on `quotes`; `passages` are the best places for a model to write
    from. `is_enough` says whether a quote answers surely enough, `may_be_read` whether a model may still find the answer in the
    passages, `person_asked_in` is the language of who asks outright for a person, `closest` the place that comes closest where
    no quote answers.
    """

    quoted_answer: str
    quotes: tuple[Quote, ...]
    passages: tuple[Quote, ...]
    is_enough: bool
    confidence: float
    may_be_read: bool = False
    is_avoided: bool = False
    is_courtesy: bool = False
    person_asked_in: str = ""
    closest: Quote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntHit:
    """A passage or pair that fits a search, cut into pieces: (text, whether it is lit)."""

    quote: Quote
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A document's plain text, cut at the quoted passage so that it can be lit."""

    id: UUID
    source: SourceView
    name: str
    address: str
    read_at: datetime | None
    before: str
    lit: str
    after: str
    heading: str
    position: int
    passage_count: int
    others: Mapping[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSource:
    """The job of reading a source; `revision` changes with each wish to read it again."""

    source_id: UUID
    revision: int
