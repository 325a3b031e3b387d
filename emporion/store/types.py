"""The public vocabulary of the event store: what an event is, where it is kept, and how full the spool is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

# Order keys cannot hold NULL without a setting that costs every query; nobody's events belong to the zero id instead.
NOBODY = UUID(int=0)

# Goals that a script of ours reports although the visitor did nothing: they end no bounce, show no interest and earn nothing.
PASSIVE_GOALS = frozenset({"widget_seen"})

# Every field names its bounds, because the event store would wrap a number around where Python lets it grow.
Word = Annotated[str, Meta(max_length=200, extra={"column": "LowCardinality(String)"})]
Text = Annotated[str, Meta(max_length=8_192)]
Small = Annotated[int, Meta(ge=0, le=2**16 - 1, extra={"column": "UInt16"})]
Count = Annotated[int, Meta(ge=0, le=2**32 - 1, extra={"column": "UInt32"})]
Amount = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where a kind of event is kept: `order_by` answers the commonest question fastest, `partition_by` is dropped as a whole.

    `comes_again`: the event is brought by something that is tried again (a job, a client), so the same one may be recorded
    twice. Such a table shows each once, by its order key, which therefore ends in `event_id` and holds nothing that a second try
    would change; `occurred_at` must be the event's own time.
    """

    name: str
    order_by: tuple[str, ...]
    partition_by: str = "toYYYYMM(occurred_at)"
    comes_again: bool = True


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that happened once; `event_id` is its identity, `occurred_at` is aware and kept to the millisecond."""

    table: ClassVar[Table]

    event_id: UUID
    occurred_at: Moment
    organisation_id: UUID = NOBODY
    project_id: UUID = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolLimits:
    """How much the spool may hold and how long a segment stays open; sizes in bytes."""

    max_bytes: int = 4 * 1024**3
    min_free_bytes: int = 256 * 1024**2
    segment_bytes: int = 8 * 1024**2
    record_bytes: int = 1024**2
    segment_age_seconds: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolStats:
    """The gauge of the spool: what waits in the whole root, and what this process did since it opened it."""

    segments: int
    used_bytes: int
    max_bytes: int
    free_bytes: int
    oldest_seconds: float
    damaged_files: int
    appended: int
    commits: int
    refused: int

    @property
    def is_full(self) -> bool:
        """Whether the next event would be refused for its size alone."""
        return self.used_bytes >= self.max_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterStats:
    """What the writer of this process has moved, and why it does not move now."""

    moved_events: int
    moved_segments: int
    rejected_events: int
    failures: int
    is_running: bool
    problem: str
