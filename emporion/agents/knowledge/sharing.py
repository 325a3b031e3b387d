"""Each page of the web is read once in a library: the source that has it first keeps it, and the others say who has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.agents.knowledge.library import SourceKind
from emporion.agents.knowledge.models import Document, Passage, Source
from emporion.agents.knowledge.replacing import have_read
from emporion.agents.knowledge.rules import page_key

NAMES_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The source with which a page is read."""

    source_id: UUID
    name: str


def pages_elsewhere(source: Source) -> dict[str, Holder]:
    """The pages that other sources of the same library have, by their keys."""
    if source.kind == SourceKind.FILE:
        return {}
    others = Source.objects.present().filter(library_id=source.library_id).exclude(id=source.id)
    documents = Document.objects.filter(source__in=others).exclude(address="").order_by("-source__created_at", "-id")
    rows = documents.values_list("address", "source_id", "source__name")
    return {page_key(address): Holder(source_id=source_id, name=name) for address, source_id, name in rows}


def pages_of(source: Source) -> dict[str, UUID]:
    """The pages that a source has: the ids of its documents by their keys."""
    documents = Document.objects.filter(source=source).exclude(address="").values_list("address", "id")
    return {page_key(address): document_id for address, document_id in documents}


def ids_of(holders: Iterable[Holder]) -> list[str]:
    """As they are kept with a source that leaves pages to them."""
    return sorted({str(holder.source_id) for holder in holders})


def told_of(kind: str, holders: Iterable[Holder]) -> str:
    """What a source says of the pages that it leaves to others, given each page's holder."""
    holders = list(holders)
    if not holders:
        return ""
    names = list(dict.fromkeys(holder.name for holder in holders))
    more = f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else ""
    told = f"lready read with {', '.join(names[:NAMES_TOLD])}{more}."
    if kind == SourceKind.PAGE:
        return f"A{told}"
    return f"1 page is a{told}" if len(holders) == 1 else f"{len(holders)} pages are a{told}"


def give_back(holder: Source, now: datetime) -> None:
    """Have those read anew that left pages to a source which has them no more."""
    for source in Source.objects.select_for_update().present().filter(library_id=holder.library_id).exclude(left_to=[]):
        if str(holder.id) in source.left_to:
            have_read(source, now)


def lacks_pages(source: Source) -> bool:
    """Whether those to which a deleted source left pages are not all there, and as they were, any more."""
    if source.deleted_at is None:
        return False
    unchanged = Source.objects.present().filter(id__in=source.left_to).exclude(read_at__gt=source.deleted_at)
    return unchanged.count() < len(source.left_to)


def leave_to_others(source: Source) -> None:
    """Let go of what others have come to read while a source was deleted."""
    elsewhere, own = pages_elsewhere(source), pages_of(source)
    left = {key: elsewhere[key] for key in own if key in elsewhere}
    if not left:
        return
    Document.objects.filter(id__in=[own[key] for key in left]).delete()
    source.document_count = len(own) - len(left)
    source.passage_count = source.done = source.total = Passage.objects.filter(document__source=source).count()
    source.left_to = sorted({*source.left_to, *ids_of(left.values())})
    source.note = f"{told_of(source.kind, left.values())} {source.problem}".strip()[:300]
    source.save()
