"""Webhooks of Stripe: checked, stored byte for byte, acknowledged; what they say is applied once, by a job."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F

from emporion.insights.revenue import stripe_objects
from emporion.insights.revenue.errors import ConnectionNotFound, WebhookUnreadable
from emporion.insights.revenue.models import Connection, InboxEvent
from emporion.insights.revenue.recording import take_in
from emporion.insights.revenue.types import ConnectionKind, Reported
from emporion.kernel.errors import Invalid
from emporion.payments import signatures
from emporion.plumbing import secrets
from emporion.plumbing.actions import enqueue

APPLY = "insights.apply_stripe_event"
KEPT_RAW = timedelta(days=30)
LONGEST_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The job that applies one stored webhook."""

    inbox_id: UUID


def receive(*, connection_id: UUID, header: str, body: bytes, now: datetime) -> None:
    """Store a genuine event and have it applied; one that came before is acknowledged again and changes nothing.

    Raises `ConnectionNotFound`, `WebhookUnreadable`, `payments.errors.WebhookRefused`; nothing is stored of what is not genuine.
    """
    connection = Connection.objects.filter(pk=connection_id, kind=ConnectionKind.STRIPE_WEBHOOK, ended_at=None).first()
    if connection is None:
        raise ConnectionNotFound
    if len(body) > LONGEST_BODY:
        raise WebhookUnreadable
    signatures.verify(header, body, secrets=[secrets.decrypt(connection.secret)], now=now)
    try:
        event = stripe_objects.read_event(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WebhookUnreadable from error
    if not 0 < len(event.id) <= 120:
        raise WebhookUnreadable
    with transaction.atomic():
        row, is_new = InboxEvent.objects.get_or_create(
            connection=connection,
            event_id=event.id,
            defaults={"raw": body, "type": event.type[:120], "received_at": now},
        )
        if not is_new:
            InboxEvent.objects.filter(pk=row.pk).update(deliveries=F("deliveries") + 1)
            return
        enqueue(APPLY, Arrived(inbox_id=row.id), now=now)


def apply(*, inbox_id: UUID, now: datetime) -> None:
    """Take in what a stored event says, once; what says nothing of payments is kept and marked as ignored."""
    with transaction.atomic():
        row = InboxEvent.objects.select_for_update().select_related("connection").get(pk=inbox_id)
        if row.state != InboxEvent.State.RECEIVED:
            return
        problem = ""
        reports: tuple[Reported, ...] = ()
        try:
            reports = stripe_objects.reports_of_event(stripe_objects.read_event(bytes(row.raw)))
            for reported in reports:
                take_in(site_id=row.connection.site_id, reported=reported, now=now)
        except (msgspec.MsgspecError, Invalid, *stripe_objects.UNREADABLE) as error:
            problem = f"{row.type}: {error}"[:300]
        row.state = InboxEvent.State.PROCESSED if reports else InboxEvent.State.IGNORED
        row.processed_at = now
        row.save(update_fields=["state", "processed_at"])
        Connection.objects.filter(pk=row.connection_id).update(
            last_event_at=now, last_event=row.type, events=F("events") + 1, problem=problem
        )


def forget_raw(*, now: datetime) -> None:
    """Empty what is older than a month: it holds addresses of buyers, and everything that counts was taken from it."""
    old = InboxEvent.objects.filter(received_at__lt=now - KEPT_RAW).exclude(state=InboxEvent.State.RECEIVED).exclude(raw=b"")
    old.update(raw=b"")
