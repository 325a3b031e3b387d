"""What becomes of a person's organisations when they leave, and the copies of their data."""

from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Q

from emporion.accounts.models import DataExport, Organisation, Person
from emporion.accounts.types import ExportView, LeavingView
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, Role


def leaving_of(actor: Actor) -> LeavingView:
    """When the actor's account goes, which organisations go with it, and which need another owner first."""
    person = Person.objects.get(pk=str(actor.id))
    return LeavingView(
        due_at=person.deletion_due_at,
        closing=tuple(row.name for row in alone_in(person.id)),
        needing_an_owner=leaves_without_owner(person.id),
    )


def alone_in(person_id: UUID) -> tuple[Organisation, ...]:
    """The organisations that have no other member."""
    rows = Organisation.objects.annotate(members=Count("memberships", distinct=True))
    return tuple(rows.filter(members=1, memberships__person_id=person_id).order_by("name"))


def leaves_without_owner(person_id: UUID) -> tuple[str, ...]:
    """The names of organisations with other members whose only owner this person is."""
    owners = Count("memberships", filter=Q(memberships__role=Role.OWNER), distinct=True)
    rows = Organisation.objects.annotate(members=Count("memberships", distinct=True), owners=owners)
    mine = Organisation.objects.filter(memberships__person_id=person_id, memberships__role=Role.OWNER)
    return tuple(rows.filter(pk__in=mine, members__gt=1, owners=1).order_by("name").values_list("name", flat=True))


def exports_of(actor: Actor, *, now: datetime) -> tuple[ExportView, ...]:
    """The copies of the actor's data that are being built or can be downloaded, newest first."""
    rows = DataExport.objects.filter(person_id=str(actor.id)).exclude(expires_at__lte=now).order_by("-asked_at")
    return tuple(_view(row) for row in rows)


def export_file(actor: Actor, export_id: UUID, *, now: datetime) -> BinaryIO:
    """The file of a copy, for the person whose data it is, until it expires."""
    row = DataExport.objects.filter(pk=export_id, person_id=str(actor.id), ready_at__isnull=False, expires_at__gt=now).first()
    if row is None:
        raise NotFound("There is no such file any more.", next_step="Have a new copy made on the page about your data.")
    return cast("BinaryIO", default_storage.open(f"exports/{row.id}.zip"))


def _view(row: DataExport) -> ExportView:
    return ExportView(
        id=row.id, asked_at=row.asked_at, ready_at=row.ready_at, expires_at=row.expires_at, size_bytes=row.size_bytes
    )
