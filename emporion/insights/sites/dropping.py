"""Reads what was dropped of a website's events: how many for which reason, what they were, and what lets them in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor
from emporion.store import EventStore, shared_store
from emporion.store.query import Parameter
from emporion.store.schemas import SiteEvent

SHOWN = 50
KEPT_DAYS = 30
CRAWLING = frozenset({"ai_crawler", "bot"})  # reasons that name who came
# What is said of each reason that collection gives.
REASONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "paused": (lazy("Paused"), lazy("Counting was paused when it came.")),
    "malformed": (lazy("Not readable"), lazy("The event lacks what it needs, such as a goal's name, or says what cannot be.")),
    "wrong_domain": (
        lazy("Another domain"),
        lazy("It came from a page that is not on your domains. Add the domain under Settings."),
    ),
    "opted_out": (lazy("Opted out"), lazy("The visitor, or you, asked not to be counted.")),
    "excluded_address": (lazy("Excluded address"), lazy("It came from an address that you excluded.")),
    "excluded_path": (lazy("Excluded page"), lazy("It happened on a page that you excluded.")),
    "bot": (lazy("Robot"), lazy("Its name is that of a known crawler, monitor or tool.")),
    "ai_crawler": (lazy("AI crawler"), lazy("A model's reader that fetches pages for training or answers.")),
    "headless": (lazy("Browser without a person"), lazy("The browser said that a program drives it.")),
    "datacentre": (lazy("Datacentre"), lazy("It came from a network of servers.")),
    "referrer_spam": (lazy("Referrer spam"), lazy("It only wants to be seen in your list of sources.")),
    "rate": (lazy("Too many at once"), lazy("One visitor sent more than a person can do.")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many events were dropped for one reason."""

    reason: str
    count: int
    visitors: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawler:
    """A crawler with how often it came and how many pages it read; or a page, and how many crawlers read it."""

    name: str
    count: int
    others: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedEvent:
    """One event that does not count, or that was let in since."""

    event_id: UUID
    occurred_at: datetime
    kind: str
    name: str
    host: str
    path: str
    reason: str
    detail: str
    user_agent: str
    browser: str
    country: str
    source: str
    is_let_in: bool


def reasons(actor: Actor, site_id: UUID, *, now: datetime) -> tuple[ReasonCount, ...]:
    """The reasons of the last thirty days, the most frequent first."""
    site = site_of(actor, site_id)
    sql = (
        "SELECT reason, uniqExact(event_id) AS count, uniqExact(visitor_id) AS visitors, max(occurred_at) AS last_at"
        " FROM site_events_dropped WHERE site_id = {site:UUID} AND occurred_at >= {start:DateTime64(3)}"
        " GROUP BY reason ORDER BY count DESC, reason"
    )
    return tuple(_store().rows(sql, {"site": site.id, "start": now - timedelta(days=KEPT_DAYS)}, as_=ReasonCount))


def events(actor: Actor, site_id: UUID, *, reason: str, now: datetime) -> tuple[DroppedEvent, ...]:
    """The latest dropped events, of one reason or of all."""
    site = site_of(actor, site_id)
    counted = "SELECT event_id FROM site_events WHERE site_id = {site:UUID} AND occurred_at >= {start:DateTime64(3)}"
    sql = (
        "SELECT event_id, occurred_at, kind, name, host, path, reason, detail, user_agent, browser, country, source,"  # noqa: S608
        f" toBool(event_id IN ({counted})) AS is_let_in FROM site_events_dropped"
        " WHERE site_id = {site:UUID} AND occurred_at >= {start:DateTime64(3)}"
        " AND ({reason:String} = '' OR reason = {reason:String})"
        " ORDER BY occurred_at DESC, event_id LIMIT 1 BY event_id LIMIT {most:UInt32}"
    )
    start = now - timedelta(days=KEPT_DAYS)
    values: dict[str, Parameter] = {"site": site.id, "start": start, "reason": reason, "most": SHOWN}
    return tuple(_store().rows(sql, values, as_=DroppedEvent))


def crawlers(actor: Actor, site_id: UUID, *, reason: str, now: datetime) -> tuple[Crawler, ...]:
    """Who was told apart for a reason in the last thirty days, by name, those who read most first."""
    return _grouped("detail", actor, site_id, reason=reason, now=now)


def crawled(actor: Actor, site_id: UUID, *, reason: str, now: datetime) -> tuple[Crawler, ...]:
    """Which pages they read, the most read first; `others` is then how many of them read it."""
    return _grouped("path", actor, site_id, reason=reason, now=now)


def _grouped(column: str, actor: Actor, site_id: UUID, *, reason: str, now: datetime) -> tuple[Crawler, ...]:
    site = site_of(actor, site_id)
    other = "path" if column == "detail" else "detail"
    sql = (
        f"SELECT toString({column}) AS name, uniqExact(event_id) AS count, uniqExact({other}) AS others,"  # noqa: S608 - own words
        " max(occurred_at) AS last_at FROM site_events_dropped WHERE site_id = {site:UUID} AND reason = {reason:String}"
        " AND occurred_at >= {start:DateTime64(3)} GROUP BY name ORDER BY count DESC, name LIMIT 20"
    )
    values: dict[str, Parameter] = {"site": site.id, "reason": reason, "start": now - timedelta(days=KEPT_DAYS)}
    return tuple(_store().rows(sql, values, as_=Crawler))


def said(detail: str) -> str:
    """What is told of a reason, as people write it: a pattern's name without its signs, a long list of names not at all."""
    return "" if "|" in detail else detail.replace("\\", "").rstrip("/ ")


def readmitted(site_id: UUID, event_ids: Sequence[UUID]) -> tuple[SiteEvent, ...]:
    """The dropped events as they would have been stored; those of other websites are not found."""
    columns = ", ".join(name for name in SiteEvent.__struct_fields__)
    sql = (
        f"SELECT {columns} FROM site_events_dropped"  # noqa: S608 - names of our own struct
        " WHERE site_id = {site:UUID} AND has({ids:Array(UUID)}, event_id) LIMIT 1 BY event_id"
    )
    return tuple(_store().rows(sql, {"site": site_id, "ids": [*event_ids]}, as_=SiteEvent))


def ids_of_reason(site_id: UUID, *, reason: str, now: datetime, most: int = 10_000) -> tuple[UUID, ...]:
    """Every event that was dropped for one reason in the last thirty days."""
    sql = (
        "SELECT DISTINCT event_id FROM site_events_dropped WHERE site_id = {site:UUID} AND reason = {reason:String}"
        " AND occurred_at >= {start:DateTime64(3)} ORDER BY event_id LIMIT {most:UInt32}"
    )
    values: dict[str, Parameter] = {"site": site_id, "reason": reason, "start": now - timedelta(days=KEPT_DAYS), "most": most}
    return tuple(row.event_id for row in _store().rows(sql, values, as_=_Id))


class _Id(msgspec.Struct):
    event_id: UUID


def _store() -> EventStore:
    return shared_store(settings.EVENTS_URL)
