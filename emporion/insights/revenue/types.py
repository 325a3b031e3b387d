"""The words of revenue: what a way in reports, how a payment stands, which visit earns it and how sure that is."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emporion.insights.sites.types import AttributionModel
from emporion.kernel.money import Money

MODELS: tuple[AttributionModel, ...] = tuple(AttributionModel)


class Source(StrEnum):
    """The way in which a payment was reported; the earlier in this list, the more it is believed."""

    SYNC = "sync"
    WEBHOOK = "webhook"
    PURCHASE = "purchase"
    API = "api"
    SCRIPT = "script"


class Kind(StrEnum):
    """What moved money, or promises to."""

    PAYMENT = "payment"
    RENEWAL = "renewal"
    FREE_TRIAL = "free_trial"
    REFUND = "refund"
    DISPUTE = "dispute"


REVERSALS = frozenset({Kind.REFUND, Kind.DISPUTE})


class Standing(StrEnum):
    """Whether a payment counts: expected ones wait for the provider's word, void ones were merged, removed or called off."""

    EXPECTED = "expected"
    COUNTED = "counted"
    VOID = "void"


class Outcome(StrEnum):
    """What a report says of its object, later words outranking earlier ones whatever their order of arrival."""

    SEEN = "seen"
    DONE = "done"
    UNDONE = "undone"


class Method(StrEnum):
    """How a payment found its visitor, surest first; a renewal follows the first payment of its subscription."""

    VISITOR_ID = "visitor_id"
    CHECKOUT = "checkout"
    EMAIL = "email"
    CUSTOMER = "customer"
    NETWORK = "network"
    ORIGINAL = "original"
    NONE = "none"


class ConnectionKind(StrEnum):
    """A way in that somebody set up."""

    STRIPE_WEBHOOK = "stripe_webhook"
    STRIPE_KEY = "stripe_key"
    MARKETPLACE = "marketplace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who paid, as far as the report says; `email` is hashed before anything is stored."""

    visitor_id: UUID | None = None
    email: str = field(default="", repr=False)
    customer_ref: str = ""
    user_ref: str = ""
    network_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What one way in says of one object of the provider.

    `object_ids` are all the names of the object, `reverses` those of the payment that a refund or dispute takes back. A report
    without an amount only links (a visitor came back from a checkout). `is_total` marks a refund that is the sum of all.
    """

    source: Source
    provider: str
    object_ids: tuple[str, ...]
    occurred_at: datetime
    kind: Kind = Kind.PAYMENT
    amount: Money | None = None
    outcome: Outcome = Outcome.DONE
    buyer: Buyer = Buyer()
    subscription_ref: str = ""
    reverses: tuple[str, ...] = ()
    is_total: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A visit that may have earned a payment."""

    visitor_id: UUID
    started_at: datetime
    source: str
    channel: str
    is_direct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder from a payment to a visitor: what was looked for, and whom it found."""

    method: Method
    asked: bool
    visitor_ids: tuple[UUID, ...] = ()
    confidence: float = 0.0

    @property
    def found(self) -> bool:
        """Whether somebody was found here."""
        return bool(self.visitor_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """What the payments API is told: `transaction_id` is the caller's own id, once for ever; amounts in `Money`."""

    transaction_id: str
    amount: Money
    visitor_id: UUID | None = None
    email: str = field(default="", repr=False)
    customer_id: str = ""
    is_renewal: bool = False
    is_refunded: bool = False
    is_free_trial: bool = False
    occurred_at: datetime | None = None
    network_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment, refund or dispute as the owner of the website sees it; `amount` is negative for what went back.

    `credited` is what of it the source gets that was asked for.
    """

    id: UUID
    site_id: UUID
    provider: str
    object_id: str
    kind: Kind
    standing: Standing
    amount: Money | None
    occurred_at: datetime
    description: str
    buyer_hint: str
    visitor_id: UUID | None
    method: Method
    confidence: float
    source: str
    channel: str
    touch_count: int
    ways: tuple[Source, ...]
    reverses_id: UUID | None
    original_id: UUID | None
    is_attributed: bool
    credited: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditView:
    """What one visit gets of a payment, by model."""

    touch: int
    visitor_id: UUID | None
    started_at: datetime | None
    source: str
    channel: str
    campaign: str
    amounts: dict[AttributionModel, Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One report in a payment's history."""

    source: Source
    kind: Kind
    object_ids: tuple[str, ...]
    amount: Money | None
    outcome: Outcome
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a visitor did."""

    at: datetime
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyVisit:
    """A visit on the way to a payment."""

    visitor_id: UUID
    started_at: datetime
    duration_seconds: int
    source: str
    channel: str
    campaign: str
    referrer: str
    place: str
    device: str
    browser: str
    system: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetail:
    """A payment with why it belongs where it does: the ladder, every candidate visit, each model's credit, each report."""

    payment: PaymentView
    rungs: tuple[Rung, ...]
    credits: tuple[CreditView, ...]
    sums: dict[AttributionModel, Money]
    reversals: tuple[PaymentView, ...]
    reports: tuple[ReportView, ...]
    object_ids: tuple[str, ...]
    window_days: int
    visitor_ids: tuple[UUID, ...]
    net: Money | None
    lifetime: tuple[Money, ...]


class Part(StrEnum):
    """A part of the totals: what counts, and of that what came, what went back, and what has a known visitor."""

    NET = "net"
    PAID = "paid"
    RETURNED = "returned"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedTo:
    """A source that a model credits with a payment, or with a part of it."""

    source: str
    model: AttributionModel


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments are wanted; empty means all. `source` is that of the last visit, whatever the models say."""

    method: Method | None = None
    standing: Standing | None = None
    kind: Kind | None = None
    source: str = ""
    search: str = ""
    start: datetime | None = None
    end: datetime | None = None
    currency: str = ""
    part: Part | None = None
    credited: CreditedTo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotal:
    """What a model credits a source with, and how many payments and refunds that comes from."""

    source: str
    amount: Money
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What counted payments of one currency come to: `net` is `paid` less what went back, and what all sources add up to."""

    currency: str
    paid: Money
    returned: Money
    net: Money
    count: int
    matched: Money
    by_source: tuple[SourceTotal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A way in as its owner sees it; `problem` is empty while it works."""

    id: UUID
    site_id: UUID
    kind: ConnectionKind
    hint: str
    created_at: datetime
    last_event_at: datetime | None
    last_event: str
    events: int
    checked_at: datetime | None
    problem: str
    is_busy: bool = False
