"""From the query string of a report to the question that it asks; what it does not understand it names."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from emporion.insights.reports import periods
from emporion.insights.reports.types import Comparison, Dimension, Filter, Interval, Operator, Period, ReportQuery
from emporion.insights.sites.types import SiteView
from emporion.kernel.errors import Invalid

MOST_STEPS = 1_000
MOST_VALUES = 100
LONGEST_VALUE = 1_000
LONGEST_PERIOD_DAYS = 3_700
_DAYS = {"today": 1, "7d": 7, "14d": 14, "30d": 30, "90d": 90}
USUAL = "30d"
PERIODS = ("today", "yesterday", "24h", "7d", "14d", "30d", "90d", "month", "12mo", "custom")

Word = TypeVar("Word", bound=StrEnum)
Asked = Mapping[str, Sequence[str]]


def parse(asked: Asked, site: SiteView, now: datetime) -> ReportQuery:
    """The question in a query string (each name with all its values); Invalid names the field that makes no sense.

    Names that are no part of a question (a tab, a page number) are left alone.
    """
    period = _period(asked, ZoneInfo(site.time_zone), now)
    interval = _interval(asked, period)
    return ReportQuery(
        site_id=site.id,
        currency=site.currency,
        period=period,
        interval=interval,
        compared=_compared(asked, period, now),
        filters=_filters(asked),
        model=_word(asked, "model", site.attribution_model),
    )


def unparse(query: ReportQuery) -> list[tuple[str, str]]:
    """The filters of a question as names and values of a query string."""
    return [(one.dimension.value, f"{one.operator.value}:{value}") for one in query.filters for value in one.values]


def _one(asked: Asked, name: str) -> str:
    values = asked.get(name) or ("",)
    return values[-1].strip()


def _word(asked: Asked, name: str, default: Word) -> Word:
    text = _one(asked, name)
    if not text:
        return default
    kind = type(default)
    try:
        return kind(text)
    except ValueError:
        raise Invalid(f"{name} is one of {', '.join(kind)}.", field=name, value=text[:100]) from None


def _period(asked: Asked, zone: ZoneInfo, now: datetime) -> Period:
    name = _one(asked, "period") or ("custom" if _one(asked, "from") else USUAL)
    today = periods.local_day(now, zone)
    tomorrow = today + timedelta(days=1)
    if name in _DAYS:
        return periods.days(tomorrow - timedelta(days=_DAYS[name]), tomorrow, zone)
    if name == "yesterday":
        return periods.days(today - timedelta(days=1), today, zone)
    if name == "24h":
        end = periods.step_end(now, Interval.HOUR, zone)
        return Period(start=end - timedelta(hours=24), end=end, zone=zone.key)
    if name == "month":
        return periods.days(today.replace(day=1), tomorrow, zone)
    if name == "12mo":
        return periods.days(periods.add_months(today.replace(day=1), -11), tomorrow, zone)
    if name == "custom":
        return _custom(asked, zone)
    raise Invalid(f"A period is one of {', '.join(PERIODS)}.", field="period", value=name[:100])


def _custom(asked: Asked, zone: ZoneInfo) -> Period:
    first, last = _date(asked, "from"), _date(asked, "to")
    if last < first:
        raise Invalid("The period ends before it begins.", field="to", value=last.isoformat())
    if (last - first).days >= LONGEST_PERIOD_DAYS:
        raise Invalid("A period is at most ten years long.", field="from", value=first.isoformat())
    return periods.days(first, last + timedelta(days=1), zone)


def _date(asked: Asked, name: str) -> date:
    text = _one(asked, name)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{name} is a date such as 2026-10-25.", field=name, value=text[:100]) from None
    if not 1971 <= found.year < 2200:
        raise Invalid(f"{name} lies outside the years 1971 to 2199.", field=name, value=text)
    return found


def _interval(asked: Asked, period: Period) -> Interval:
    length = period.end - period.start
    default = Interval.HOUR if length <= timedelta(days=2) else Interval.DAY if length <= timedelta(days=92) else Interval.MONTH
    interval = _word(asked, "interval", default)
    hours = length / timedelta(hours=1)
    if hours / {Interval.HOUR: 1, Interval.DAY: 24, Interval.WEEK: 168, Interval.MONTH: 720}[interval] > MOST_STEPS:
        raise Invalid("The period has too many steps of this interval; ask for longer ones.", field="interval", value=interval)
    return interval


def _compared(asked: Asked, period: Period, now: datetime) -> Period | None:
    comparison = _word(asked, "compare", Comparison.PREVIOUS)
    if comparison is Comparison.NONE:
        return None
    return compared_with(period, comparison, now=now)


def compared_with(period: Period, comparison: Comparison, *, now: datetime) -> Period:
    """The period before, or a year before; one that still runs is compared with as much of the other as it has had."""
    zone = ZoneInfo(period.zone)
    first, until = periods.local_day(period.start, zone), periods.local_day(period.end, zone)
    if comparison is Comparison.YEAR:
        start = _shifted(period.start, periods.add_months(first, -12), zone)
        end = _shifted(period.end, periods.add_months(until, -12), zone)
    elif periods.midnight(first, zone) != period.start:
        start, end = period.start - (period.end - period.start), period.start
    else:
        before = _before(first, until)
        start, end = periods.midnight(before, zone), period.start
    if period.start < now < period.end:
        end = min(end, start + (now - period.start))
    return Period(start=start, end=end, zone=period.zone)


def _before(first: date, until: date) -> date:
    """Where the period before begins: as many months before when it began with one, else as many days."""
    last = until - timedelta(days=1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    is_months = first.day == 1 and (until.day == 1 or months > 1)
    return periods.add_months(first, -months) if is_months else first - (until - first)


def _shifted(moment: datetime, day: date, zone: ZoneInfo) -> datetime:
    """The same time of another day."""
    return datetime.combine(day, moment.astimezone(zone).time(), zone).astimezone(UTC)


def _filters(asked: Asked) -> tuple[Filter, ...]:
    found: dict[tuple[Dimension, Operator], list[str]] = {}
    for dimension in Dimension:
        for text in asked.get(dimension.value, ()):
            operator, value = _condition(text)
            if len(value) > LONGEST_VALUE:
                raise Invalid("The value is too long.", field=dimension.value)
            values = found.setdefault((dimension, operator), [])
            if value not in values:
                values.append(value)
    if sum(map(len, found.values())) > MOST_VALUES:
        raise Invalid(f"A report has at most {MOST_VALUES} conditions.", field="filters")
    return tuple(
        Filter(dimension=dimension, operator=operator, values=tuple(values)) for (dimension, operator), values in found.items()
    )


def _condition(text: str) -> tuple[Operator, str]:
    """`is_not:DE`, or a plain value, which means `is`."""
    head, colon, value = text.partition(":")
    if colon and head in tuple(Operator):
        return Operator(head), value
    return Operator.IS, text
