"""Judges what imports bring as collection judges what browsers send, and keeps it where the writer finds it.

The same steps in the same order, so that a robot in a log of last year is left out for the same reason as one that comes today.
What differs: nobody's counting is paused in the past, the clock is the row's own, and who a visitor was follows from a salt that
lives only as long as the import.
"""

import hashlib
import time
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.config.eventlog import spool
from emporion.edge.collect.agents import MOST_CHARACTERS, Agent, agent_of
from emporion.edge.collect.clients import client_at
from emporion.edge.collect.limits import Pace
from emporion.edge.collect.payload import RawEvent, clean
from emporion.edge.collect.places import NOWHERE, Place, Places
from emporion.edge.collect.policies import SitePolicy
from emporion.edge.collect.steps import walk
from emporion.edge.collect.types import Context, Identities, Visit
from emporion.edge.collect.visitors import own_id
from emporion.insights.imports import jobs
from emporion.insights.imports.types import Hit, ImportOf, Known, LeftOut
from emporion.insights.sites.queries import known
from emporion.insights.sites.types import Collection
from emporion.plumbing.types import JobContext
from emporion.store.errors import StoreUnavailable
from emporion.store.schemas import SiteEvent

# What may wait for the writer before an import waits, too: what visitors do now goes first.
MOST_WAITING = 32 * 1024 * 1024
_LONGEST_WAIT_SECONDS = 300
_RAW_KINDS = {"pageview": "pageview", "goal": "custom"}


def look(payload: ImportOf, *, job: JobContext) -> None:
    """Read what was uploaded, and store nothing."""
    jobs.look(payload, judge_for, job=job)


def store(payload: ImportOf, *, job: JobContext) -> None:
    """Store what was agreed to."""
    jobs.store(payload, judge_for, keep, job=job)


def keep(*events: SiteEvent) -> None:
    """Puts events into the spool when there is room beside those of today; StoreUnavailable after minutes without."""
    until = time.monotonic() + _LONGEST_WAIT_SECONDS
    while spool().stats().used_bytes > MOST_WAITING:
        if time.monotonic() > until:
            raise StoreUnavailable("Events are still on their way to the store.")
        time.sleep(0.1)
    spool().append_sync(*events)


def judge_for(site_id: UUID, salt: bytes, origin: str) -> "Judging":
    """The judge for a website; the same salt gives the same visitors."""
    site = known(site_id)
    assert site is not None
    return Judging(site.collection, salt, origin)


@cache
def _places() -> Places:
    return Places(settings.ENVIRONMENT.geo_database)


class Judging:
    """Walks one hit after the other through the steps of collection."""

    def __init__(self, collection: Collection, salt: bytes, origin: str) -> None:
        self._collection, self._salt, self._origin = collection, salt, origin
        self._policy = SitePolicy(replace(collection, is_paused=False))
        self._pace = Pace()
        self._visitor = lru_cache(maxsize=65_536)(self._hashed)

    def __call__(self, hit: Hit, event_id: UUID) -> SiteEvent | LeftOut:
        """The event that a hit becomes, or why it becomes none."""
        context = self._context(hit)
        visit = Visit(event_id=event_id, occurred_at=hit.at)
        dropped = walk([self._raw(hit)], [visit], context)[0]
        if dropped is not None:
            said = hit.name or hit.href.partition("?")[0]
            return LeftOut(reason=dropped.reason.value, detail=dropped.detail, excerpt=said)
        visit.origin, visit.is_cookieless = self._origin, True
        if hit.known is not None:
            visit.screen, visit.language = hit.known.screen[:20], hit.known.language[:35]
        return msgspec.convert(visit, SiteEvent, from_attributes=True)

    def _raw(self, hit: Hit) -> RawEvent:
        extra = {"eventName": hit.name, **hit.params} if hit.kind == "goal" else None
        return RawEvent(
            website_id=self._collection.public_id,
            type=_RAW_KINDS[hit.kind],
            href=hit.href,
            referrer=hit.referrer,
            extra_data=extra,
            cookieless=True,
        )

    def _context(self, hit: Hit) -> Context:
        client = client_at(hit.address)
        user_agent = clean(hit.user_agent, MOST_CHARACTERS)
        day = "" if hit.visitor else hit.at.date().isoformat()
        who = hit.visitor or f"{hit.address}\n{user_agent}"
        return Context(
            received_at=hit.at,
            site=self._policy,
            client=client,
            agent=_agent(hit.known) if hit.known else agent_of(user_agent),
            place=_places().of(client) if hit.address else _place(hit.known) if hit.known else NOWHERE,
            origin_host="",
            has_opted_out=False,
            identities=Identities(visitor_id=self._visitor(who, day), network_id=0),
            count=self._count,
            user_agent=user_agent,
        )

    def _hashed(self, who: str, day: str) -> UUID:
        """An address is a visitor for a day, as without cookies; what another product called a visitor stays one."""
        message = f"{day}\n{who}".encode("utf-8", "replace")
        digest = hashlib.blake2b(message, digest_size=16, key=self._salt, salt=self._policy.key, person=b"import")
        return own_id(digest.digest())

    def _count(self, visitor_id: UUID, now: datetime) -> int:
        return self._pace.count(visitor_id, now)


def _agent(known: Known) -> Agent:
    return Agent(browser=clean(known.browser, 200), system=clean(known.system, 200), device=clean(known.device, 200))


def _place(known: Known) -> Place:
    country = known.country.upper()
    if not (len(country) == 2 and country.isalpha()):
        return NOWHERE
    return Place(country=country, region=clean(known.region, 100), city=clean(known.city, 100))
