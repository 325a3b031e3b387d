"""From a request to an acknowledged event: reads the body, walks the steps, waits for the disk, answers."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import msgspec

from emporion.edge.collect import payload
from emporion.edge.collect.agents import MOST_CHARACTERS, Agent, agent_of
from emporion.edge.collect.clients import ProxyTrust, client_at
from emporion.edge.collect.limits import DropBudget, Pace, Recent
from emporion.edge.collect.pages import ascii_host
from emporion.edge.collect.payload import RawEvent, Unreadable, clean
from emporion.edge.collect.places import Places
from emporion.edge.collect.policies import SitePolicy
from emporion.edge.collect.salts import Salts
from emporion.edge.collect.steps import walk
from emporion.edge.collect.types import Context, Dropped, Reason, Visit
from emporion.edge.collect.visitors import own_id, session_id_of
from emporion.edge.realtime import Hub
from emporion.edge.snapshot import Sites
from emporion.edge.types import EdgeSettings
from emporion.kernel.ids import new_id
from emporion.store import Spool
from emporion.store.schemas import SiteEventDropped

_encode = msgspec.msgpack.Encoder().encode
_website_of = attrgetter("website_id")


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A request to collect: header names are lower-case."""

    peer: str
    headers: Mapping[bytes, bytes]
    body: bytes
    received_at: datetime


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request's events; all of them are on the disk, or dropped for the reasons that are counted."""

    visitor_id: str
    session_id: str
    accepted: int
    dropped: Mapping[Reason, int]
    is_batch: bool


class Collector:
    """Takes events in for one process."""

    def __init__(self, settings: EdgeSettings, spool: Spool) -> None:
        self.sites = Sites(settings.snapshot)
        self.salts = Salts(settings.salts)
        self.places = Places(settings.geo_database)
        self.hub = Hub()
        self.counts: Counter[Reason] = Counter()
        self.accepted = 0
        self._spool = spool
        self._trust = ProxyTrust(settings.trusted_proxies)
        self._pace = Pace()
        self._recent = Recent()
        self._budget = DropBudget()

    async def take(self, arrival: Arrival) -> Taken:
        """Everything that is acknowledged is on the disk when this returns; Unreadable, SpoolFull, SpoolBroken."""
        raws, is_batch = payload.read(arrival.body)
        readable = [raw for raw in raws if not isinstance(raw, str)]
        context = self._context(arrival)
        kept: list[Visit | SiteEventDropped] = []
        drops: Counter[Reason] = Counter()
        if unreadable := len(raws) - len(readable):
            drops[Reason.MALFORMED] = unreadable
        told: tuple[str, str] | None = None
        for website_id, group in groupby(readable, key=_website_of):
            self._turn_to(website_id, context)
            events = list(group)
            visits = [Visit(event_id=event_id_of(raw.event_id, context.site), occurred_at=arrival.received_at) for raw in events]
            kept.extend(self._kept(events, visits, context, drops))
            told = told or (str(visits[0].visitor_id), session_id_of(events[0].session_id, visits[0].visitor_id))
        if kept:
            await self._spool.append_records([_encode(event) for event in kept])
        return self._taken(kept, drops, told, is_batch=is_batch)

    def _kept(
        self, raws: Sequence[RawEvent], visits: Sequence[Visit], context: Context, drops: Counter[Reason]
    ) -> Iterator[Visit | SiteEventDropped]:
        """What is to be written of events of one website, in order; `drops` counts what does not count."""
        named: set[UUID] = set()
        for raw, visit, fate in zip(raws, visits, walk(raws, visits, context), strict=True):
            dropped = fate
            if raw.event_id and not dropped:
                if visit.event_id in named or self._recent.has(visit.event_id):
                    dropped = Dropped(reason=Reason.DUPLICATE)
                named.add(visit.event_id)
            if dropped is None:
                yield visit
                continue
            drops[dropped.reason] += 1
            if row := self._row(visit, dropped, context):
                yield row

    def _taken(
        self, kept: list[Visit | SiteEventDropped], drops: Counter[Reason], told: tuple[str, str] | None, *, is_batch: bool
    ) -> Taken:
        accepted = 0
        for event in kept:
            if type(event) is Visit:
                accepted += 1
                self._recent.add(event.event_id)
                self.hub.publish(event)
        self.accepted += accepted
        if drops:
            self.counts.update(drops)
        visitor_id, session_id = told or ("", "")
        return Taken(visitor_id=visitor_id, session_id=session_id, accepted=accepted, dropped=drops, is_batch=is_batch)

    def _turn_to(self, website_id: str, context: Context) -> None:
        site = self.sites.find(website_id)
        if site is not context.site:
            context.site = site
            context.identities = (
                self.salts.identify(site, context.client, context.user_agent, context.received_at) if site else None
            )

    def _row(self, visit: Visit, dropped: Dropped, context: Context) -> SiteEventDropped | None:
        """The dropped event as it is kept, while there is room for it; a duplicate is there already, a stranger's is nobody's."""
        if context.site is None or dropped.reason is Reason.DUPLICATE:
            return None
        unkept = self._budget.take(visit.site_id, dropped.reason, context.received_at)
        if unkept is None:
            return None
        detail = f"{dropped.detail} (and {unkept} more before it)" if unkept else dropped.detail
        values = msgspec.structs.asdict(visit)
        return SiteEventDropped(**values, reason=dropped.reason.value, detail=detail[:500], user_agent=context.user_agent)

    def _context(self, arrival: Arrival) -> Context:
        headers = arrival.headers
        user_agent, agent = _agent_behind(headers.get(b"user-agent", b""))
        client = client_at(self._trust.address_of(arrival.peer, headers))
        return Context(
            received_at=arrival.received_at,
            site=None,
            client=client,
            agent=agent,
            place=self.places.of(client),
            origin_host=_host_of(headers.get(b"origin", b"")),
            has_opted_out=b"datafast_ignore=true" in headers.get(b"cookie", b""),
            identities=None,
            count=self._pace.count,
            user_agent=user_agent,
        )


@lru_cache(maxsize=4_096)
def _agent_behind(header: bytes) -> tuple[str, Agent]:
    """The text of a User-Agent header, cleaned, and what it says."""
    text = clean(header.decode("utf-8", "replace"), MOST_CHARACTERS)
    return text, agent_of(text)


@lru_cache(maxsize=4_096)
def _host_of(origin: bytes) -> str:
    """The host of an Origin header; `null` and an app's own scheme name none."""
    scheme, _, rest = origin.decode("latin-1").partition("://")
    if scheme not in {"http", "https"}:
        return ""
    host = rest.partition("]")[0] if rest.startswith("[") else rest.partition(":")[0]
    return ascii_host(host)


def event_id_of(told: str | None, site: SitePolicy | None) -> UUID:
    """The same event sent again is the same row: its id follows from the site and the client's name for it."""
    if not told or site is None:
        return new_id()
    return own_id(hashlib.blake2b(told[:64].encode("utf-8", "replace"), digest_size=16, key=site.key).digest())


__all__ = ["Arrival", "Collector", "Taken", "Unreadable"]
