"""Keeps copies of a person's data: asked for, built by a job, downloaded for some days, erased."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from emporion.accounts import rules
from emporion.accounts.actions.audit import record_audit
from emporion.accounts.models import DataExport, Person
from emporion.accounts.queries.people import recipient_of
from emporion.kernel.errors import NotFound
from emporion.notify.actions import notify
from emporion.notify.types import Message, Topic
from emporion.plumbing.actions import enqueue
from emporion.plumbing.limits import Window, count
from emporion.plumbing.types import Actor, ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked:
    """What the job that builds a copy receives."""

    export_id: UUID
    person_id: UUID


def ask_for_export(*, actor: Actor, now: datetime) -> UUID:
    """Have a copy of the actor's data built; while one is being built that one is returned."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotFound
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=actor.id)
        waiting = person.exports.filter(ready_at=None).first()
        if waiting is not None:
            return waiting.id
        count(Window(scope="export", limit=5, seconds=86_400), str(actor.id), now=now)
        row = DataExport.objects.create(person=person, asked_at=now)
        record_audit(actor=actor, verb="export.asked", object_type="person", object_id=person.id, now=now)
        enqueue("accounts.build_export", ExportAsked(export_id=row.id, person_id=person.id), now=now)
    return row.id


def keep_export(*, export_id: UUID, content: "File[bytes]", title: str, now: datetime) -> None:
    """Store a copy that was built and tell the person; built twice, it is stored once."""
    row = DataExport.objects.select_related("person").filter(pk=export_id, ready_at=None).first()
    if row is None:
        return
    default_storage.delete(stored_name(row.id))
    default_storage.save(stored_name(row.id), content)
    with transaction.atomic():
        row.ready_at, row.expires_at, row.size_bytes = now, now + rules.EXPORT_LASTS, content.size
        row.save(update_fields=["ready_at", "expires_at", "size_bytes"])
        message = Message(topic=Topic.SECURITY, title=title, url="/settings/data/")
        notify(recipients=(recipient_of(row.person),), message=message, now=now)


def erase_expired(*, now: datetime) -> int:
    """Erase the copies whose days are over; returns how many."""
    rows = list(DataExport.objects.filter(expires_at__lte=now))
    for row in rows:
        erase_export(row)
    return len(rows)


def erase_export(row: DataExport) -> None:
    """Erase a copy and its file."""
    default_storage.delete(stored_name(row.id))
    row.delete()


def stored_name(export_id: UUID) -> str:
    """Where the file of a copy is kept; nobody is served from there directly."""
    return f"exports/{export_id}.zip"
