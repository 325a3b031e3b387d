"""Takes in other systems' alerts at an address that only they know, and tells what is new about each, once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from emporion.nexus.signals.alert_shapes import SeenAlert
from emporion.nexus.signals.errors import ReceiverNotFound
from emporion.nexus.signals.events import ExternalAlertReceived
from emporion.nexus.signals.models import ReceivedAlert, Receiver
from emporion.plumbing.actions import publish
from emporion.plumbing.secrets import digest
from emporion.plumbing.types import Actor, ActorKind, Role

_TOLD = ("is_firing", "name", "severity", "summary", "url", "labels", "annotations", "starts_at", "ends_at")


def receiver_of(token: str) -> Receiver:
    """The address that a token names; ReceiverNotFound."""
    row = Receiver.objects.filter(digest=digest(token), removed_at=None).first()
    if row is None:
        raise ReceiverNotFound
    return row


def actor_of(receiver: Receiver) -> Actor:
    """Who tells something at this address: a program that may use the one project."""
    return Actor(
        kind=ActorKind.TOKEN,
        id=receiver.pk,
        name=receiver.name,
        organisation_id=receiver.organisation_id,
        project_ids=frozenset({receiver.project_id}),
        project_roles={receiver.project_id: Role.MEMBER},
    )


@transaction.atomic
def receive_alerts(*, token: str, alerts: Sequence[SeenAlert], now: datetime) -> int:
    """Keeps how each alert stands and tells what changed; returns of how many. Told again as it was, nothing happens."""
    receiver = receiver_of(token)
    Receiver.objects.filter(pk=receiver.pk).update(last_at=now)
    known = {
        row.fingerprint: row
        for row in ReceivedAlert.objects.select_for_update().filter(
            receiver=receiver, fingerprint__in=[alert.fingerprint for alert in alerts]
        )
    }
    return sum(_receive(receiver, alert, known.get(alert.fingerprint), now) for alert in alerts)


def _receive(receiver: Receiver, alert: SeenAlert, row: ReceivedAlert | None, now: datetime) -> bool:
    told = {name: getattr(alert, name) for name in _TOLD}
    if row is not None and all(getattr(row, name) == value for name, value in told.items() if name != "ends_at"):
        return False
    if row is None and not alert.is_firing:
        return False  # the end of something that we never heard of
    if row is None:
        row = ReceivedAlert(
            organisation_id=receiver.organisation_id,
            project_id=receiver.project_id,
            receiver=receiver,
            fingerprint=alert.fingerprint,
        )
    for name, value in told.items():
        setattr(row, name, value)
    row.received_at = now
    row.save()
    publish(_event(row, now), now=now)
    return True


def _event(row: ReceivedAlert, now: datetime) -> ExternalAlertReceived:
    return ExternalAlertReceived(
        alert_id=row.pk,
        receiver_id=row.receiver_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        fingerprint=row.fingerprint,
        is_firing=row.is_firing,
        name=row.name,
        severity=row.severity,
        summary=row.summary,
        url=row.url,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        at=now,
        labels=row.labels,
    )
