"""Verbs of people on their APIs: say what is expected of one, and write on its timeline."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.gateway.routing.queries import api_of
from emporion.nexus.apis.errors import NoteEmpty, NoteNotFound, WatchInvalid
from emporion.nexus.apis.models import ApiNote, ApiWatch
from emporion.nexus.apis.queries import may_change, note_view, watch_of
from emporion.nexus.apis.types import NoteView, Watch
from emporion.plumbing.types import Actor, ActorKind, Permission

LONGEST = 200
LOWEST, HIGHEST = 0.5, 0.99999


def save_watch(*, watch: Watch, actor: Actor, now: datetime) -> Watch:
    """Says what is expected of an API; WatchInvalid names the field."""
    api = api_of(actor, watch.api_id)
    actor.require(Permission.CONFIGURE, api.project_id)
    if not LOWEST <= watch.target <= HIGHEST:
        raise WatchInvalid(field="target", next_step="Give a share between 50 and 99.999 percent.")
    ApiWatch.objects.update_or_create(
        api_id=api.id,
        defaults={
            "organisation_id": api.organisation_id,
            "project_id": api.project_id,
            "target": Decimal(f"{watch.target:.6f}"),
            "latency_ms": min(watch.latency_ms, 600_000),
            "status_feed_url": watch.status_feed_url[:500],
            "quota_name": " ".join(watch.quota_name.split())[:60],
            "quota_calls": watch.quota_calls,
            "quota_period": watch.quota_period,
            "depends": " ".join(watch.depends.split())[:200],
            "set_by": actor.name[:150],
            "set_at": now,
        },
    )
    return watch_of(actor, api.id)


def add_note(*, api_id: UUID, text: str, at: datetime, actor: Actor, now: datetime) -> NoteView:
    """Writes on the timeline of an API. NoteEmpty without words."""
    api = api_of(actor, api_id)
    actor.require(Permission.USE, api.project_id)
    note = ApiNote.objects.create(
        organisation_id=api.organisation_id,
        project_id=api.project_id,
        api_id=api.id,
        at=at,
        text=_words(text),
        author_id=actor.id if actor.kind is ActorKind.PERSON else None,
        author_name=actor.name[:150],
        created_at=now,
    )
    return note_view(note, actor)


def edit_note(*, note_id: UUID, text: str, at: datetime, actor: Actor) -> NoteView:
    """Changes the words or the time of a note: one's own, or any where one may configure the project."""
    note = _own(actor, note_id)
    note.text, note.at = _words(text), at
    note.save(update_fields=["text", "at"])
    return note_view(note, actor)


def remove_note(*, note_id: UUID, actor: Actor, now: datetime) -> NoteView:
    """Takes a note off the timeline; `restore_note` brings it back."""
    note = _own(actor, note_id)
    note.removed_at = now
    note.save(update_fields=["removed_at"])
    return note_view(note, actor)


def restore_note(*, note_id: UUID, actor: Actor) -> NoteView:
    """Undoes a deletion."""
    note = _own(actor, note_id)
    note.removed_at = None
    note.save(update_fields=["removed_at"])
    return note_view(note, actor)


def _words(text: str) -> str:
    words = " ".join(text.split())[:LONGEST]
    if not words:
        raise NoteEmpty(field="text")
    return words


def _own(actor: Actor, note_id: UUID) -> ApiNote:
    note = ApiNote.objects.filter(pk=note_id, organisation_id=actor.organisation).first()
    if note is None or not actor.sees_project(note.project_id):
        raise NoteNotFound
    if not may_change(note, actor):
        actor.require(Permission.CONFIGURE, note.project_id)
    return note
