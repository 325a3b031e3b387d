"""Writes what visits earned where the reports read it: a row for each payment and visit, with all that tells the visit apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from emporion.insights.revenue import eventstore
from emporion.insights.revenue.models import Credit, Payment
from emporion.insights.revenue.types import REVERSALS
from emporion.store import credits as earned
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

Key = tuple[UUID, datetime]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with what it is told apart by."""

    visitor_id: UUID
    started_at: datetime
    source: str
    channel: str
    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    entry_path: str
    exit_path: str
    host: str
    country: str
    region: str
    city: str
    device: str
    browser: str
    system: str
    language: str
    pages: tuple[str, ...]
    goals: tuple[str, ...]
    number: int


_COLUMNS = ", ".join(field.name for field in msgspec.structs.fields(Known))
_KNOWN = f"""
SELECT {_COLUMNS}
FROM site_sessions
WHERE site_id = {{site:UUID}} AND visitor_id IN {{visitors:Array(UUID)}}
  AND started_at >= {{start:DateTime64(3)}} AND started_at <= {{end:DateTime64(3)}} AND NOT is_deleted
"""  # noqa: S608 -- the names of our own columns


def write(root: Payment, rows: Sequence[Payment]) -> None:
    """Bring the credits of some payments, which all share the visits of `root`, to the store; again without harm."""
    standing = {row.pk: list(row.credits.all()) for row in rows}
    known = _known(root.site_id, [credit for theirs in standing.values() for credit in theirs])
    for row in rows:
        earned.replace_credits(
            eventstore.store(),
            site_id=row.site_id,
            payment_id=row.pk,
            credits_=[_credit(row, credit, known) for credit in standing[row.pk]],
            version=row.version,
        )
        Payment.objects.filter(pk=row.pk).update(written_version=row.version)


def _credit(row: Payment, credit: Credit, known: Mapping[Key, Known]) -> earned.Credit:
    """A credit with its visit; what is no longer in the store keeps the little that we kept of it."""
    key = (credit.visitor_id or NOBODY, credit.started_at or NEVER)
    share = earned.Credit(
        site_id=row.site_id,
        paid_at=_stored(row.occurred_at),
        payment_id=row.pk,
        touch=credit.touch,
        currency=row.currency,
        kind=row.kind,
        is_refund=row.kind in REVERSALS,
        method=row.method,
        confidence=int(row.confidence * 100 + 0.5),
        last=credit.last,
        first=credit.first,
        last_non_direct=credit.last_non_direct,
        linear=credit.linear,
        time_decay=credit.time_decay,
        position=credit.position,
        visitor_id=key[0],
        session_started_at=key[1],
        source=credit.source,
        channel=credit.channel,
        utm_campaign=credit.campaign,
    )
    if key not in known:
        return share
    visit = msgspec.structs.asdict(known[key])
    del visit["visitor_id"], visit["started_at"]
    return msgspec.structs.replace(share, **visit)


def _stored(moment: datetime) -> datetime:
    """A time as the store keeps it, to the millisecond: what is compared with it must not be finer."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _known(site_id: UUID, shares: Iterable[Credit]) -> dict[Key, Known]:
    wanted = {(one.visitor_id, one.started_at) for one in shares if one.visitor_id and one.started_at}
    if not wanted:
        return {}
    moments = [moment for _, moment in wanted]
    visitors = sorted({visitor for visitor, _ in wanted})
    bound: dict[str, Parameter] = {"site": site_id, "visitors": visitors, "start": min(moments), "end": max(moments)}
    return {(one.visitor_id, one.started_at): one for one in eventstore.store().rows(_KNOWN, bound, as_=Known)}
