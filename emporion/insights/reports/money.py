"""The payments that make up a figure of revenue: each with its share in it, under the figure's own filters and model."""

from datetime import datetime
from uuid import UUID

import msgspec

from emporion.insights.reports import compiling
from emporion.insights.reports.sql import Bound, Sql
from emporion.insights.reports.types import Page, ReportQuery, Share, ShareList
from emporion.store import EventStore


class _Share(msgspec.Struct):
    payment_id: UUID
    at: datetime
    minor: int
    source: str
    count: int
    total: int


def shares(store: EventStore, query: ReportQuery, page: Page, among: Sql | None = None) -> ShareList:
    """The payments of a period with what they add to its revenue, the latest first; `total` is that revenue.

    `among` is a question for the visitors whose visits are meant.
    """
    where = compiling.credits_where(query, query.period)
    wanted = f" AND visitor_id IN ({among.text})" if among else ""
    params: dict[str, Bound] = {**(among.params if among else {}), **where.params}
    earned = f"`{compiling.earned(query.model)}`"
    each = (
        f"SELECT payment_id, max(paid) AS at, sum(amount) AS minor, argMax(origin, abs(amount)) AS source"  # noqa: S608 -- own words
        f" FROM (SELECT payment_id, paid_at AS paid, {earned} AS amount, toString(source) AS origin {where.text}{wanted})"
        " GROUP BY payment_id HAVING minor != 0"
    )
    found = store.rows(
        f"SELECT *, count() OVER () AS count, sum(minor) OVER () AS total FROM ({each})"  # noqa: S608 -- own words
        f" ORDER BY at DESC, payment_id LIMIT {int(page.limit)} OFFSET {int(page.offset)}",
        params,
        as_=_Share,
    )
    rows = tuple(Share(payment_id=row.payment_id, at=row.at, amount_minor=row.minor, source=row.source) for row in found)
    return ShareList(rows=rows, count=found[0].count if found else 0, total_minor=found[0].total if found else 0)
