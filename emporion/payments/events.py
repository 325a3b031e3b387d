"""What payments tell others; each is told once for each payment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded:
    """The money was captured (or, by invoice, arrived); `instead_of` is the invoice that it pays without a transfer."""

    payment_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    amount_minor: int
    currency: str
    method: str
    instead_of: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """Nothing was charged; `reason` is a `payments.types.Reason`."""

    payment_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    amount_minor: int
    currency: str
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentActionRequired:
    """The buyer has to confirm at `action_url` (3-D Secure, PayPal)."""

    payment_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    action_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOverdue:
    """The time to pay an invoice by transfer is over; what it bought goes on until `pauses_at`."""

    payment_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    pauses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceMissed:
    """An invoice was not paid in the grace after its reminder either."""

    payment_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded:
    """Part or all of a payment went back to the buyer; told once for each refund."""

    payment_id: UUID
    refund_id: UUID
    organisation_id: UUID
    cause_type: str
    cause_id: UUID
    amount_minor: int
    currency: str
