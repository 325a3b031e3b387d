"""What can be told to people, by which channel, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    VISITOR = "visitor"
    TEAM = "team"
    SECURITY = "security"


class Channel(StrEnum):
    """Where a notification reaches a person."""

    IN_APP = "in_app"
    EMAIL = "email"
    PUSH = "push"


class DestinationKind(StrEnum):
    """Where a notification reaches a team or a program; each destination chooses its topics."""

    SLACK = "slack"  # an incoming webhook that speaks like Slack's: Mattermost, Rocket.Chat and Discord (…/slack) do, too
    WEBHOOK = "webhook"  # CloudEvents, signed


class DeliveryState(StrEnum):
    """Where a push or a post stands; whether it arrived and was opened is told apart from this, where the device says so."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


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
    """What to tell: one line, a sentence or two, and where to go.

    Programs read `kind` (`nexus.problem.opened`) and `facts`. `reference` comes back in the events about the deliveries. A
    later message with the same `tag` takes the place of the earlier one on a device. `answer_url` is a signed address that
    one tap on the notification posts to, without opening the app; `decide_url` is one that the second button opens, where the
    person decides something that is not done blindly.
    """

    topic: Topic
    title: str
    body: str = ""
    url: str = ""
    organisation_id: UUID | None = None
    template: str = "notification"
    channels: frozenset[Channel] = frozenset(Channel)
    project_id: UUID | None = None
    kind: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    reference: UUID | None = None
    tag: str = ""
    is_urgent: bool = False
    answer_url: str = ""
    answer_label: str = ""
    decide_url: str = ""
    decide_label: str = ""


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
    channel_title: str
    hint: str
    is_on: bool
    is_fixed: bool

    @property
    def key(self) -> str:
        """The name of the choice in a form."""
        return f"{self.topic}-{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A browser that agreed to be pushed to: what its push service gave it, and what it calls itself."""

    endpoint: str
    p256dh: str
    auth: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """A device of a person; its address stays with us."""

    id: UUID
    label: str
    created_at: datetime
    last_sent_at: datetime | None
    fingerprint: str  # what the browser itself computes of its endpoint, so that the page knows "this device"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDestination:
    """A channel of a team or a program of theirs; without a project it hears of all of them."""

    kind: DestinationKind
    name: str
    address: str
    topics: frozenset[Topic] = frozenset({Topic.INCIDENT})
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """A destination as people see it: the host of the address, never the rest, which is a secret."""

    id: UUID
    organisation_id: UUID
    project_id: UUID | None
    kind: DestinationKind
    name: str
    host: str
    topics: frozenset[Topic]
    is_paused: bool
    created_at: datetime
    last: "DeliveryView | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One line of the delivery log; `problem` says why the last attempt failed."""

    id: UUID
    channel: str
    to: str
    topic: Topic
    title: str
    state: DeliveryState
    attempts: int
    status: int
    problem: str
    created_at: datetime
    sent_at: datetime | None
    arrived_at: datetime | None
    opened_at: datetime | None
