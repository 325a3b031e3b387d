"""Notes for programs: what a deploy tells the timeline of a website."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from emporion.accounts.access import ActorRequest, PersonOrToken
from emporion.insights.reports import notes
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.plumbing.schemas import Exact

router = Router(tags=["insights"], auth=PersonOrToken())


class NoteIn(Exact):
    """What happened; `at` is now unless said otherwise, and the same `key` writes one note however often it is sent."""

    text: str = Field(max_length=200)
    at: datetime | None = None
    url: str = Field(default="", max_length=500, pattern=r"^(https?://.*)?$")
    key: str = Field(default="", max_length=100)


class NoteOut(Schema):
    """A note on the timeline."""

    id: UUID
    at: datetime
    text: str
    origin: str
    url: str


@router.post("/insights/{uuid:site_id}/notes", response={201: NoteOut}, url_name="insights-notes")
def add(request: HttpRequest, site_id: UUID, body: NoteIn) -> Status[NoteOut]:
    """Mark a deploy or another event on the timeline of a website."""
    now = utcnow()
    if body.at and body.at.tzinfo is None:
        raise Invalid("`at` needs its offset from UTC, for example 2026-10-25T08:00:00Z.", field="at")
    written = notes.NewNote(text=body.text, at=body.at or now, origin=notes.Origin.DEPLOY, url=body.url, key=body.key)
    note = notes.add_note(site_id=site_id, note=written, actor=cast("ActorRequest", request).actor, now=now)
    return Status(201, NoteOut(id=note.id, at=note.at, text=note.text, origin=note.origin, url=note.url))
