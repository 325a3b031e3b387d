"""Turns sums of days into what `rules.explain` compares: the segments of two stretches, and what they had cost at old prices."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import PriceRule, Usage
from emporion.nexus.costs.periods import midnight
from emporion.nexus.costs.reading import DayRow
from emporion.nexus.costs.types import Segment, Span

WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The owner's prices and the names of the APIs, which a segment is called by."""

    rules: tuple[PriceRule, ...] = ()
    labels: Mapping[UUID, str] = field(default_factory=dict)

    def label(self, row: DayRow) -> str:
        """How a segment is called: the API, and the model where there is one."""
        name = self.labels.get(row.api_id, "")
        return f"{name} · {row.model}" if name and row.model else name or row.model or row.provider


class _Group:
    """Sums of one API and model; the price of a token is asked of the lists at the middle of a stretch."""

    def __init__(self, row: DayRow) -> None:
        self.row = row
        self.calls = self.cost = 0
        self.counts: dict[str, int] = {}

    def add(self, row: DayRow) -> None:
        self.calls, self.cost = self.calls + row.calls, self.cost + row.cost_picos
        for kind, count in (
            ("input_tokens", row.input_tokens),
            ("output_tokens", row.output_tokens),
            ("cache_read_tokens", row.cache_read_tokens),
            ("cache_write_tokens", row.cache_write_tokens),
        ):
            self.counts[kind] = self.counts.get(kind, 0) + count

    @property
    def tokens(self) -> int:
        return self.counts["input_tokens"] + self.counts["output_tokens"]


def between(before: Iterable[DayRow], after: Iterable[DayRow], span: Span, prices: Prices) -> list[Segment]:
    """The segments of two stretches."""
    old = span.before_since + (span.before_until - span.before_since) / 2
    new = span.since + (span.until - span.since) / 2
    return _segments(_grouped(before), _grouped(after), (old, new), prices, days=1)


def of_day(rows: Iterable[DayRow], day: date, prices: Prices) -> list[Segment]:
    """One day against the average of the week before it; that week is cut by seven without a rest in `_segments`."""
    found = list(rows)
    first = day - timedelta(days=WEEK_DAYS)
    before = [row for row in found if first <= row.day < day]
    after = [row for row in found if row.day == day]
    noon = timedelta(hours=12)
    moments = (midnight(first) + noon, midnight(day) + noon)
    return _segments(_grouped(before), _grouped(after), moments, prices, days=WEEK_DAYS)


def _grouped(rows: Iterable[DayRow]) -> dict[tuple[UUID, str, str], _Group]:
    groups: dict[tuple[UUID, str, str], _Group] = {}
    for row in rows:
        key = (row.api_id, row.provider, row.model)
        if key not in groups:
            groups[key] = _Group(row)
        groups[key].add(row)
    return groups


def _segments(
    before: Mapping[tuple[UUID, str, str], _Group],
    after: Mapping[tuple[UUID, str, str], _Group],
    moments: tuple[datetime, datetime],
    prices: Prices,
    *,
    days: int,
) -> list[Segment]:
    """A segment for each API and model. Calls, tokens and cost before are those of one day out of `days`, rounded once each."""
    segments = []
    for key in sorted({*before, *after}, key=str):
        old, new = before.get(key), after.get(key)
        row = (new or old).row  # type: ignore[union-attr] # one of them has the key
        segments.append(
            Segment(
                key=prices.label(row),
                calls=new.calls if new else 0,
                tokens=new.tokens if new else 0,
                cost_picos=new.cost if new else 0,
                calls_before=_part(old.calls, days) if old else 0,
                tokens_before=_part(old.tokens, days) if old else 0,
                cost_before=_part(old.cost, days) if old else 0,
                at_old_prices=_at_old_prices(new, moments, prices) if new and old else None,
            )
        )
    return segments


def _part(whole: int, days: int) -> int:
    return (2 * whole + days) // (2 * days)


def _at_old_prices(group: _Group, moments: tuple[datetime, datetime], prices: Prices) -> int | None:
    """What the segment had cost by the prices of the earlier moment; `None` where they are the same or not known."""
    usage = Usage(counts=group.counts)
    old, new = (
        price(provider=group.row.provider, model=group.row.model, usage=usage, at=moment, overrides=prices.rules)
        for moment in moments
    )
    if not (old.is_known and new.is_known) or old.cost_picos == new.cost_picos or not new.cost_picos:
        return None
    exact = group.cost * Fraction(old.cost_picos, new.cost_picos)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
