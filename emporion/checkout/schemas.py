"""What the checkout's API reads and answers."""

from uuid import UUID

from ninja import Schema
from pydantic import Field

from emporion.billing.types import Cycle
from emporion.payments.types import Method
from emporion.plumbing.schemas import Exact


class QuickCheckout(Exact):
    """A purchase in one request; without a card token a saved card of the organisation pays."""

    offering_uuid: UUID
    plan_uuid: UUID
    payment_method: Method = Method.CARD
    payment_token: str = Field(default="", max_length=200)
    organization_name: str = Field(default="", max_length=120)
    billing_cycle: Cycle | None = None


class QuickCheckoutDone(Schema):
    """What was made."""

    order_uuid: UUID
    resource_uuid: UUID
    organization_uuid: UUID
    project_uuid: UUID
    access_url: str
