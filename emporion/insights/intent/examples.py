"""Reads a website's past visits as they were at some moment of their own: what was done up to then, and whether they bought.

A visit that is over shows more than one that is watched, so each is cut after one of its steps, chosen evenly by a
hash, and never after the purchase itself. Of a large website every k-th visit is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from emporion.insights.intent.types import Example, Seen
from emporion.insights.reports.journeys import STEP_NAMES
from emporion.insights.reports.sql import Bound
from emporion.store import EventStore
from emporion.store.types import NOBODY

DAYS = 90
BUYS_WITHIN = timedelta(days=1)
MOST_VISITS = 40_000
_PURCHASES = "site_id = {site:UUID} AND NOT is_deleted AND NOT is_refund AND kind = 'payment'"
_PERIOD = (
    "site_id = {site:UUID} AND NOT is_deleted AND started_at >= {since:DateTime64(3)} AND started_at < {until:DateTime64(3)}"
)


class _Visit(msgspec.Struct):
    visitor_id: UUID
    started_at: datetime
    number: int
    channel: str
    device: str
    country: str
    step_ms: tuple[int, ...]
    step_kinds: tuple[str, ...]
    step_names: tuple[str, ...]
    cut: int


class _Paid(msgspec.Struct):
    visitor_id: UUID
    paid: tuple[datetime, ...]


class _Worth(msgspec.Struct):
    payments: int
    minor: int


def examples_of(
    store: EventStore, site_id: UUID, *, now: datetime, measured_since: datetime | None = None
) -> tuple[Example, ...]:
    """Visits of the last 90 days that are old enough to know whether they bought.

    Visits from before the website was measured were brought in from elsewhere: no payment finds them, so they teach nothing.
    """
    since = max(now - timedelta(days=DAYS), measured_since or datetime.min.replace(tzinfo=UTC))
    period: dict[str, Bound] = {"site": site_id, "since": since, "until": now - BUYS_WITHIN}
    count = store.value(f"SELECT count() FROM site_sessions WHERE {_PERIOD}", period, as_=int)  # noqa: S608 -- own words
    visits = store.rows(
        f"SELECT visitor_id, started_at, number, channel, device, country, step_ms, step_kinds, {STEP_NAMES} AS step_names,"  # noqa: S608 -- own words
        f" cityHash64(visitor_id, number, 'cut') % 1000000 AS cut FROM site_sessions WHERE {_PERIOD}"
        " AND cityHash64(visitor_id, started_at) % {every:UInt32} = 0",
        {**period, "every": max(1, -(-count // MOST_VISITS))},
        as_=_Visit,
    )
    paid = payments_of(store, site_id)
    return tuple(_examples(visits, paid))


def payments_of(store: EventStore, site_id: UUID) -> Mapping[UUID, tuple[datetime, ...]]:
    """When each visitor who was ever found behind a payment paid, renewals left out."""
    rows = store.rows(
        f"SELECT visitor_id, arraySort(groupUniqArray(paid_at)) AS paid FROM site_credits"  # noqa: S608 -- own words
        f" WHERE {_PURCHASES} AND visitor_id != {{nobody:UUID}} GROUP BY visitor_id",
        {"site": site_id, "nobody": NOBODY},
        as_=_Paid,
    )
    return {row.visitor_id: row.paid for row in rows}


def worth_of(store: EventStore, site_id: UUID, currency: str) -> int:
    """What a purchase brings on average, in minor units of a currency; 0 without any."""
    row = store.rows(
        "SELECT uniqExact(payment_id) AS payments, sum(last) AS minor FROM site_credits"  # noqa: S608 -- own words
        f" WHERE {_PURCHASES} AND currency = {{currency:String}}",
        {"site": site_id, "currency": currency},
        as_=_Worth,
    )[0]
    return round(row.minor / row.payments) if row.payments else 0


def _examples(visits: list[_Visit], paid: Mapping[UUID, tuple[datetime, ...]]) -> Iterator[Example]:
    for visit in visits:
        theirs = paid.get(visit.visitor_id, ())
        bought_at = next((at for at in theirs if visit.started_at <= at < visit.started_at + BUYS_WITHIN), None)
        seen = _cut(visit, bought_at)
        if seen is not None:
            known = replace(seen, is_customer=any(at < visit.started_at for at in theirs))
            yield Example(at=visit.started_at, seen=known, has_bought=bought_at is not None)


def _cut(visit: _Visit, bought_at: datetime | None) -> Seen | None:
    """The visit up to one of its steps; `None` when the purchase came before all of them."""
    limit = (bought_at - visit.started_at) / timedelta(milliseconds=1) if bought_at else float("inf")
    steps = [
        (after, kind, name)
        for after, kind, name in zip(visit.step_ms, visit.step_kinds, visit.step_names, strict=True)
        if after < limit and kind != "payment"
    ]
    if not steps:
        return None
    steps = steps[: 1 + visit.cut % len(steps)]
    return Seen(
        pages=tuple(name for _, kind, name in steps if kind == "pageview"),
        goals=tuple(name for _, kind, name in steps if kind == "goal"),
        seconds=steps[-1][0] // 1_000,
        number=visit.number,
        channel=visit.channel,
        device=visit.device,
        country=visit.country,
    )
