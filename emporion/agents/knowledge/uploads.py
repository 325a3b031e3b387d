"""Taking in files: each is kept under its folder and name, and those that share a name are told apart by a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from emporion.accounts.actions import record_audit
from emporion.agents.knowledge import core, file_names, rules, storage
from emporion.agents.knowledge.access import seen
from emporion.agents.knowledge.library import (
    FILE_LIMIT_BYTES,
    FILES_AT_ONCE,
    REFUSED_KEPT,
    LibraryKind,
    SourceKind,
    SourceState,
    UploadedFile,
    UploadOutcome,
)
from emporion.agents.knowledge.models import Document, Library, Source
from emporion.agents.knowledge.replacing import files_of, have_read, numbers_of, set_aside
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    """A file of a kind that can be read."""

    path: str
    content: bytes
    fingerprint: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The files of one upload; `sent` holds the different contents that came under each path."""

    library: Library
    sent: dict[str, list[str]]
    actor: Actor
    now: datetime

    def name_of(self, file: _Sound) -> str:
        """What a file is called here."""
        kept = dict(numbers_of(self.library, file.path).values_list("name", "content_hash"))
        others = self.sent.keys() - {file.path}
        return file_names.names_for(file.path, self.sent[file.path], kept=kept, others=others)[file.fingerprint]


def add_files(
    *, library_id: UUID, files: tuple[UploadedFile, ...], limit_bytes: int = FILE_LIMIT_BYTES, actor: Actor, now: datetime
) -> tuple[UploadOutcome, ...]:
    """Take in files; each stands for itself, so that one refused harms no other.

    The name of a file is its path. A path that is there already gets the new content; several contents that come under one path
    in one upload are kept side by side. Only files that bring something new count to how many may come at once.
    """
    library = seen(actor, library_id, Permission.CONFIGURE)
    looked_at = [_looked_at(file, limit_bytes) for file in files]
    batch = _Batch(library=library, sent=_by_path(looked_at), actor=actor, now=now)
    outcomes: list[UploadOutcome] = []
    taken = 0
    for one in looked_at:
        if isinstance(one, UploadOutcome):
            outcomes.append(one)
        elif there := _there(batch, one):
            outcomes.append(there)
        else:
            outcomes.append(_take_in(batch, one) if taken < FILES_AT_ONCE else _left_over(one))
            taken += 1
    if library.kind == LibraryKind.AGENT:
        _tell_refused(library, outcomes, actor, now)
    return tuple(outcomes)


@transaction.atomic
def _tell_refused(library: Library, outcomes: Sequence[UploadOutcome], actor: Actor, now: datetime) -> None:
    """Keep a row for each file that was not taken in, one for a name, and none for one that has come since."""
    told = Source.objects.refused().filter(library=library)
    told.filter(name__in=[outcome.came_as or outcome.name for outcome in outcomes]).delete()
    refused = {outcome.name: outcome for outcome in outcomes if outcome.problem}
    about = {"library": library, "kind": SourceKind.FILE, "state": SourceState.REFUSED, "revision": 0}
    about |= {"created_at": now, "created_by": actor.name}
    Source.objects.bulk_create(
        Source(name=name, problem=one.problem, next_step=one.next_step, **about) for name, one in refused.items()
    )
    told.exclude(id__in=list(told.values_list("id", flat=True)[:REFUSED_KEPT])).delete()


def dismiss_refused(*, library_id: UUID, source_id: UUID | None, actor: Actor) -> None:
    """No longer tell that a file was refused, or that any was."""
    told = Source.objects.refused().filter(library=seen(actor, library_id, Permission.CONFIGURE))
    (told.filter(id=source_id) if source_id else told).delete()


def forget_refused(*, before: datetime) -> None:
    """No longer tell of what was refused before a time."""
    Source.objects.refused().filter(created_at__lt=before).delete()


