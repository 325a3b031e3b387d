"""The one interface that every payment provider implements; what it tells is facts, what they mean is decided in `rules`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from emporion.kernel.money import Money
from emporion.ledger.types import AccountKind
from emporion.payments.types import PaymentOption, PaymentState, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLookup:
    """Names a charge to its provider; `ref` is empty until the provider has given one."""

    payment_id: UUID
    organisation_id: UUID
    amount: Money
    idempotency_key: str
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """What to charge; a repeat of the idempotency key gives the first outcome and charges nothing."""

    lookup: ChargeLookup
    token: str = field(repr=False)
    return_url: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDetails:
    """The handle of a card for later charges, and what people recognise it by."""

    token: str = field(repr=False)
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFact:
    """A refund that the provider has made; `refund_id` is ours when we asked for it."""

    ref: str
    amount_minor: int
    refund_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOutcome:
    """What a provider says of a charge now: `requires_action`, `processing`, `succeeded` or `failed`, and its refunds."""

    state: PaymentState
    ref: str = ""
    amount: Money | None = None
    reason: Reason = Reason.NONE
    action_url: str = ""
    card: CardDetails | None = None
    refunds: tuple[RefundFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A refund to make; `refund_id` is its idempotency key."""

    refund_id: UUID
    charge: ChargeLookup
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook as it came in: the headers (lower-case names) and the raw bytes that were signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """What a webhook says of a charge; `payment_id` is `None` when it is about none of ours."""

    payment_id: UUID | None
    outcome: ChargeOutcome


class PaymentProvider(Protocol):
    """A way to move money. Calls are made outside database transactions and may raise `ProviderUnreachable`."""

    name: str
    cash: AccountKind | None
    """The account in which captured money lies; `None` where the provider posts to the ledger itself."""
    is_on_account: bool
    """Whether what was bought is delivered before the money arrives."""

    def option(self) -> PaymentOption:
        """How checkout offers it."""

    def charge(self, request: ChargeRequest, *, now: datetime) -> ChargeOutcome:
        """Charge once for the idempotency key."""

    def fetch(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome | None:
        """What became of a charge; `None` when the provider never heard of it."""

    def cancel(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        """Make sure that the charge can no longer succeed; the outcome says so if it already has."""

    def refund(self, request: RefundRequest, *, now: datetime) -> RefundFact:
        """Give money back once for the refund's id."""

    def check_webhook(self, delivery: Delivery, *, now: datetime) -> str:
        """The id of a genuine, fresh event; raises `WebhookRefused`, or `WebhooksDisabled` without a secret."""

    def read_webhook(self, body: bytes) -> ProviderEvent:
        """What a stored event says."""
