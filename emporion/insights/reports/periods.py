"""Days, weeks and months as the people of a website live them: where its zone begins them, summer time included."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from emporion.insights.reports.types import Interval, Period

_HOUR = timedelta(hours=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, in UTC; where summer time skips midnight, the moment of the change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that it is in the zone."""
    return moment.astimezone(zone).date()


def zone_of(period: Period) -> ZoneInfo:
    """The zone that the days of a period are of."""
    return ZoneInfo(period.zone)


def days(first: date, until: date, zone: ZoneInfo) -> Period:
    """From the beginning of `first` until the beginning of `until`."""
    return Period(start=midnight(first, zone), end=midnight(until, zone), zone=zone.key)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def steps(period: Period, interval: Interval) -> tuple[datetime, ...]:
    """When the steps of a period begin, in UTC; the first begins with the period."""
    zone = ZoneInfo(period.zone)
    found = [period.start]
    following = step_end(period.start, interval, zone)
    while following < period.end:
        found.append(following)
        following = step_end(following, interval, zone)
    return tuple(found)


def step_start(moment: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """When the hour, day, week or month of a moment began."""
    if interval is Interval.HOUR:
        local = moment.astimezone(zone)
        return moment.astimezone(UTC) - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return midnight(_first_day(local_day(moment, zone), interval), zone)


def step_end(moment: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """When the hour, day, week or month of a moment ends."""
    if interval is Interval.HOUR:
        return step_start(moment, interval, zone) + _HOUR
    first = _first_day(local_day(moment, zone), interval)
    if interval is Interval.MONTH:
        return midnight(add_months(first, 1), zone)
    return midnight(first + timedelta(days=7 if interval is Interval.WEEK else 1), zone)


def _first_day(day: date, interval: Interval) -> date:
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day
