"""Turns a message into deliveries: one for each device of a person, one for each destination of a team.

Deliveries are rows of the transaction that caused them; jobs send them, so that nothing outside is waited for.
"""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from emporion.kernel.ids import new_id
from emporion.notify import cloudevents, receipts, slack, webpush
from emporion.notify.models import Delivery, Destination, PushDevice
from emporion.notify.types import Channel, DeliveryState, DestinationKind, Message, NewDevice
from emporion.plumbing import secrets
from emporion.plumbing.actions import enqueue


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """What the job that sends receives."""

    delivery_id: UUID


def push_to(person_id: UUID, message: Message, *, now: datetime) -> int:
    """Push to every device of a person; returns how many there are."""
    devices = list(PushDevice.objects.filter(person_id=person_id))
    for device in devices:
        push_to_device(device, message, now=now)
    return len(devices)


def push_to_device(device: PushDevice, message: Message, *, now: datetime) -> UUID:
    """Push to one device."""
    delivery_id = new_id()
    receipt = receipts.issue(delivery_id, key=receipts.key_of(settings.SECRET_KEY))
    payload = webpush.payload_of(message, receipt_url=reverse("notify:receipt", args=[receipt]))
    row = _row(delivery_id, message, payload, now)
    row.channel, row.device, row.person_id, row.recipient = Channel.PUSH, device, device.person_id, device.label[:120]
    return _queue(row, now)


def post_to(destination: Destination, message: Message, *, now: datetime) -> UUID:
    """Post to a team's channel or program."""
    delivery_id = new_id()
    if destination.kind == DestinationKind.SLACK:
        content = slack.body(message, site_url=settings.SITE_URL, label=_("Open in Emporion"))
    else:
        content = cloudevents.body(message, delivery_id=delivery_id, site_url=settings.SITE_URL, now=now)
    row = _row(delivery_id, message, content, now)
    row.channel, row.destination, row.recipient = destination.kind, destination, destination.name
    row.organisation_id = destination.organisation_id
    return _queue(row, now)


def sealed_device(device: NewDevice) -> str:
    """A device's address and keys, unreadable without the installation's key."""
    return secrets.encrypt(msgspec.json.encode(device).decode())


def opened_device(row: PushDevice) -> NewDevice:
    """A device's address and keys again."""
    return msgspec.json.decode(secrets.decrypt(row.sealed), type=NewDevice)


def digest(endpoint: str) -> str:
    """What a device is found by, also by the page that runs in it: SHA-256 of its address in hex."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def _row(delivery_id: UUID, message: Message, content: bytes, now: datetime) -> Delivery:
    return Delivery(
        id=delivery_id,
        organisation_id=message.organisation_id,
        reference=message.reference,
        topic=message.topic,
        title=message.title[:200],
        sealed=secrets.encrypt(content.decode()),
        state=DeliveryState.WAITING,
        created_at=now,
    )


def _queue(row: Delivery, now: datetime) -> UUID:
    with transaction.atomic():
        row.save(force_insert=True)
        enqueue("notify.send", Send(delivery_id=row.id), now=now)
    return row.id
