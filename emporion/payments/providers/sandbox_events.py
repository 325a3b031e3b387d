"""The webhooks of the sandbox: shaped and signed like Stripe's, sent by jobs, and late, twice or out of order when asked."""

import hmac
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.payments.errors import WebhookRefused
from emporion.payments.models import SandboxCharge, SandboxEvent
from emporion.payments.providers.sandbox_cards import Fault, parse
from emporion.plumbing.actions import enqueue

HEADER = "sandbox-signature"
DELAY = timedelta(minutes=10)
SWAP = timedelta(minutes=3)
FINAL = ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "charge.refunded")


class Metadata(msgspec.Struct, kw_only=True):
    """What we sent along and get back."""

    payment: UUID | None = None
    refund: UUID | None = None


class RefundObject(msgspec.Struct, kw_only=True):
    """A refund as events show it."""

    id: str
    amount: int
    object: str = "refund"
    metadata: Metadata = msgspec.field(default_factory=Metadata)


class PaymentIntent(msgspec.Struct, kw_only=True):
    """A charge as events show it."""

    id: str
    amount: int
    currency: str
    status: str
    object: str = "payment_intent"
    payment_method: str = ""
    failure: str = ""
    refunds: list[RefundObject] = msgspec.field(default_factory=list)
    metadata: Metadata = msgspec.field(default_factory=Metadata)


class EventData(msgspec.Struct):
    """The envelope's content."""

    object: PaymentIntent


class Event(msgspec.Struct, kw_only=True):
    """An event as it is sent."""

    id: str
    type: str
    created: int
    data: EventData
    object: str = "event"
    livemode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The job that delivers one event once."""

    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The job that lets a slow charge reach its end."""

    ref: str


def secrets() -> tuple[str, ...]:
    """The secrets that sign webhooks, newest first; derived from the installation's key unless configured."""
    configured: tuple[str, ...] | None = getattr(settings, "SANDBOX_WEBHOOK_SECRETS", None)
    if configured is not None:
        return configured
    return (f"whsec_{hmac.digest(settings.SECRET_KEY.encode(), b'emporion:sandbox-webhooks:v1', 'sha256').hex()}",)


def unguessable() -> str:
    """A reference of 128 bits."""
    return randomness.token_hex(16)


def read(body: bytes) -> Event:
    """Parse an event; `WebhookRefused` for anything else."""
    try:
        return msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WebhookRefused(why="unreadable") from error


def emit(charge: SandboxCharge, kind: str, *, now: datetime) -> None:
    """Keep an event of a charge as bytes and have it sent, with the faults that the charge was asked to show."""
    faults = set(charge.token.split(":")[1:])
    event = Event(id=f"evt_{unguessable()}", type=kind, created=int(now.timestamp()), data=EventData(object=_intent(charge)))
    row = SandboxEvent.objects.create(
        charge=charge, event_id=event.id, type=kind, body=msgspec.json.encode(event), created_at=now
    )
    if Fault.LOST in faults or charge.token.startswith("tok_timeout"):
        return
    run_at = now + (DELAY if Fault.DELAYED in faults else timedelta())
    if Fault.REORDERED in faults and kind not in FINAL:
        run_at += SWAP
    for _ in range(3 if Fault.DUPLICATED in faults else 1):
        enqueue("payments.send_sandbox_webhook", Send(event_id=row.id), now=now, run_at=run_at)


def settle_later(charge: SandboxCharge, *, now: datetime) -> None:
    """Have a slow charge settle at its time."""
    enqueue("payments.settle_sandbox_charge", Settle(ref=charge.ref), now=now, run_at=charge.settles_at)


def _intent(charge: SandboxCharge) -> PaymentIntent:
    refunds = [
        RefundObject(id=row.ref, amount=row.amount_minor, metadata=Metadata(refund=UUID(row.idempotency_key)))
        for row in charge.refunds.order_by("id")
    ]
    return PaymentIntent(
        id=charge.ref,
        amount=charge.amount_minor,
        currency=charge.currency.lower(),
        status=charge.status,
        payment_method=parse(charge.token).token if charge.token else "",
        failure=charge.failure,
        refunds=refunds,
        metadata=Metadata(payment=charge.payment_id),
    )
