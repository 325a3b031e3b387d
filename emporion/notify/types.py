"""What can be told to people, by which channel, and to whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Topic(StrEnum):
    """What a notification is about; people choose per topic where they want to hear of it."""

    PURCHASE = "purchase"
    BILLING = "billing"
    USAGE = "usage"
    AGENT = "agent"
    WIDGET = "widget"
    AUTOMATION = "automation"
    REVIEW = "review"
    INCIDENT = "incident"
    TEAM = "team"
    SECURITY = "security"


class Channel(StrEnum):
    """Where a notification arrives."""

    IN_APP = "in_app"
    EMAIL = "email"


class MailState(StrEnum):
    """Where a mail stands: kept in the outbox page, waiting for the mail server, handed over, or given up."""

    KEPT = "kept"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody to tell; `person_id` is `None` for an address without an account."""

    email: str
    name: str = ""
    locale: str = "en"
    time_zone: str = "UTC"
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What to tell: one line, a sentence or two, and where to go."""

    topic: Topic
    title: str
    body: str = ""
    url: str = ""
    organisation_id: UUID | None = None
    template: str = "notification"
    channels: frozenset[Channel] = frozenset(Channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A line of the notification centre."""

    id: UUID
    topic: Topic
    title: str
    body: str
    url: str
    created_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """A mail of the outbox."""

    id: UUID
    to: str
    sender: str
    subject: str
    text: str
    html: str
    state: MailState
    created_at: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceView:
    """Whether a person wants to hear of a topic by a channel; `is_fixed` where this is not theirs to choose."""

    topic: Topic
    channel: Channel
    title: str
    hint: str
    is_on: bool
    is_fixed: bool

    @property
    def key(self) -> str:
        """The name of the choice in a form."""
        return f"{self.topic}-{self.channel}"
