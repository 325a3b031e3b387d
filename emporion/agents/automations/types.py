"""The words of automations: what runs when, with which inputs, and what a run found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from emporion.notify.types import Message


class Kind(StrEnum):
    """The scheduled automations that this product runs."""

    WEBSITE_WATCH = "website_watch"
    WEEKLY_DIGEST = "weekly_digest"
    SOURCE_REFRESH = "source_refresh"
    LINK_CHECK = "link_check"


class Every(StrEnum):
    """How often an automation runs."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class RunState(StrEnum):
    """Where a run stands; `SKIPPED` means that the plan or the subscription did not allow it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class FindingKind(StrEnum):
    """What one line of a result is."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    NEW_PAGE = "new_page"
    GONE_PAGE = "gone_page"
    UNREADABLE = "unreadable"
    BROKEN = "broken"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    FIGURES = "figures"
    REFRESHED = "refreshed"
    UNCHANGED = "unchanged"
    NOTE = "note"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an automation runs, by the clock on the wall of `time_zone`; `weekday` counts from Monday = 0."""

    every: Every
    at: time = time(3, 0)
    weekday: int = 0
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What the buyer fills in, in the words of the listing."""

    key: str
    label: str
    type: str
    is_required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintSpec:
    """An automation on sale: what it does, when it runs unless the buyer says otherwise, what it asks for."""

    offering_id: UUID
    slug: str
    name: str
    icon: str
    kind: Kind
    schedule: str  # `hourly`, `daily 03:00` or `weekly mon 08:00`
    inputs: tuple[InputSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchInputs:
    """The website to watch and the address to tell."""

    url: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCheckInputs:
    """The website whose links are followed and the address to tell."""

    url: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestInputs:
    """The address that the digest goes to."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshInputs:
    """The agent whose web pages are read again; `email` may be empty."""

    agent: UUID
    email: str = ""


Inputs = WatchInputs | LinkCheckInputs | DigestInputs | RefreshInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a result: where, what, and for a change the words before and after."""

    kind: FindingKind
    title: str = ""
    url: str = ""
    detail: str = ""
    place: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text beside its other version: `same`, `gone` or `new`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding with the words that changed marked."""

    finding: Finding
    before: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The words of one page at one reading, block by block."""

    address: str
    title: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to; `is_news` decides whether anybody is told, `pages` replace the snapshots of their addresses."""

    summary: str
    findings: tuple[Finding, ...] = ()
    is_news: bool = False
    pages: tuple[PageText, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as its organisation sees it."""

    id: UUID
    state: RunState
    is_by_hand: bool
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    summary: str
    problem: str
    next_step: str
    finding_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationView:
    """An automation as its organisation sees it; without inputs it is not set up and never runs."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    kind: Kind
    name: str
    icon: str
    input_specs: tuple[InputSpec, ...]
    inputs: Mapping[str, str]
    schedule: Schedule
    is_on: bool
    is_set_up: bool
    has_ended: bool
    next_run_at: datetime | None
    last_run: RunView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the buyer sets: the inputs and when it runs."""

    inputs: Mapping[str, str]
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Message):
    """What people are told of a run: the message with the findings that stand in the mail."""

    findings: tuple[FindingView, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an automation is provisioned for; `person_id` is the buyer, whose address and time zone are the first guess."""

    subscription_id: UUID
    organisation_id: UUID
    project_id: UUID
    product_id: UUID
    person_id: UUID | None = None
