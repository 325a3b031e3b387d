"""What happened to something that was sent; `reference` is what the message was about, given by whoever sent it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDelivery:
    delivery_id: UUID
    reference: UUID
    channel: str
    person_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySent(_OfDelivery):
    """The push service, or the address, took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryArrived(_OfDelivery):
    """The device itself said that it shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOpened(_OfDelivery):
    """The person tapped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(_OfDelivery):
    """It will not be tried again."""

    problem: str
