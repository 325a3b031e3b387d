"""What is said about the ways in which an agent is reached: keys, widgets, and the places where widgets run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Position(StrEnum):
    """The corner of the page in which the launcher sits."""

    RIGHT = "right"
    LEFT = "left"


class Launcher(StrEnum):
    """What the launcher shows."""

    ICON = "icon"
    TEXT = "icon_text"


class Consent(StrEnum):
    """Whether the visitor is asked before the chat opens and anything is kept."""

    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An agent's key without its secret part."""

    id: UUID
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key at its birth: the only time that `plaintext` can be seen."""

    view: KeyView
    plaintext: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """Who a valid key speaks for."""

    key_id: UUID
    agent_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetSettings:
    """How a widget looks and whom it serves; `allowed_domains` may hold `*.example.com`, empty means any."""

    title: str = ""
    colour: str = ""
    position: Position = Position.RIGHT
    launcher: Launcher = Launcher.ICON
    label: str = ""
    language: str = ""
    welcome: str = ""
    starters: tuple[str, ...] = ()
    consent: Consent = Consent.NEVER
    allowed_domains: tuple[str, ...] = ()
    verified_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetView:
    """A widget with what is live and what is being edited."""

    id: UUID
    public_id: str
    agent_id: UUID
    is_paused: bool
    version: int
    live: WidgetSettings
    draft: WidgetSettings
    has_changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WidgetVersionView:
    """A published version with its line in the changelog."""

    number: int
    note: str
    author_name: str
    published_at: datetime
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplementationView:
    """One place where a widget runs, seen when it loads there."""

    id: UUID
    agent_id: UUID
    agent_name: str
    host: str
    environment: str
    state: str
    is_test: bool
    version: int
    pinned_version: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    conversations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whom a widget's session serves: the host page's customer, verified or not, on a host."""

    widget_id: UUID
    host: str
    customer_id: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    is_verified: bool = False
    is_test: bool = False
    visitor_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUsage:
    """How much one customer of the host page uses the agent."""

    customer_id: str
    is_verified: bool
    traits: str
    conversations: int
    messages: int
    last_at: datetime


class CheckState(StrEnum):
    """How one check of an integration came out."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One step of the integration test; a failed one says what to do and gives the value to copy."""

    name: str
    state: CheckState
    detail: str = ""
    advice: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationReport:
    """All checks of one page, in the order in which they depend on each other."""

    url: str
    checks: tuple[Check, ...] = field(default_factory=tuple)

    @property
    def to_fix(self) -> int:
        """How many checks failed."""
        return sum(1 for check in self.checks if check.state is CheckState.FAILED)
