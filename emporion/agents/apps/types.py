"""The words of apps: what opens by single sign-on, who is signed in there, and what the two apps show."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class AppKind(StrEnum):
    """The apps that this program serves itself."""

    NOTES = "notes"
    STATUS = "status"
    INSIGHTS = "insights"
    NEXUS = "nexus"

    @property
    def has_own_door(self) -> bool:
        """Whether the app keeps its own session and signs people in at our provider; else it is among their pages here."""
        return self not in {AppKind.INSIGHTS, AppKind.NEXUS}


NAMES = {AppKind.NOTES: "Team Notes", AppKind.STATUS: "Status Board"}
LISTINGS = {AppKind.NOTES: "team-notes", AppKind.STATUS: "status-board"}


class ServiceState(StrEnum):
    """How a service is; people set it."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSpec:
    """An app on sale, as its listing says."""

    offering_id: UUID
    slug: str
    name: str
    icon: str
    kind: AppKind
    launch_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOnApp:
    """Somebody who may open an app, and when they last did."""

    name: str
    email: str
    last_opened_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """An app that an organisation has."""

    subscription_id: UUID
    organisation_id: UUID
    kind: AppKind
    name: str
    icon: str
    plan_name: str
    launch_url: str
    is_usable: bool
    trial_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An organisation that may use an app, as the sign-in tells the app."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who is signed in to an app: all that the app knows of the platform."""

    session_id: UUID
    subject: str
    name: str
    email: str
    organisation: Entry
    organisations: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note in a list or on its page; `html` is safe to show."""

    id: UUID
    title: str
    text: str
    html: str
    excerpt: str
    is_pinned: bool
    revision: int
    author_name: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wrote; `revision` is the one that they began from, 0 for a new note."""

    title: str
    text: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateView:
    """What somebody said about a service."""

    state: ServiceState
    text: str
    author_name: str
    created_at: datetime
    service_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A service with its state and since when."""

    id: UUID
    name: str
    state: ServiceState
    since: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """A board: the worst state of its services, the services, and what was said, newest first.

    `share_ended_at` is when the link that its people shared was turned off; nothing where that cannot be undone.
    """

    title: str
    overall: ServiceState
    services: tuple[ServiceView, ...]
    updates: tuple[UpdateView, ...]
    share_token: str
    share_ended_at: datetime | None = None
