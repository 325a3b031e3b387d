"""The words of payments: what is asked for, in which state it is, and what a person is shown of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from emporion.kernel.money import Money

TIME_TO_TRANSFER = timedelta(days=14)  # from an invoice to the day when its money should have arrived
ANSWERED = "answered"  # in the query of the way back: the buyer has answered, and what became of it is being found out
SAVED_PREFIX = "saved:"  # a token "saved:<id>" means a payment method that the organisation kept


class Method(StrEnum):
    """How a buyer pays."""

    CARD = "card"
    PAYPAL = "paypal"
    INVOICE = "invoice"
    WALLET = "wallet"


class PaymentState(StrEnum):
    """Where a payment stands; it only ever moves down this list."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    REFUNDED = "refunded"


class Reason(StrEnum):
    """Why a payment failed or waits; `queries.explain` gives the words and the next step."""

    NONE = ""
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    INCORRECT_CVC = "incorrect_cvc"
    PROCESSING_ERROR = "processing_error"
    AUTHENTICATION_FAILED = "authentication_failed"
    ABANDONED = "abandoned"
    RETURNED = "returned"
    NEVER_SENT = "never_sent"
    INSUFFICIENT_CREDIT = "insufficient_credit"
    CANCELLED = "cancelled"
    PROVIDER_SILENT = "provider_silent"
    AWAITING_TRANSFER = "awaiting_transfer"


class RefundState(StrEnum):
    """Where a refund stands."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """A payment to start: `key` is the caller's idempotency key, unique in the organisation for ever.

    `token` is what the provider's field in the browser gave (never a card number), or "saved:<id>", or empty for wallet
    and invoice. `instead_of` is the payment by invoice that needs no transfer once this one went through. `return_url` is a path
    of this site where the buyer comes back to after 3-D Secure or PayPal.
    """

    organisation_id: UUID
    amount: Money
    method: Method
    cause_type: str
    cause_id: UUID
    key: str
    token: str = field(default="", repr=False)
    return_url: str = "/"
    description: str = ""
    save_method: bool = False
    instead_of: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePayment:
    """How an open invoice is paid without a transfer: `token` and `return_url` as in a `PaymentRequest`."""

    invoice_id: UUID
    method: Method
    token: str = field(default="", repr=False)
    save_method: bool = False
    return_url: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment as its organisation sees it.

    `is_on_account` means: deliver now, the money comes later (invoice). `action_url` is where the buyer has to go while
    the state is `requires_action`, `page` where the payment is told of, `instead_of` the invoice that it pays.
    """

    id: UUID
    organisation_id: UUID
    amount: Money
    refunded: Money
    method: Method
    state: PaymentState
    reason: Reason
    cause_type: str
    cause_id: UUID
    action_url: str
    card_brand: str
    card_last4: str
    is_on_account: bool
    created_at: datetime
    description: str = ""
    page: str = "/"
    instead_of: UUID | None = None
    captured_at: datetime | None = None

    @property
    def kept(self) -> Money:
        """What was captured and not given back."""
        return self.amount - self.refunded if self.captured_at else Money.zero(self.amount.currency)

    @property
    def transfer_due_at(self) -> datetime:
        """Until when an invoice is to be paid."""
        return self.created_at + TIME_TO_TRANSFER

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to come, but for refunds."""
        return self.state in {PaymentState.FAILED, PaymentState.SUCCEEDED, PaymentState.REFUNDED}

    @property
    def may_deliver(self) -> bool:
        """Whether the buyer may have what was bought: paid, or on account."""
        return self.state is PaymentState.SUCCEEDED or (self.is_on_account and self.state is PaymentState.PROCESSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What happened to a payment and what to do now, in the buyer's words."""

    message: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """A refund as its organisation sees it; `given_back_at` is when the money went, nothing until then."""

    id: UUID
    payment_id: UUID
    amount: Money
    state: RefundState
    note: str
    created_at: datetime
    reason: str = ""
    given_back_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMethod:
    """A payment method that an organisation kept; `token` is what a payment request carries to use it."""

    id: UUID
    provider: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool

    @property
    def token(self) -> str:
        """The token for a `PaymentRequest`."""
        return f"{SAVED_PREFIX}{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOption:
    """A way to pay that checkout offers; `hint` says what it means, or why it is not on offer when not `configured`.

    `is_short` means that it is known to hold less than what is due.
    """

    method: Method
    label: str
    hint: str
    configured: bool
    is_test: bool = False
    is_short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCard:
    """A card of the sandbox: the token stands for the number, which only the browser knows."""

    token: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField:
    """What `payments/card_field.html` shows: kept cards first, then the field for another one."""

    saved: tuple[SavedMethod, ...]
    test_cards: tuple[TestCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived:
    """Money that arrived on our bank account for a payment by invoice; `reference` is the bank's."""

    payment_id: UUID
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """A refund to make; `key` is the caller's idempotency key, unique in the payment for ever; `note` says why."""

    payment_id: UUID
    amount: Money
    key: str
    note: str = ""
