"""Every kind of event that the product keeps, one struct each; the tables are generated from these.

A field may be added with a default (old segments and old rows then read as that default); none is renamed, retyped or removed.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

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


class ApiCalled(Event, frozen=True, kw_only=True, tag="api.called"):
    """A call of an API that somebody depends on, as the gateway, a trace or an import saw it.

    `input_tokens` include those read from and written to a cache, `output_tokens` those of reasoning; `-1` is unknown where 0
    would be a fact. Costs are 10^-12 USD. `outcome` is one of `gateway.routing.types.Outcome`. The data plane gives each call
    its id and takes a trace's span once, so that rollups, which count each insert, count it once, too.
    """

    table: ClassVar[Table] = Table(
        name="api_calls", order_by=("project_id", "api_id", "occurred_at", "event_id"), comes_again=False
    )

    api_id: UUID
    key_id: UUID = NOBODY
    agent_id: UUID = NOBODY
    origin: Word = "gateway"  # gateway, trace, import, simulation
    operation: Word = ""  # chat, responses, messages, embeddings, models, or the first part of a path
    provider: Word = ""
    model: Word = ""  # as asked for
    answered_model: Word = ""
    team: Word = ""
    feature: Word = ""
    environment: Word = ""
    customer: Text = ""
    region: Word = ""
    trace_id: Text = ""
    method: Word = ""
    path: Text = ""
    status: Small = 0  # of HTTP, 0 when there was no answer
    outcome: Word
    error_code: Word = ""
    error_message: Text = ""
    is_stream: bool = False
    finish_reason: Word = ""
    duration_us: Count = 0
    first_token_us: Count = 0
    own_us: Count = 0  # what the gateway itself took of it
    request_bytes: Count = 0
    response_bytes: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_tokens: Count = 0
    cache_write_tokens: Count = 0
    reasoning_tokens: Count = 0
    audio_input_tokens: Count = 0
    audio_output_tokens: Count = 0
    usage: Text = ""  # what the provider said, as JSON: a price that was wrong can be worked out again
    cost_picos: Amount = 0
    price_source: Word = ""
    price_version: Word = ""
    second_cost_picos: Amount = -1
    attempts: Small = 1
    routed_from: UUID = NOBODY
    route_id: UUID = NOBODY
    cache: Word = ""  # hit, miss, or nothing where no answer is kept
    limit_requests: Amount = -1
    left_requests: Amount = -1
    limit_tokens: Amount = -1
    left_tokens: Amount = -1
    reset_ms: Amount = -1
    retry_after_ms: Amount = -1


class CostCorrected(Event, frozen=True, kw_only=True, tag="cost.corrected"):
    """A stored call has another cost than it was stored with; `occurred_at` is the call's own time, so that months stay right.

    What a call costs is what it was stored with and all its `delta_picos`. The tags are the call's: totals by them add these up.
    """

    table: ClassVar[Table] = Table(
        name="cost_corrections", order_by=("project_id", "occurred_at", "call_id", "event_id"), comes_again=False
    )

    correction_id: UUID
    call_id: UUID
    api_id: UUID
    key_id: UUID = NOBODY
    provider: Word = ""
    model: Word = ""
    team: Word = ""
    feature: Word = ""
    environment: Word = ""
    customer: Text = ""
    delta_picos: Amount
    cost_picos: Amount
    price_source: Word = ""
    price_version: Word = ""
    second_cost_picos: Amount = -1


class ApiBody(Event, frozen=True, kw_only=True, tag="api.body"):
    """What was asked and answered in a call, where its owner keeps bodies; `event_id` is the call's, whole days are dropped."""

    table: ClassVar[Table] = Table(
        name="api_bodies",
        order_by=("project_id", "api_id", "event_id"),
        partition_by="(keep_until_day, toYYYYMM(occurred_at))",
        comes_again=False,
    )

    api_id: UUID
    keep_until_day: Count  # days since 1970
    request: Annotated[str, Meta(max_length=262_144)] = ""
    response: Annotated[str, Meta(max_length=262_144)] = ""


class CheckRan(Event, frozen=True, kw_only=True, tag="check.ran"):
    """A synthetic check asked an address; `failed_assertion` says which expectation did not hold."""

    table: ClassVar[Table] = Table(name="checks_ran", order_by=("project_id", "check_id", "occurred_at", "event_id"))

    check_id: UUID
    api_id: UUID = NOBODY
    region: Word = ""
    is_ok: bool
    status: Small = 0
    duration_us: Count = 0
    connect_us: Count = 0
    certificate_days: Amount = -1
    failed_assertion: Text = ""
    detail: Text = ""


class MetricSeen(Event, frozen=True, kw_only=True, tag="metric.seen"):
    """A point of a metric that a program sent; histograms keep their count and sum."""

    table: ClassVar[Table] = Table(name="metrics_seen", order_by=("project_id", "name", "occurred_at", "event_id"))

    name: Word
    unit: Word = ""
    kind: Word = ""  # gauge, sum, histogram, summary
    service: Word = ""
    environment: Word = ""
    api_id: UUID = NOBODY
    attributes: dict[str, str] = {}
    value: float = 0.0
    count: Amount = 0
    temporality: Word = ""  # delta or cumulative, of sums and histograms


class LogSeen(Event, frozen=True, kw_only=True, tag="log.seen"):
    """A line of a log that a program sent."""

    table: ClassVar[Table] = Table(name="logs_seen", order_by=("project_id", "occurred_at", "event_id"))

    severity: Word = ""
    service: Word = ""
    environment: Word = ""
    api_id: UUID = NOBODY
    trace_id: Text = ""
    body: Text = ""
    attributes: dict[str, str] = {}


class Heartbeat(Event, frozen=True, kw_only=True, tag="heartbeat"):
    """A program said that it lives."""

    table: ClassVar[Table] = Table(name="heartbeats", order_by=("project_id", "heartbeat_id", "occurred_at", "event_id"))

    heartbeat_id: UUID
    state: Word = "ok"  # ok, start, fail
    duration_ms: Count = 0
    detail: Text = ""


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
    ApiCalled,
    CostCorrected,
    ApiBody,
    CheckRan,
    MetricSeen,
    LogSeen,
    Heartbeat,
)
