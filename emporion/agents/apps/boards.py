"""Status Board: the services of an organisation, their states, and what was said about them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.agents.apps import rules
from emporion.agents.apps.errors import LinkGone, ServiceNotFound, TitleMissing
from emporion.agents.apps.models import AppListing, Board, Service, StatusUpdate
from emporion.agents.apps.types import AppKind, BoardView, Guest, ServiceState, ServiceView, UpdateView
from emporion.billing import queries as billing
from emporion.kernel.errors import NotFound
from emporion.kernel.names import written
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import new_token
from emporion.plumbing.types import Actor

UPDATES_SHOWN = 30


def board(guest: Guest, *, now: datetime) -> BoardView:
    """The board of the guest's organisation."""
    row = _board(guest)
    return replace(_view(row), share_ended_at=row.share_ended_at if _may_restore(row, now) else None)


def _board(guest: Guest) -> Board:
    name = guest.organisation.name[:120]
    row, _is_new = Board.objects.get_or_create(organisation_id=guest.organisation.id, defaults={"title": name})
    return row


def shared_board(token: str) -> BoardView:
    """The board behind a secret link, as long as the link is on and the app is paid for."""
    row = Board.objects.filter(share_token=token).first() if token else None
    if row is None or not _is_paid_for(row.organisation_id):
        raise NotFound("There is no board behind this link.", next_step="Ask who gave it to you for a new one.")
    return _view(row)


def _is_paid_for(organisation_id: UUID) -> bool:
    products = set(AppListing.objects.filter(kind=AppKind.STATUS).values_list("id", flat=True))
    found = billing.subscriptions_of(Actor.system(organisation_id))
    return any(one.is_usable and one.product_id in products for one in found)


def add_service(*, guest: Guest, name: str, now: datetime) -> UUID:
    """Put a service on the board; it works until somebody says otherwise."""
    if not (name := written(name)):
        raise TitleMissing("The name of the service is missing.", field="name")
    row = Service.objects.create(organisation_id=guest.organisation.id, name=name, since=now, created_at=now)
    return row.id


@transaction.atomic
def say(*, guest: Guest, service_id: UUID, state: ServiceState, text: str, now: datetime) -> None:
    """Set the state of a service and say in a sentence what is known; "since when" moves only when the state does."""
    row = _service(guest, service_id)
    if row.state != state:
        row.state, row.since = state, now
    row.note = text.strip()[:500]
    row.save(update_fields=["state", "since", "note"])
    StatusUpdate.objects.create(
        service=row,
        organisation_id=guest.organisation.id,
        state=state,
        text=row.note,
        author_name=guest.name,
        created_at=now,
    )


def remove_service(*, guest: Guest, service_id: UUID, now: datetime) -> None:
    """Take a service off the board; it can be brought back with its history."""
    Service.objects.filter(id=_service(guest, service_id).id).update(removed_at=now)


def restore_service(*, guest: Guest, service_id: UUID) -> None:
    """Bring a service back."""
    if not Service.objects.filter(id=service_id, organisation_id=guest.organisation.id).update(removed_at=None):
        raise ServiceNotFound


def share(*, guest: Guest) -> None:
    """Make a new secret link; one that was turned off before stays so."""
    _set_link(_board(guest), new_token(""))


@transaction.atomic
def end_share(*, guest: Guest, now: datetime) -> None:
    """Turn the secret link off. It can be turned on again for an hour."""
    row = Board.objects.select_for_update().get(pk=_board(guest).pk)
    if row.share_token:
        _set_link(row, "", ended=row.share_token, at=now)


@transaction.atomic
def restore_share(*, guest: Guest, now: datetime) -> None:
    """Turn the same secret link on again; `LinkGone` later than an hour after it was turned off, or once there is a new one."""
    row = Board.objects.select_for_update().get(pk=_board(guest).pk)
    if not _may_restore(row, now):
        raise LinkGone
    _set_link(row, row.ended_share_token)


def _may_restore(row: Board, now: datetime) -> bool:
    if row.share_token or not row.ended_share_token or row.share_ended_at is None:
        return False
    return now - row.share_ended_at <= REVOKED_FOR_GOOD


def _set_link(row: Board, token: str, *, ended: str = "", at: datetime | None = None) -> None:
    row.share_token, row.ended_share_token, row.share_ended_at = token, ended, at
    row.save(update_fields=["share_token", "ended_share_token", "share_ended_at"])


def _service(guest: Guest, service_id: UUID) -> Service:
    rows = Service.objects.select_for_update() if transaction.get_connection().in_atomic_block else Service.objects.all()
    row = rows.filter(id=service_id, organisation_id=guest.organisation.id, removed_at=None).first()
    if row is None:
        raise ServiceNotFound
    return row


def _view(row: Board) -> BoardView:
    rows = Service.objects.filter(organisation_id=row.organisation_id, removed_at=None)
    services = tuple(
        ServiceView(id=one.id, name=one.name, state=ServiceState(one.state), since=one.since, note=one.note) for one in rows
    )
    said = StatusUpdate.objects.filter(organisation_id=row.organisation_id, service__removed_at=None).select_related("service")
    return BoardView(
        title=row.title,
        overall=rules.overall(one.state for one in services),
        services=services,
        updates=tuple(
            UpdateView(
                state=ServiceState(one.state),
                text=one.text,
                author_name=one.author_name,
                created_at=one.created_at,
                service_name=one.service.name,
            )
            for one in said[:UPDATES_SHOWN]
        ),
        share_token=row.share_token,
    )
