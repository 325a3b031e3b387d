"""Writes the audit log."""

from datetime import datetime

from django.db import transaction

from emporion.accounts.events import AuditRecorded
from emporion.accounts.models import AuditEntry
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor


def record_audit(*, actor: Actor, verb: str, object_type: str, object_id: object, detail: str = "", now: datetime) -> None:
    """Add a line to the audit log of the actor's organisation, in the transaction of what it records; never a secret."""
    entry = AuditEntry(
        organisation_id=actor.organisation_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:140],
        verb=verb,
        object_type=object_type,
        object_id=str(object_id)[:80],
        detail=detail[:500],
        at=now,
    )
    with transaction.atomic():
        entry.save(force_insert=True)
        publish(
            AuditRecorded(
                id=entry.id,
                organisation_id=entry.organisation_id,
                actor_kind=str(entry.actor_kind),
                actor_id=entry.actor_id,
                actor_name=entry.actor_name,
                verb=verb,
                object_type=object_type,
                object_id=entry.object_id,
                detail=entry.detail,
                at=now,
            ),
            now=now,
        )
