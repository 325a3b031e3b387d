"""What changed before an API got worse: deploys, what providers said, routes, notes; and those that fall into a chart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.gateway.routing.queries import ended_routes, routes_of
from emporion.nexus.apis.queries import notes_of
from emporion.nexus.overview.addresses import address
from emporion.nexus.providers.queries import provider_incidents
from emporion.nexus.signals.queries import deploys
from emporion.plumbing.types import Actor

LOOKED_BACK = timedelta(hours=24)
SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened; `short` is for charts, `kind` decides its drawing."""

    at: datetime
    kind: str
    icon: str
    title: str
    detail: str = ""
    short: str = ""
    url: str = ""
    until: datetime | None = None
    api_ids: tuple[UUID, ...] = ()
    note_id: UUID | None = None
    is_own: bool = False


def changes(actor: Actor, project_id: UUID, since: datetime, until: datetime, api_id: UUID | None = None) -> tuple[Change, ...]:
    """Everything that changed in a stretch, latest first; for one API only what touches it."""
    found = [*_deploys(actor, project_id, since, until), *_routes(actor, project_id, since, until, api_id)]
    found += _providers(actor, project_id, since, until, api_id)
    if api_id is not None:
        found += _notes(actor, api_id, since, until)
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def _deploys(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> Iterable[Change]:
    for one in deploys(actor, project_id, since, until):
        words = [part for part in (one.who, one.change) if part]
        yield Change(
            at=one.at,
            kind="deploy",
            icon="git-commit-horizontal",
            title=_("Deploy %(service)s %(version)s") % {"service": one.service, "version": one.version},
            detail=", ".join(words),
            short=_("Deploy %(version)s") % {"version": one.version},
            url=address("nexus_signals:deploys"),
        )


def _providers(actor: Actor, project_id: UUID, since: datetime, until: datetime, api_id: UUID | None) -> Iterable[Change]:
    for one in provider_incidents(actor, project_id, since, until, api_id=api_id):
        yield Change(
            at=one.started_at,
            kind="provider",
            icon="radio",
            title=one.title if one.feed_name in one.title else f"{one.feed_name}: {one.title}",
            detail=_("Provider’s status page, over") if one.resolved_at else _("Provider’s status page"),
            short=one.feed_name,
            url=address("nexus_providers:provider", one.feed_id),
            until=one.resolved_at,
            api_ids=one.api_ids,
        )


def _routes(actor: Actor, project_id: UUID, since: datetime, until: datetime, api_id: UUID | None) -> Iterable[Change]:
    for one in (*routes_of(actor, project_id, now=until), *ended_routes(actor, project_id, now=until)):
        if since <= one.set_at < until and api_id in {None, one.api_id}:
            yield Change(
                at=one.set_at,
                kind="route",
                icon="route",
                title=one.sentence,
                detail=one.set_by,
                short=_("Route"),
                url=address("nexus_gateway:routes"),
            )


def _notes(actor: Actor, api_id: UUID, since: datetime, until: datetime) -> Iterable[Change]:
    for one in notes_of(actor, api_id, since, until):
        yield Change(
            at=one.at,
            kind="note",
            icon="pencil",
            title=one.text,
            detail=one.author_name,
            short=one.text if len(one.text) <= 24 else f"{one.text[:23]}…",
            note_id=one.id,
            is_own=one.is_own,
        )