def _looked_at(file: UploadedFile, limit_bytes: int) -> _Sound | UploadOutcome:
    path = file_names.path_of(file.name)
    try:
        media_type = core.accept(file, path, limit_bytes)
    except DomainError as error:
        return UploadOutcome(name=path, problem=error.message, next_step=error.step)
    return _Sound(path=path, content=file.content, fingerprint=rules.content_hash(file.content), media_type=media_type)


def _by_path(files: Sequence[_Sound | UploadOutcome]) -> dict[str, list[str]]:
    sent: dict[str, dict[str, None]] = {}
    for file in files:
        if isinstance(file, _Sound):
            sent.setdefault(file.path, {})[file.fingerprint] = None
    return {path: list(contents) for path, contents in sent.items()}


def _left_over(file: _Sound) -> UploadOutcome:
    return UploadOutcome(
        name=file.path,
        problem=f"More than {FILES_AT_ONCE} new files came at once; this one was left out.",
        next_step="Upload it again; what was taken in by now does not count.",
    )


def _there(batch: _Batch, file: _Sound) -> UploadOutcome | None:
    earlier = _file_named(batch.library, batch.name_of(file))
    if earlier is None or not _is_read(earlier, file.fingerprint):
        return None
    return UploadOutcome(name=earlier.name, source_id=earlier.id, was_there=True)


def _moved(batch: _Batch, file: _Sound) -> UploadOutcome | None:
    """A file that came without its folder before is no second one when it comes with it: it only gets its name."""
    bare = file.path.rpartition("/")[2]
    is_sent_bare = file.fingerprint in batch.sent.get(bare, ())
    if is_sent_bare or _file_named(batch.library, batch.name_of(file)):
        return None
    alike = numbers_of(batch.library, bare).filter(content_hash=file.fingerprint).exclude(state=SourceState.FAILED)
    source = next((one for one in alike if file_names.is_of(bare, one.name)), None)
    if source is None:
        return None
    source.name = batch.name_of(file)
    if source.state == SourceState.READY:
        source.save(update_fields=["name"])
        Document.objects.filter(source=source).update(name=source.name)
        Library.objects.filter(id=batch.library.id).update(version=F("version") + 1)
    else:
        have_read(source, batch.now)
    return UploadOutcome(name=source.name, source_id=source.id, was_there=True)


def _take_in(batch: _Batch, file: _Sound) -> UploadOutcome:
    stored_name = storage.keep(batch.library.id, f"{file.fingerprint[:16]}", file.content)
    with transaction.atomic():
        Library.objects.select_for_update().get(pk=batch.library.pk)
        there = _there(batch, file) or _moved(batch, file)  # the same file may have come at the same moment
        if there is None:
            name = batch.name_of(file)
            source = _file_named(batch.library, name) or _new_source(batch, name)
            unused = _let_go(source, batch.now)
            source.stored_name = stored_name
            source.media_type, source.content_hash, source.byte_count = file.media_type, file.fingerprint, len(file.content)
            have_read(source, batch.now)
    storage.forget(stored_name if there else unused)
    return there or UploadOutcome(name=name, source_id=source.id, came_as=file.path if name != file.path else "")


def _let_go(source: Source, now: datetime) -> str:
    """The stored file that nobody wants any more; what could be read is set aside instead, to be put back."""
    if not source.stored_name or source.state == SourceState.FAILED:
        return source.stored_name
    set_aside(source, now)
    return ""


def _new_source(batch: _Batch, name: str) -> Source:
    library, actor, now = batch.library, batch.actor, batch.now
    record_audit(actor=actor, verb="source.added", object_type="agent", object_id=library.id, detail=name, now=now)
    return Source(library=library, kind=SourceKind.FILE, name=name, created_at=now, created_by=actor.name, revision=0)


def _file_named(library: Library, name: str) -> Source | None:
    return files_of(library).filter(name=name).first()


def _is_read(source: Source, fingerprint: str) -> bool:
    return source.content_hash == fingerprint and source.state != SourceState.FAILED
