"""Reads visits from the event store: those that may have earned a payment, and who was on a network."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.insights.revenue import eventstore
from emporion.insights.revenue.models import Credit
from emporion.insights.revenue.types import Touch
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

DIRECT = "Direct"
EARLIEST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# Coming back from the provider's page is no visit that brought anybody.
RETURNS = ("checkout.stripe.com", "buy.stripe.com", "billing.stripe.com", "hooks.stripe.com", "paypal.com", "www.paypal.com")

# A visit in which somebody only said who they are, or that they paid, brought nobody.
_VISITS = """
SELECT visitor_id, started_at, source, channel, utm_campaign, referrer
FROM site_sessions
WHERE site_id = {site:UUID} AND visitor_id IN {visitors:Array(UUID)}
  AND started_at >= {start:DateTime64(3)} AND started_at <= {end:DateTime64(3)} AND NOT is_deleted
  AND hasAny(step_kinds, ['pageview', 'goal', 'outbound'])
ORDER BY started_at, visitor_id
"""
_ON_NETWORK = """
SELECT visitor_id, max(occurred_at) AS last_at
FROM site_events
WHERE site_id = {site:UUID} AND network_id = {network:Int64}
  AND occurred_at >= {start:DateTime64(3)} AND occurred_at <= {end:DateTime64(3)} AND kind != 'payment'
GROUP BY visitor_id
ORDER BY last_at DESC, visitor_id
LIMIT 20
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit as attribution sees it."""

    visitor_id: UUID
    started_at: datetime
    source: str
    channel: str
    utm_campaign: str
    referrer: str = ""

    @property
    def touch(self) -> Touch:
        """The visit as the rules see it."""
        return Touch(
            visitor_id=self.visitor_id,
            started_at=self.started_at,
            source=self.source or DIRECT,
            channel=self.channel or DIRECT,
            is_direct=self.channel in {"", DIRECT},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnNetwork:
    visitor_id: UUID
    last_at: datetime


def of_visitors(site_id: UUID, visitor_ids: Collection[UUID], *, start: datetime, end: datetime) -> tuple[Visit, ...]:
    """The visits of some visitors that began in a span of time; returns from a payment page are none where there are others."""
    if not visitor_ids:
        return ()
    bound: dict[str, Parameter] = {"site": site_id, "visitors": list(visitor_ids), "start": start, "end": end}
    found = eventstore.store().rows(_VISITS, bound, as_=Visit)
    brought = [visit for visit in found if not _host(visit.referrer).endswith(RETURNS)]
    return tuple(brought or found)


def on_network(site_id: UUID, network_id: int, *, start: datetime, end: datetime) -> tuple[UUID, ...]:
    """Visitors from one address with one browser in a span of time, latest first."""
    bound: dict[str, Parameter] = {"site": site_id, "network": network_id, "start": start, "end": end}
    return tuple(row.visitor_id for row in eventstore.store().rows(_ON_NETWORK, bound, as_=_OnNetwork))


def of_credit(credit: Credit) -> Visit:
    """The visit that a credit was given to."""
    return Visit(
        visitor_id=credit.visitor_id or NOBODY,
        started_at=credit.started_at or EARLIEST,
        source=credit.source,
        channel=credit.channel,
        utm_campaign=credit.campaign,
    )


def _host(referrer: str) -> str:
    return referrer.partition("://")[2].partition("/")[0] or referrer
