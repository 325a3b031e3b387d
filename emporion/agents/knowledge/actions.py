"""Verbs of knowledge: give an agent files, pages, pairs and topics, and take them away again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from emporion.accounts.actions import record_audit
from emporion.agents.knowledge import core, rules, storage
from emporion.agents.knowledge.access import seen
from emporion.agents.knowledge.library import LibraryKind, SourceKind, SourceState
from emporion.agents.knowledge.models import Library, MutedSource, Source
from emporion.agents.knowledge.pairs import (
    add_pair,
    add_topic,
    change_pair,
    delete_pair,
    import_pairs,
    remove_topic,
    restore_pair,
    set_avoid_message,
)
from emporion.agents.knowledge.replacing import have_read, keep_both, name_left, put_back
from emporion.agents.knowledge.sharing import give_back, lacks_pages, leave_to_others
from emporion.agents.knowledge.uploads import add_files, dismiss_refused, forget_refused
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "add_files",
    "add_pair",
    "add_topic",
    "add_web_address",
    "change_pair",
    "delete_library",
    "delete_pair",
    "delete_source",
    "dismiss_refused",
    "forget_refused",
    "import_pairs",
    "keep_both",
    "open_library",
    "put_back",
    "read_again",
    "read_all_again",
    "remove_topic",
    "restore_pair",
    "restore_source",
    "set_avoid_message",
]


class SourceNotFound(NotFound):
    """There is no such source in this library."""

    title = "This document is not here."
    next_step = "Open Training to see what the agent has read."


def open_library(
    *,
    library_id: UUID,
    kind: LibraryKind,
    organisation_id: UUID | None,
    project_id: UUID | None,
    base_id: UUID | None,
    now: datetime,
) -> None:
    """Make the library of an agent, blueprint or demo; one that exists stays as it is."""
    defaults = {
        "kind": kind,
        "organisation_id": organisation_id,
        "project_id": project_id,
        "base_id": base_id,
        "created_at": now,
    }
    Library.objects.get_or_create(id=library_id, defaults=defaults)


def add_web_address(*, library_id: UUID, address: str, whole_site: bool, actor: Actor, now: datetime) -> UUID:
    """Have a web page, or every page of a sitemap, read; an address that is known already is read again."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    address = rules.web_address(address)
    kind = SourceKind.SITEMAP if whole_site else SourceKind.PAGE
    known = Source.objects.present().filter(library=library, kind=kind)
    meant = (address, f"https:{address}", f"http:{address}") if address.startswith("//") else (address,)
    keys = {rules.page_key(one) for one in meant}
    source = next((one for one in known if rules.page_key(one.address) in keys), None)
    if source is None:
        name = address.split("//", 1)[1].rstrip("/")[:255]
        source = Source(library=library, kind=kind, name=name, address=address, created_at=now, created_by=actor.name, revision=0)
        record_audit(actor=actor, verb="source.added", object_type="agent", object_id=library.id, detail=name, now=now)
    have_read(source, now)
    return source.id


def read_again(*, library_id: UUID, source_id: UUID, actor: Actor, now: datetime) -> None:
    """Read a source anew; what has not changed is not indexed again."""
    have_read(_source(seen(actor, library_id, Permission.CONFIGURE), source_id), now)


def read_all_again(*, library_id: UUID, actor: Actor, now: datetime) -> int:
    """Read every own source anew; returns how many."""
    library = seen(actor, library_id, Permission.CONFIGURE)
    sources = list(Source.objects.present().filter(library=library))
    for source in sources:
        have_read(source, now)
    return len(sources)


@transaction.atomic
def delete_source(*, library_id: UUID, source_id: UUID, actor: Actor, now: datetime) -> str:
    """Take a source away at once and return its name; it can be brought back until the hourly erasure.

    A built-in source is not deleted, which would take it from other agents too, but no longer used here.
    """
    library = _held(seen(actor, library_id, Permission.CONFIGURE))
    source = _source(library, source_id, with_base=True)
    if source.library_id == library.id:
        Source.objects.filter(id=source.id).update(deleted_at=now)
        give_back(source, now)
    else:
        MutedSource.objects.get_or_create(library=library, source=source)
    changed(library.id)
    record_audit(actor=actor, verb="source.deleted", object_type="agent", object_id=library.id, detail=source.name, now=now)
    return source.name


@transaction.atomic
def restore_source(*, library_id: UUID, source_id: UUID, actor: Actor, now: datetime) -> None:
    """Undo a deletion; one that was stopped while being read, or left pages to another that is gone, is read again."""
    library = _held(seen(actor, library_id, Permission.CONFIGURE))
    if MutedSource.objects.filter(library=library, source_id=source_id).delete()[0]:
        changed(library.id)
        return
    source = Source.objects.taken_in().filter(library=library, id=source_id).first()
    if source is None:
        raise SourceNotFound
    if source.kind == SourceKind.FILE:
        source.name = name_left(library, source.name)
    lacks = lacks_pages(source)
    source.deleted_at = source.replaced_by = None
    source.save(update_fields=["deleted_at", "replaced_by", "name"])
    leave_to_others(source)
    changed(library.id)
    if lacks or source.state not in {SourceState.READY, SourceState.FAILED}:
        have_read(source, now)


def _held(library: Library) -> Library:
    """The library, locked before any source of it, as who reads one does: neither waits for the other, nor loses its pages."""
    return Library.objects.select_for_update().get(pk=library.pk)


def _source(library: Library, source_id: UUID, *, with_base: bool = False) -> Source:
    libraries = [library.id, *([library.base_id] if with_base and library.base_id else [])]
    source = Source.objects.present().filter(library_id__in=libraries, id=source_id).first()
    if source is None:
        raise SourceNotFound
    return source


def changed(library_id: UUID) -> None:
    """Make every snapshot of a library's index stale."""
    Library.objects.filter(id=library_id).update(version=F("version") + 1)


def delete_library(library_id: UUID) -> None:
    """Erase a library with its rows, vectors and files, for good; for demos that have ended."""
    names = list(Source.objects.filter(library_id=library_id).values_list("stored_name", flat=True))
    for name in names:
        storage.forget(name)
    core.forget_index(library_id)
    Library.objects.filter(id=library_id).delete()


def erase_deleted(*, before: datetime) -> int:
    """Erase what was deleted before a time, for good; returns how many sources."""
    sources = list(Source.objects.filter(deleted_at__lt=before))
    for source in sources:
        storage.forget(source.stored_name)
        source.delete()
    return len(sources)
