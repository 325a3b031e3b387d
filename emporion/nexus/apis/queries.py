"""Reading what is expected of APIs and what was written on their timelines; every question begins at the actor."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from emporion.gateway.routing.queries import api_of, apis_of
from emporion.gateway.routing.types import ApiView
from emporion.nexus.apis.errors import NoteNotFound
from emporion.nexus.apis.models import ApiNote, ApiWatch
from emporion.nexus.apis.types import Allowed, NoteView, Watch
from emporion.plumbing.types import Actor, Permission

NOTES_SHOWN = 100


def watch_of(actor: Actor, api_id: UUID) -> Watch:
    """What is expected of an API that the actor sees; the defaults where nobody said."""
    return _watch(api_of(actor, api_id), ApiWatch.objects.filter(api_id=api_id).first())


def watches_of(actor: Actor, project_id: UUID) -> Mapping[UUID, Watch]:
    """What is expected of each API of a project."""
    apis = apis_of(actor, project_id)
    rows = {row.api_id: row for row in ApiWatch.objects.filter(project_id=project_id, organisation_id=actor.organisation)}
    return {api.id: _watch(api, rows.get(api.id)) for api in apis}


def notes_of(actor: Actor, api_id: UUID, since: datetime, until: datetime) -> list[NoteView]:
    """The notes on the timeline of an API in a stretch, oldest first."""
    api = api_of(actor, api_id)
    return [note_view(note, actor) for note in ApiNote.objects.between(api.id, since, until)[:NOTES_SHOWN]]


def note_of(actor: Actor, note_id: UUID) -> NoteView:
    """One note of a project that the actor sees; NoteNotFound otherwise."""
    note = ApiNote.objects.filter(pk=note_id, organisation_id=actor.organisation).first()
    if note is None or not actor.sees_project(note.project_id):
        raise NoteNotFound
    return note_view(note, actor)


def may_change(note: ApiNote, actor: Actor) -> bool:
    """Whether a note is the actor's own, and they may still write."""
    return actor.id is not None and note.author_id == actor.id and actor.may(Permission.USE, note.project_id)


def note_view(note: ApiNote, actor: Actor) -> NoteView:
    """A note as this reader sees it."""
    return NoteView(
        id=note.pk,
        api_id=note.api_id,
        at=note.at,
        text=note.text,
        author_name=note.author_name,
        is_own=may_change(note, actor) or actor.may(Permission.CONFIGURE, note.project_id),
    )


def _watch(api: ApiView, row: ApiWatch | None) -> Watch:
    if row is None:
        return Watch(api_id=api.id, status_feed_url=api.status_page_url)
    return Watch(
        api_id=api.id,
        target=float(row.target),
        latency_ms=row.latency_ms,
        status_feed_url=row.status_feed_url or api.status_page_url,
        quota_name=row.quota_name,
        quota_calls=row.quota_calls,
        quota_period=Allowed(row.quota_period),
        depends=row.depends,
    )
