"""What others may want to know of payments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCounted:
    """A payment counts from now on, whichever way it arrived; told once for each."""

    site_id: UUID
    payment_id: UUID
    kind: str
    amount_minor: int
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAttributed:
    """A payment was given to visits, or given anew."""

    site_id: UUID
    payment_id: UUID
    method: str
    visitor_id: UUID | None
