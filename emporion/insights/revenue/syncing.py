"""Names the job that asks Stripe, so that what enqueues it need not load the official client."""

from dataclasses import dataclass
from uuid import UUID

SYNC = "insights.sync_stripe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The job that asks Stripe with the key of one connection."""

    connection_id: UUID
