"""Beginning an import, agreeing to it, giving it up, and taking back what it added."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from emporion.accounts.actions import record_audit
from emporion.insights.imports import files, rules, working
from emporion.insights.imports.errors import AnotherRuns, ImportNotFound, NoFile, NotNow, TooLarge, TooMany
from emporion.insights.imports.models import Import, ImportFile
from emporion.insights.imports.types import FileState, ImportOf, Source, State
from emporion.insights.sites.queries import site_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import enqueue
from emporion.plumbing.types import Actor, Permission

LOOK, STORE, SETTLE, UNDO = (f"insights.imports.{name}" for name in ("look", "store", "settle", "undo"))


def begin(*, site_id: UUID, source: Source, uploads: Sequence["File[bytes]"], actor: Actor, now: datetime) -> UUID:
    """Takes files in and has them read; nothing is stored yet. NoFile, TooLarge, TooMany, AnotherRuns."""
    site = _own(site_id, actor)
    _require_fit(uploads)
    if Import.objects.of_site(site.id).open().exists():
        raise AnotherRuns(site_id=site.id)
    run = Import(id=new_id(), site_id=site.id, source=source, created_at=now, created_by=actor.name[:140])
    rows = [_taken_in(run, number, upload) for number, upload in enumerate(sorted(uploads, key=lambda one: one.name or ""))]
    with transaction.atomic():
        run.save(force_insert=True)
        ImportFile.objects.bulk_create(rows)
        enqueue(LOOK, ImportOf(import_id=run.pk), now=now)
        _audit(run, "upload", actor, now, detail=f"{source}: {', '.join(row.name for row in rows)}")
    return run.pk


def _require_fit(uploads: Sequence["File[bytes]"]) -> None:
    if not uploads:
        raise NoFile
    if len(uploads) > rules.MOST_FILES:
        raise TooMany(files=len(uploads))
    if sum(upload.size for upload in uploads) > rules.MOST_BYTES:
        raise TooLarge


def _taken_in(run: Import, number: int, upload: "File[bytes]") -> ImportFile:
    """A file's row; one that was brought in before says so and is not kept."""
    name = (upload.name or _("file"))[-200:]
    stored_name, fingerprint = files.keep(run.pk, number, upload)
    row = ImportFile(run=run, number=number, name=name, size=upload.size, stored_name=stored_name, fingerprint=fingerprint)
    before = ImportFile.objects.filter(
        fingerprint=fingerprint, run__site_id=run.site_id, run__state__in=[one for one in State if one.is_kept]
    ).first()
    if before is not None:
        row.state, row.problem = (
            FileState.REFUSED,
            _("This very file was imported before. Undo that import to bring it in again."),
        )
        files.forget(run.pk, (stored_name,))
        row.stored_name = ""
    return row


def agree(*, site_id: UUID, import_id: UUID, takes_covered: bool, actor: Actor, now: datetime) -> None:
    """Has what was found stored; NotNow where there is nothing to agree to."""
    run = _found(site_id, import_id, actor)
    with transaction.atomic():
        if not Import.objects.filter(pk=run.pk, state=State.READY).update(state=State.STORING, takes_covered=takes_covered):
            raise NotNow(state=run.state)
        enqueue(STORE, ImportOf(import_id=run.pk), now=now)
        _audit(run, "import", actor, now, detail=f"{run.source}: {run.taken} rows")


def cancel(*, site_id: UUID, import_id: UUID, actor: Actor, now: datetime) -> None:
    """Gives an import up before anything is stored; what was uploaded is erased."""
    run = _found(site_id, import_id, actor)
    given_up = Import.objects.filter(pk=run.pk, state__in=[State.READING, State.READY])
    if not given_up.update(state=State.CANCELLED, finished_at=now):
        raise NotNow(state=run.state)
    working.forget_files(run)
    _audit(run, "cancel", actor, now)


def undo(*, site_id: UUID, import_id: UUID, actor: Actor, now: datetime) -> None:
    """Has everything that an import added taken away again."""
    run = _found(site_id, import_id, actor)
    with transaction.atomic():
        if not Import.objects.filter(pk=run.pk, state=State.DONE).update(state=State.UNDOING):
            raise NotNow(state=run.state)
        enqueue(UNDO, ImportOf(import_id=run.pk), now=now)
        _audit(run, "undo", actor, now, detail=f"{run.source}: {run.stored} rows")


def give_up_forgotten(*, now: datetime) -> int:
    """Gives up what nobody came back to for a day: what was uploaded does not lie around."""
    left = Import.objects.filter(state=State.READY, created_at__lt=now - rules.LEFT_ALONE)
    count = 0
    for run in left:
        if Import.objects.filter(pk=run.pk, state=State.READY).update(state=State.CANCELLED, finished_at=now):
            working.forget_files(run)
            count += 1
    return count


def _audit(run: Import, verb: str, actor: Actor, now: datetime, detail: str = "") -> None:
    record_audit(actor=actor, verb=verb, object_type="import", object_id=run.pk, detail=detail, now=now)


def _own(site_id: UUID, actor: Actor) -> SiteView:
    """The website, where the actor may configure it; one that is not seen does not exist."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    return site


def _found(site_id: UUID, import_id: UUID, actor: Actor) -> Import:
    site = _own(site_id, actor)
    run = Import.objects.of_site(site.id).filter(pk=import_id).first()
    if run is None:
        raise ImportNotFound(import_id=import_id)
    return run
