"""Team Notes: the notes of an organisation. Every query and verb begins at the guest, who is in exactly one organisation."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from emporion.agents.apps import rules
from emporion.agents.apps.errors import NoteChanged, NoteNotFound, TitleMissing
from emporion.agents.apps.models import Note
from emporion.agents.apps.types import Draft, Guest, NoteView

MOST = 200


def _mine(guest: Guest) -> QuerySet[Note]:
    return Note.objects.filter(organisation_id=guest.organisation.id)


def find(guest: Guest, search: str = "") -> tuple[NoteView, ...]:
    """The notes that hold every word of a search, pinned ones first; all of them without one."""
    rows = _mine(guest).filter(deleted_at=None)
    for word in rules.folded(search).split():
        rows = rows.filter(search_text__contains=word)
    return tuple(_view(row, with_html=False) for row in rows[:MOST])


def read(guest: Guest, note_id: UUID) -> NoteView:
    """One note."""
    return _view(_one(guest, note_id))


def _one(guest: Guest, note_id: UUID) -> Note:
    row = _mine(guest).filter(id=note_id, deleted_at=None).first()
    if row is None:
        raise NoteNotFound
    return row


def write(*, guest: Guest, draft: Draft, now: datetime) -> UUID:
    """Make a note; returns its id."""
    row = Note(organisation_id=guest.organisation.id, author_name=guest.name, created_at=now, updated_at=now)
    _fill(row, draft)
    row.save(force_insert=True)
    return row.id


def change(*, guest: Guest, note_id: UUID, draft: Draft, now: datetime) -> None:
    """Save a note over the revision that its writer began from; `NoteChanged` when there is a newer one."""
    row = _one(guest, note_id)
    _fill(row, draft)
    saved = _mine(guest).filter(id=note_id, revision=draft.revision, deleted_at=None)
    done = saved.update(
        title=row.title,
        text=row.text,
        search_text=row.search_text,
        author_name=guest.name,
        updated_at=now,
        revision=draft.revision + 1,
    )
    if not done:
        raise NoteChanged(revision=row.revision)


def _fill(row: Note, draft: Draft) -> None:
    row.title, row.text = draft.title.strip()[:200], draft.text
    if not row.title:
        raise TitleMissing(field="title")
    row.search_text = rules.folded(f"{row.title}\n{row.text}")


def pin(*, guest: Guest, note_id: UUID, is_pinned: bool) -> None:
    """Keep a note at the top, or let it go from there."""
    _mine(guest).filter(id=_one(guest, note_id).id).update(is_pinned=is_pinned)


def delete(*, guest: Guest, note_id: UUID, now: datetime) -> None:
    """Take a note away; it can be brought back."""
    _mine(guest).filter(id=_one(guest, note_id).id).update(deleted_at=now)


def restore(*, guest: Guest, note_id: UUID) -> None:
    """Bring a deleted note back."""
    if not _mine(guest).filter(id=note_id).update(deleted_at=None):
        raise NoteNotFound


def _view(row: Note, *, with_html: bool = True) -> NoteView:
    return NoteView(
        id=row.id,
        title=row.title,
        text=row.text,
        html=rules.html_of(row.text) if with_html else "",
        excerpt=rules.excerpt(row.text),
        is_pinned=row.is_pinned,
        revision=row.revision,
        author_name=row.author_name,
        updated_at=row.updated_at,
    )
