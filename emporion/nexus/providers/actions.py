"""Verbs of providers: follow a status page, say which APIs it concerns, read it now, leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing import queries as gateway
from emporion.nexus.providers import reading, rules
from emporion.nexus.providers.errors import FeedExists, FeedInvalid, FeedNotFound, FeedsFull
from emporion.nexus.providers.models import ComponentRow, FeedRow
from emporion.nexus.providers.queries import feed_view
from emporion.nexus.providers.types import Feed, FeedKind, NewFeed
from emporion.plumbing.limits import Window, count
from emporion.plumbing.types import Actor, Permission

BY_HAND = Window(scope="nexus-feeds-by-hand", limit=20, seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPage:
    """The status page that was entered for an API, and the one that had been entered before; either may be empty."""

    api_id: UUID
    project_id: UUID
    name: str
    url: str
    before: str


def follow(*, feed: NewFeed, project_id: UUID, actor: Actor, now: datetime) -> Feed:
    """Reads a status page from now on; FeedInvalid, FeedExists, FeedsFull."""
    actor.require(Permission.CONFIGURE, project_id)
    url = rules.address_of(feed.url)
    _require_apis(actor, feed.api_ids, project_id)
    if FeedRow.objects.filter(project_id=project_id, removed_at=None).count() >= rules.MOST_FEEDS:
        raise FeedsFull(most=rules.MOST_FEEDS)
    try:
        with transaction.atomic():
            row = FeedRow.objects.create(
                organisation_id=actor.organisation,
                project_id=project_id,
                name=feed.name.strip()[:120],
                kind=feed.kind,
                url=url,
                api_ids=[str(one) for one in feed.api_ids],
                next_at=now,
                created_at=now,
            )
            _note(row, "add", actor=actor, now=now)
    except IntegrityError as error:
        raise FeedExists(url=url) from error
    return feed_view(row)


def follow_for_api(*, named: NamedPage, actor: Actor, now: datetime) -> None:
    """Has an API told of by the page that was entered for it: one that is read already, or a new one. FeedInvalid, FeedsFull."""
    api_key = str(named.api_id)
    followed = FeedRow.objects.of(actor).filter(project_id=named.project_id, removed_at=None)
    with transaction.atomic():
        if named.before and (old := followed.select_for_update().filter(url=_address(named.before)).first()):
            old.api_ids = [one for one in old.api_ids if one != api_key]
            old.save(update_fields=["api_ids"])
        if not named.url:
            return
        there = followed.select_for_update().filter(url=rules.address_of(named.url)).first()
        if there is None:
            wanted = NewFeed(name=named.name, url=named.url, kind=FeedKind.STATUSPAGE, api_ids=(named.api_id,))
            follow(feed=wanted, project_id=named.project_id, actor=actor, now=now)
        elif api_key not in there.api_ids:
            there.api_ids = [*there.api_ids, api_key]
            there.save(update_fields=["api_ids"])


def connect(
    *, feed_id: UUID, api_ids: Sequence[UUID], components: Mapping[str, UUID | None], actor: Actor, now: datetime
) -> None:
    """Says which APIs a page concerns as a whole, and which API each of its components stands for."""
    with transaction.atomic():
        row = _own(feed_id, actor)
        _require_apis(actor, [*api_ids, *(one for one in components.values() if one)], row.project_id)
        row.api_ids = [str(one) for one in dict.fromkeys(api_ids)]
        row.save(update_fields=["api_ids"])
        for key, api_id in components.items():
            ComponentRow.objects.filter(feed=row, key=key).update(api_id=api_id)
        _note(row, "connect", actor=actor, now=now)


def read_now(*, feed_id: UUID, actor: Actor, now: datetime) -> str:
    """Reads a page out of turn; returns why it could not be read, nothing when it could. TooManyRequests."""
    row = _own(feed_id, actor)
    count(BY_HAND, str(row.project_id), now=now)
    turn = reading.turn_of(row, now)
    found = reading.read(turn)
    reading.keep(turn, found)
    return found.problem


def leave(*, feed_id: UUID, actor: Actor, now: datetime) -> None:
    """Reads a page no more; it can come back."""
    with transaction.atomic():
        row = _own(feed_id, actor)
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        _note(row, "remove", actor=actor, now=now)


def restore(*, feed_id: UUID, actor: Actor, now: datetime) -> None:
    """Reads a page again that was left; FeedExists when it was added again meanwhile."""
    try:
        with transaction.atomic():
            row = _own(feed_id, actor, is_removed=True)
            row.removed_at, row.next_at = None, now
            row.save(update_fields=["removed_at", "next_at"])
            _note(row, "restore", actor=actor, now=now)
    except IntegrityError as error:
        raise FeedExists(feed_id=feed_id) from error


def _address(url: str) -> str:
    """Where a page would be read; nowhere where it never could be."""
    try:
        return rules.address_of(url)
    except FeedInvalid:
        return ""


def _own(feed_id: UUID, actor: Actor, *, is_removed: bool = False) -> FeedRow:
    """The page, where the actor may configure its project; FeedNotFound, Denied."""
    row = FeedRow.objects.of(actor).filter(pk=feed_id, removed_at__isnull=not is_removed).first()
    if row is None:
        raise FeedNotFound(feed_id=feed_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _require_apis(actor: Actor, api_ids: Sequence[UUID], project_id: UUID) -> None:
    """Refuses APIs of another project."""
    known = {api.id for api in gateway.apis_of(actor, project_id)}
    if stranger := next((one for one in api_ids if one not in known), None):
        gateway.api_of(actor, stranger)
        raise FeedNotFound(api_id=stranger)


def _note(row: FeedRow, verb: str, *, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="status_feed", object_id=row.pk, detail=row.name, now=now)
