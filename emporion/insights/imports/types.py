"""What is said about bringing a website's past in from elsewhere.

Rows of a file are read as a `Hit` (something that a visitor did) or as a `LeftOut` with its reason. Only hits that a judge lets
through become events; totals of days, which tell of no visitor, never do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from emporion.store.schemas import SiteEvent
from emporion.store.stitching import IMPORTED

ORIGIN = IMPORTED  # the rest of an event's origin names the import


class Source(StrEnum):
    """Where a file comes from."""

    LOGS = "logs"
    UMAMI = "umami"
    DATAFAST = "datafast"
    PLAUSIBLE = "plausible"

    @property
    def has_visits(self) -> bool:
        """Whether its rows are what single visitors did, and not totals of days."""
        return self is not Source.PLAUSIBLE


class State(StrEnum):
    """How far an import is; nothing is stored before somebody has seen what would be."""

    READING = "reading"
    READY = "ready"
    STORING = "storing"
    SETTLING = "settling"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_busy(self) -> bool:
        """Whether it goes on by itself."""
        return self in {State.READING, State.STORING, State.SETTLING, State.UNDOING}

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor given up: no second one begins beside it."""
        return self.is_busy or self is State.READY

    @property
    def is_kept(self) -> bool:
        """Whether rows of it are, or are about to be, among the website's figures."""
        return self in {State.STORING, State.SETTLING, State.DONE}


class FileState(StrEnum):
    """How far one file is."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a row is left out before it is judged like any other event; the judge's own reasons are collection's."""

    UNREADABLE = "unreadable"
    NOT_A_PAGE = "not_a_page"
    METHOD = "method"
    STATUS = "status"
    FUTURE = "future"
    TOO_NEW = "too_new"
    TOO_OLD = "too_old"
    COVERED = "covered"
    IMPORTED = "imported"
    OTHER_KIND = "other_kind"
    NAME = "name"


class Total(StrEnum):
    """What totals of a day are by; `DAY` is the whole website."""

    DAY = "day"
    SOURCE = "source"
    CAMPAIGN = "campaign"
    PAGE = "page"
    ENTRY = "entry"
    EXIT = "exit"
    COUNTRY = "country"
    DEVICE = "device"
    BROWSER = "browser"
    SYSTEM = "system"
    GOAL = "goal"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What another product had found out of a visitor; a log has it from the browser's name and the address."""

    browser: str = ""
    system: str = ""
    device: str = ""
    screen: str = ""
    language: str = ""
    country: str = ""
    region: str = ""
    city: str = ""


class Hit(msgspec.Struct, kw_only=True):
    """Something that a visitor did; who it was is told by `visitor` (a name of the other product's) or address and browser."""

    at: datetime
    href: str
    kind: str = "pageview"
    name: str = ""
    params: dict[str, object] = {}
    referrer: str = ""
    address: str = ""
    user_agent: str = ""
    visitor: str = ""
    known: Known | None = None


class LeftOut(msgspec.Struct, kw_only=True):
    """A row that does not count, and why; `excerpt` holds no address."""

    reason: str
    detail: str = ""
    excerpt: str = ""


class DayTotal(msgspec.Struct, kw_only=True):
    """What another product counted on a day by a dimension's value."""

    day: date
    dimension: Total = Total.DAY
    value: str = ""
    visitors: int = 0
    visits: int = 0
    pageviews: int = 0
    bounces: int = 0
    duration_seconds: int = 0


class Judge(Protocol):
    """Decides of a hit as collection decides of an event: it becomes one, or is left out for a reason."""

    def __call__(self, hit: Hit, event_id: UUID) -> SiteEvent | LeftOut:
        """What becomes of a hit."""
        ...


class Judges(Protocol):
    """Makes the judge of one import: the same salt gives the same visitors."""

    def __call__(self, site_id: UUID, salt: bytes, origin: str) -> Judge:
        """The judge for a website."""
        ...


class Keep(Protocol):
    """Puts events where the writer finds them; returns when they are on the disk."""

    def __call__(self, *events: SiteEvent) -> None:
        """Keeps them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOf:
    """Which import a job is about, and how often it was looked at already."""

    import_id: UUID
    looked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of the first rows that would be taken, as a page shows it."""

    at: datetime
    kind: str
    what: str
    source: str
    place: str
    device: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftCount:
    """How many rows were left out for one reason, with examples."""

    reason: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What would come, or came, of an import; `is_at_least` where there were too many visitors to tell each apart."""

    rows: int = 0
    taken: int = 0
    covered: int = 0
    pageviews: int = 0
    goals: int = 0
    visitors: int = 0
    visits: int = 0
    is_at_least: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None
    addresses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file of an import, with how much of it was read."""

    name: str
    size: int
    state: FileState
    problem: str
    done: int
    total: int
    rows: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """An import as its page shows it."""

    id: UUID
    site_id: UUID
    source: Source
    state: State
    created_at: datetime
    created_by: str
    files: tuple[FileView, ...]
    totals: Totals
    left: tuple[LeftCount, ...]
    samples: tuple[Sample, ...]
    days: Mapping[date, int]
    problem: str
    takes_covered: bool
    expected: int = 0
    stored: int = 0
    finished_at: datetime | None = None
