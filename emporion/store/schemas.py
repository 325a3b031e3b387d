"""Every kind of event that the product keeps, one struct each; the tables are generated from these.

A field may be added with a default (old segments and old rows then read as that default); none is renamed, retyped or removed.
"""

from typing import ClassVar
from uuid import UUID

from emporion.store.types import NOBODY, Amount, Count, Event, Small, Table, Text, Word


class ChatMessage(Event, frozen=True, kw_only=True, tag="chat.message"):
    """A message of a conversation with an agent; its text stays in the database, where it can be erased."""

    table: ClassVar[Table] = Table(
        name="chat_messages", order_by=("organisation_id", "agent_id", "occurred_at", "conversation_id", "event_id")
    )

    agent_id: UUID
    conversation_id: UUID
    message_id: UUID
    subscription_id: UUID = NOBODY
    role: Word
    channel: Word = ""
    answered: bool = True
    citations: Small = 0
    model: Word = ""
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_micros: Amount = 0
    duration_ms: Count = 0
    locale: Word = ""


class UsageRecorded(Event, frozen=True, kw_only=True, tag="usage.recorded"):
    """A quantity of a metric that a subscription used; `event_id` is the key that billing counts once."""

    table: ClassVar[Table] = Table(
        name="usage_records", order_by=("organisation_id", "subscription_id", "metric", "occurred_at", "event_id")
    )

    subscription_id: UUID
    product_id: Word = ""
    metric: Word
    quantity_micros: Amount
    cost_micros: Amount = 0
    currency: Word = ""


class AuditEntry(Event, frozen=True, kw_only=True, tag="audit.entry"):
    """Who did what to which object, from where."""

    table: ClassVar[Table] = Table(name="audit_entries", order_by=("organisation_id", "occurred_at", "event_id"))

    actor_kind: Word
    actor_id: UUID = NOBODY
    actor_name: Text = ""
    verb: Word
    object_type: Word
    object_id: Text = ""
    detail: dict[str, str] = {}
    address: Text = ""


class WidgetSeen(Event, frozen=True, kw_only=True, tag="widget.loaded"):
    """A widget was loaded by a visitor's page; the page is kept without its query."""

    table: ClassVar[Table] = Table(name="widgets_seen", order_by=("organisation_id", "agent_id", "occurred_at", "event_id"))

    agent_id: UUID
    implementation_id: UUID = NOBODY
    visitor: Text = ""
    page_host: Word = ""
    page_path: Text = ""
    referrer_host: Word = ""
    country: Word = ""
    browser: Word = ""
    device: Word = ""
    opened: bool = False


class PageViewed(Event, frozen=True, kw_only=True, tag="market.viewed"):
    """A page of the marketplace or of a purchase was seen; `visitor` is a keyed hash that changes every day."""

    table: ClassVar[Table] = Table(name="page_views", order_by=("occurred_at", "visitor", "event_id"), comes_again=False)

    visitor: Text = ""
    person_id: UUID = NOBODY
    path: Text
    page: Word = ""
    offering: Word = ""
    referrer_host: Word = ""
    utm_source: Word = ""
    utm_medium: Word = ""
    utm_campaign: Word = ""
    country: Word = ""
    browser: Word = ""
    system: Word = ""
    device: Word = ""


class ModelCalled(Event, frozen=True, kw_only=True, tag="model.called"):
    """A call to a language model: who it was for, what it took and what it cost."""

    table: ClassVar[Table] = Table(
        name="model_calls", order_by=("organisation_id", "provider", "model", "occurred_at", "event_id")
    )

    agent_id: UUID = NOBODY
    conversation_id: UUID = NOBODY
    provider: Word
    model: Word
    status: Word
    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_micros: Amount = 0
    first_token_ms: Count = 0
    duration_ms: Count = 0


class JobFinished(Event, frozen=True, kw_only=True, tag="job.finished"):
    """A background job ended, well or not."""

    table: ClassVar[Table] = Table(name="jobs_finished", order_by=("job_name", "occurred_at", "event_id"))

    job_id: UUID
    job_name: Word
    state: Word
    attempt: Small = 1
    waited_ms: Count = 0
    ran_ms: Count = 0
    error: Text = ""


class _Visit(Event, frozen=True, kw_only=True):
    """What is known of a visitor's step on a measured website, whether it counts or was dropped."""

    site_id: UUID
    visitor_id: UUID = NOBODY
    kind: Word
    name: Word = ""
    params: dict[str, str] = {}
    host: Word = ""
    path: Text = ""
    referrer: Text = ""
    source: Word = ""
    channel: Word = ""
    utm_source: Word = ""
    utm_medium: Word = ""
    utm_campaign: Word = ""
    utm_term: Word = ""
    utm_content: Word = ""
    click_id: Word = ""
    country: Word = ""
    region: Word = ""
    city: Word = ""
    device: Word = ""
    browser: Word = ""
    browser_version: Word = ""
    system: Word = ""
    system_version: Word = ""
    screen: Word = ""
    language: Word = ""
    time_zone: Word = ""
    user_ref: Text = ""
    origin: Word = "script"
    is_cookieless: bool = False
    # A hash of address and browser under a salt that is deleted after 48 hours: it links a payment to a visit, then nothing.
    network_id: Amount = 0


class SiteEvent(_Visit, frozen=True, kw_only=True, tag="site.event"):
    """A page view, goal, identification, payment or outbound click on a measured website.

    `kind` is pageview, goal, identify, payment or outbound; `occurred_at` is the visitor's clock where plausible, else ours.
    """

    table: ClassVar[Table] = Table(name="site_events", order_by=("site_id", "visitor_id", "occurred_at", "event_id"))


class SiteEventDropped(_Visit, frozen=True, kw_only=True, tag="site.dropped"):
    """An event that does not count, with the reason and what it takes to let it back in."""

    table: ClassVar[Table] = Table(name="site_events_dropped", order_by=("site_id", "occurred_at", "event_id"))

    reason: Word
    detail: Text = ""
    user_agent: Text = ""


KINDS: tuple[type[Event], ...] = (
    ChatMessage,
    UsageRecorded,
    AuditEntry,
    WidgetSeen,
    PageViewed,
    ModelCalled,
    JobFinished,
    SiteEvent,
    SiteEventDropped,
)
