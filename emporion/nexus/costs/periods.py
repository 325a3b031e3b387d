"""Which stretch of time a cost page is about: a month, as budgets are, or the days that somebody chose; in UTC like budgets."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from emporion.nexus.costs.types import Span

DAY = timedelta(days=1)
LONGEST_DAYS = 400
EARLIEST = date(2020, 1, 1)


def span_of(asked: Mapping[str, str], now: datetime) -> Span:
    """The stretch that an address names (`month=2026-11`, or `from` and `to`, both included); this month otherwise."""
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if first and last and EARLIEST <= first <= last <= now.date() and (last - first).days < LONGEST_DAYS:
        return days(first, last, now)
    chosen = _day(f"{asked.get('month', '')}-01")
    if chosen is None or not EARLIEST <= chosen <= now.date():
        chosen = now.date().replace(day=1)
    return month(chosen, now)


def month(first: date, now: datetime) -> Span:
    """A month and the one before; as much of it as has passed of this one, where it still runs."""
    since, end = midnight(first), midnight(add_months(first, 1))
    before = midnight(add_months(first, -1))
    until = min(end, hour_end(now))
    before_until = since if until == end else min(before + (until - since), since)
    return Span(since=since, until=until, end=end, before_since=before, before_until=before_until, is_month=True)


def days(first: date, last: date, now: datetime) -> Span:
    """Some days, and as many before them."""
    since, end = midnight(first), midnight(last + DAY)
    until = min(end, hour_end(now))
    before = since - (end - since)
    return Span(since=since, until=until, end=end, before_since=before, before_until=before + (until - since), is_month=False)


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(), UTC)


def hour_end(moment: datetime) -> datetime:
    """The end of the hour that a moment is in: totals are kept by the hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def add_months(first: date, months: int) -> date:
    """The first day of another month."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def all_days(since: datetime, until: datetime) -> list[date]:
    """Every day that a stretch touches."""
    first = since.date()
    return [first + timedelta(days=at) for at in range(((until - timedelta(microseconds=1)).date() - first).days + 1)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
