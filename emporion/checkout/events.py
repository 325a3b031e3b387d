"""What the checkout tells others."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCompleted:
    """Something was bought and may be used from now on; told once per order."""

    order_id: UUID
    organisation_id: UUID
    project_id: UUID
    person_id: UUID | None
    subscription_ids: tuple[UUID, ...]
    product_ids: tuple[UUID, ...]
    total_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid:
    """The money of an order that was delivered on account is there, by transfer or in another way; told once per order."""

    order_id: UUID
    organisation_id: UUID
    person_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFailed:
    """A payment of an order did not go through; nothing was charged."""

    order_id: UUID
    organisation_id: UUID
    person_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    """A buyer asks for the money of an order back."""

    order_id: UUID
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequested:
    """Somebody asks for a plan that is sold on request."""

    request_id: UUID
    product_id: UUID
    plan_id: UUID
    provider_id: UUID | None
