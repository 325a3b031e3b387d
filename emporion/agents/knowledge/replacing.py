"""What an upload replaced is set aside for an hour: it can be put back, or be kept beside its successor."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.agents.knowledge import file_names
from emporion.agents.knowledge.access import seen
from emporion.agents.knowledge.library import ReadSource, SourceKind, SourceState
from emporion.agents.knowledge.models import Library, Source, SourceQuerySet
from emporion.kernel.errors import Conflict
from emporion.plumbing.actions import enqueue
from emporion.plumbing.types import Actor, Permission

_OF_THE_FILE = ("stored_name", "media_type", "content_hash", "byte_count")


class NothingSetAside(Conflict):
    """What an upload replaced was put back, kept or erased meanwhile."""

    title = "There is nothing to put back any more."
    next_step = "Upload the earlier files again: what an upload replaces is kept for an hour."


def set_aside(source: Source, now: datetime) -> None:
    """Keep the file that a source holds as a deleted one of its own, before the source gets another."""
    Source.objects.create(
        library_id=source.library_id,
        kind=source.kind,
        name=source.name,
        created_at=source.created_at,
        created_by=source.created_by,
        revision=0,
        deleted_at=now,
        replaced_by=source,
        **{field: getattr(source, field) for field in _OF_THE_FILE},
    )


@transaction.atomic
def put_back(*, library_id: UUID, at: datetime, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Undo what the upload of a moment replaced: each source gets its earlier file again; the names."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    replaced = _set_aside(library, at)
    for earlier, source in replaced:
        for field in _OF_THE_FILE:
            kept, given = getattr(earlier, field), getattr(source, field)
            setattr(source, field, kept)
            setattr(earlier, field, given)
        earlier.replaced_by = None
        earlier.save()
        have_read(source, now)
        _note(library, source.name, "source.put_back", actor, now)
    return tuple(source.name for _, source in replaced)


@transaction.atomic
def keep_both(*, library_id: UUID, at: datetime, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Keep what the upload of a moment replaced beside its successors; the names, each with a number."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    replaced = _set_aside(library, at)
    for earlier, _ in replaced:
        earlier.name = name_left(library, earlier.name)
        earlier.deleted_at = earlier.replaced_by = None
        have_read(earlier, now)
        _note(library, earlier.name, "source.added", actor, now)
    return tuple(earlier.name for earlier, _ in replaced)


def _set_aside(library: Library, at: datetime) -> list[tuple[Source, Source]]:
    Library.objects.select_for_update().get(pk=library.pk)
    rows = Source.objects.set_aside().filter(library=library, deleted_at=at).select_related("replaced_by").order_by("name")
    replaced = [(row, row.replaced_by) for row in rows if row.replaced_by]
    if not replaced:
        raise NothingSetAside
    return replaced


def _note(library: Library, name: str, verb: str, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="agent", object_id=library.id, detail=name, now=now)


def files_of(library: Library) -> SourceQuerySet:
    """The files that an agent was given and has."""
    return Source.objects.present().filter(library=library, kind=SourceKind.FILE)


def numbers_of(library: Library, path: str) -> SourceQuerySet:
    """Those whose name may be a path or a number of it."""
    return files_of(library).filter(name__startswith=file_names.stem_of(path))


def name_left(library: Library, path: str) -> str:
    """What a file is to be called that comes back: its own name, or a number of it while another has that."""
    return file_names.free_name(path, frozenset(numbers_of(library, path).values_list("name", flat=True)))


@transaction.atomic
def have_read(source: Source, now: datetime) -> None:
    """Have a source read, or read anew."""
    source.revision += 1
    source.state, source.done, source.total, source.note = SourceState.WAITING, 0, 0, ""
    source.problem = source.next_step = ""
    source.save()
    job = ReadSource(source_id=source.id, revision=source.revision)
    enqueue("agents.read_source", job, now=now, key=f"read:{source.id}:{source.revision}")
