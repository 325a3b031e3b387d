"""Webhooks: checked, stored byte for byte, acknowledged; what they say is applied once, by a job."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from emporion.payments import settling
from emporion.payments.models import Payment, WebhookEvent
from emporion.payments.providers import registry
from emporion.payments.providers.protocol import Delivery
from emporion.plumbing.actions import enqueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The job that applies one stored webhook."""

    inbox_id: UUID


def receive_webhook(*, provider: str, delivery: Delivery, now: datetime) -> None:
    """Store a genuine webhook and have it applied; one that came before is acknowledged again and changes nothing.

    Raises `WebhookRefused` or `WebhooksDisabled`; nothing is stored of what is not genuine.
    """
    event_id = registry.provider(provider).check_webhook(delivery, now=now)
    with transaction.atomic():
        row, is_new = WebhookEvent.objects.get_or_create(
            provider=provider, event_id=event_id, defaults={"raw": delivery.body, "received_at": now}
        )
        if not is_new:
            WebhookEvent.objects.filter(pk=row.pk).update(deliveries=F("deliveries") + 1)
            return
        enqueue("payments.apply_webhook", Stored(inbox_id=row.id), now=now)


def apply_webhook(*, inbox_id: UUID, now: datetime) -> None:
    """Apply a stored webhook to its payment, once; events about nothing of ours are kept and marked as ignored."""
    with transaction.atomic():
        row = WebhookEvent.objects.select_for_update().get(pk=inbox_id)
        if row.state != WebhookEvent.State.RECEIVED:
            return
        event = registry.provider(row.provider).read_webhook(bytes(row.raw))
        known = event.payment_id is not None and Payment.objects.filter(pk=event.payment_id, provider=row.provider).exists()
        if event.payment_id is not None and known:
            settling.apply_outcome(event.payment_id, event.outcome, now=now)
            row.payment_id = event.payment_id
        row.state = WebhookEvent.State.PROCESSED if known else WebhookEvent.State.IGNORED
        row.processed_at = now
        row.save(update_fields=["state", "payment", "processed_at"])
