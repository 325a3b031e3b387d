"""Notes on the timeline of a website: typed by a person, sent by a deploy, or written when something of the plan changes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.insights.reports.errors import NoteEmpty, NoteNotFound
from emporion.insights.reports.models import Note
from emporion.insights.reports.types import Period
from emporion.insights.sites.models import Site
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor, ActorKind, Permission

LONGEST = 200


class Origin(StrEnum):
    """Who wrote a note."""

    PERSON = "person"
    DEPLOY = "deploy"
    PLAN = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A note as its readers see it; only what a person typed can be edited."""

    id: UUID
    at: datetime
    text: str
    origin: Origin
    author_name: str
    url: str

    @property
    def icon(self) -> str:
        """What the flag shows."""
        return {Origin.PERSON: "pencil", Origin.DEPLOY: "rocket", Origin.PLAN: "repeat"}[self.origin]

    @property
    def is_typed(self) -> bool:
        """Whether a person wrote it."""
        return self.origin is Origin.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """What is written and when it happened; a `key` keeps a repetition from writing it twice."""

    text: str
    at: datetime
    origin: Origin = Origin.PERSON
    url: str = ""
    key: str = ""


def notes_of(site_id: UUID, period: Period) -> tuple[NoteView, ...]:
    """The notes of a period, oldest first; whoever asks has shown that they may read the site's report."""
    return tuple(_view(note) for note in Note.objects.between(site_id, period.start, period.end)[:100])


def public(notes: tuple[NoteView, ...]) -> tuple[NoteView, ...]:
    """The notes as strangers may read them: not who wrote them, and nothing of the account."""
    return tuple(replace(note, author_name="") for note in notes if note.origin is not Origin.PLAN)


def note_of(actor: Actor, site_id: UUID, note_id: UUID) -> NoteView:
    """One note of a website that the actor sees; NoteNotFound otherwise."""
    return _view(_note(actor, site_id, note_id))


def add_note(*, site_id: UUID, note: NewNote, actor: Actor, now: datetime) -> NoteView:
    """Writes a note; the same key gives the note that is there already. NoteEmpty without words."""
    site = site_of(actor, site_id)
    actor.require(Permission.USE, site.project_id)
    try:
        with transaction.atomic():
            return _view(
                Note.objects.create(
                    site_id=site.id,
                    at=note.at,
                    text=_words(note.text),
                    origin=note.origin,
                    author_id=actor.id if actor.kind is ActorKind.PERSON else None,
                    author_name=actor.name[:150],
                    url=note.url[:500],
                    key=note.key[:120] or None,
                    created_at=now,
                )
            )
    except IntegrityError:
        return _view(Note.objects.get(site_id=site.id, key=note.key[:120]))


def edit_note(*, site_id: UUID, note_id: UUID, text: str, at: datetime, actor: Actor) -> NoteView:
    """Changes the words or the time of a note that a person wrote."""
    note = _own(actor, site_id, note_id)
    note.text, note.at = _words(text), at
    note.save(update_fields=["text", "at"])
    return _view(note)


def remove_note(*, site_id: UUID, note_id: UUID, actor: Actor, now: datetime) -> NoteView:
    """Takes a note off the timeline; `restore_note` brings it back."""
    note = _own(actor, site_id, note_id)
    note.removed_at = now
    note.save(update_fields=["removed_at"])
    return _view(note)


def restore_note(*, site_id: UUID, note_id: UUID, actor: Actor) -> NoteView:
    """Undoes a deletion."""
    note = _own(actor, site_id, note_id)
    note.removed_at = None
    note.save(update_fields=["removed_at"])
    return _view(note)


def note_on_every_site(*, organisation_id: UUID, note: NewNote, now: datetime) -> int:
    """Writes an automatic note on all websites of an organisation, once each; returns how many it has."""
    actor = Actor.system(organisation_id)
    sites = list(Site.objects.of(actor).values_list("pk", flat=True))
    for site_id in sites:
        add_note(site_id=site_id, note=note, actor=actor, now=now)
    return len(sites)


def _words(text: str) -> str:
    words = " ".join(text.split())[:LONGEST]
    if not words:
        raise NoteEmpty(field="text")
    return words


def _own(actor: Actor, site_id: UUID, note_id: UUID) -> Note:
    """A note that the actor may change: their own, or any where they may configure the website."""
    note = _note(actor, site_id, note_id)
    is_author = actor.id is not None and note.author_id == actor.id
    actor.require(Permission.USE if is_author else Permission.CONFIGURE, note.site.project_id)
    return note


def _note(actor: Actor, site_id: UUID, note_id: UUID) -> Note:
    site = site_of(actor, site_id)
    found = Note.objects.filter(site_id=site.id, pk=note_id).select_related("site").first()
    if found is None:
        raise NoteNotFound
    return found


def _view(note: Note) -> NoteView:
    return NoteView(
        id=note.pk, at=note.at, text=note.text, origin=Origin(note.origin), author_name=note.author_name, url=note.url
    )
