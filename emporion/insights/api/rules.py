"""Reads the parameters of a request: DataFast's names and ours, into the one question that reports understand.

Source of the names: datafa.st/docs/api/website (read 2026-11-21).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from emporion.insights.api.errors import ParameterInvalid
from emporion.insights.reports.types import Dimension, Filter, Interval, Operator, Period, ReportQuery
from emporion.insights.sites.types import AttributionModel, SiteView

FILTERS: Mapping[str, Dimension] = {
    "country": Dimension.COUNTRY,
    "region": Dimension.REGION,
    "city": Dimension.CITY,
    "device": Dimension.DEVICE,
    "browser": Dimension.BROWSER,
    "os": Dimension.SYSTEM,
    "referrer": Dimension.SOURCE,
    "page": Dimension.PAGE,
    "entry_page": Dimension.ENTRY_PAGE,
    "hostname": Dimension.HOSTNAME,
    "goal": Dimension.GOAL,
    "utm_source": Dimension.UTM_SOURCE,
    "utm_medium": Dimension.UTM_MEDIUM,
    "utm_campaign": Dimension.UTM_CAMPAIGN,
    "utm_term": Dimension.UTM_TERM,
    "utm_content": Dimension.UTM_CONTENT,
}
DEFAULT_DAYS: Mapping[Interval, int] = {Interval.HOUR: 1, Interval.DAY: 30, Interval.WEEK: 30, Interval.MONTH: 365}
LONGEST_DAYS = 3_700
MOST_VALUES = 50
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which rows are wanted."""

    limit: int = 100
    offset: int = 0


def question(params: Mapping[str, str], site: SiteView, *, now: datetime, is_all_time: bool) -> ReportQuery:
    """The question that the parameters ask of a website; ParameterInvalid names the one that cannot be understood.

    Without `startAt` and `endAt` a series covers what its interval suggests, and everything else all time (`is_all_time`).
    """
    zone = _zone(params.get("timezone") or site.time_zone)
    interval = _interval(params.get("interval") or "day")
    start, end = _range(params, zone, now)
    if start is None or end is None:
        days = (now - site.created_at).days + 400 if is_all_time else DEFAULT_DAYS[interval]
        begins = (now - timedelta(days=days)).astimezone(zone)
        start = now - timedelta(days=1) if interval is Interval.HOUR and not is_all_time else _midnight(begins.date(), zone)
        end = now
    elif _is_one_day(start, end):
        interval = Interval.HOUR
    if end <= start:
        raise ParameterInvalid("endAt is not after startAt.", field="endAt")
    if end - start > timedelta(days=LONGEST_DAYS):
        raise ParameterInvalid("The period is longer than ten years.", field="startAt")
    period = Period(start=start, end=end, zone=zone.key)
    asked = ReportQuery(site_id=site.id, currency=site.currency, period=period, interval=interval, filters=_filters(params))
    return replace(asked, model=_model(params, site))


def short_question(params: Mapping[str, str], site: SiteView, *, now: datetime) -> ReportQuery:
    """The question of the short addresses: `start_date` and `end_date` are days or words, both included; 30 days without them."""
    zone = _zone(params.get("timezone") or site.time_zone)
    today = now.astimezone(zone).date()
    first = _day(params.get("start_date") or "30d", today, "start_date")
    default_last = "yesterday" if params.get("start_date") == "yesterday" else "today"
    last = _day(params.get("end_date") or default_last, today, "end_date")
    if last < first:
        raise ParameterInvalid("end_date is before start_date.", field="end_date")
    if last - first > timedelta(days=LONGEST_DAYS):
        raise ParameterInvalid("The period is longer than ten years.", field="start_date")
    period = Period(start=_midnight(first, zone), end=_midnight(last + timedelta(days=1), zone), zone=zone.key)
    asked = ReportQuery(site_id=site.id, currency=site.currency, period=period, filters=_filters(params))
    return replace(asked, model=_model(params, site))


def days_of(query: ReportQuery) -> tuple[str, str]:
    """The first and the last day of a period, as programs write them."""
    zone = ZoneInfo(query.period.zone)
    last = query.period.end.astimezone(zone) - timedelta(microseconds=1)
    return query.period.start.astimezone(zone).date().isoformat(), last.date().isoformat()


def _day(text: str, today: date, name: str) -> date:
    words = {"today": 0, "yesterday": 1}
    if text in words:
        return today - timedelta(days=words[text])
    if text.endswith("d") and text[:-1].isascii() and text[:-1].isdigit() and 0 < int(text[:-1][:6]) <= LONGEST_DAYS:
        return today - timedelta(days=int(text[:-1]) - 1)
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ParameterInvalid(
            f"{name} is no date.", next_step="Write 2026-05-01, today, yesterday or 7d.", field=name
        ) from error
    if not 1970 <= found.year < 2200:
        raise ParameterInvalid(f"{name} is out of range.", field=name)
    return found


def paging(params: Mapping[str, str], *, most: int = MOST_ROWS, usual: int = 100) -> Paging:
    """Which rows the parameters ask for."""
    return Paging(limit=_number(params, "limit", usual, most, least=1), offset=_number(params, "offset", 0, 10**6, least=0))


def fields(params: Mapping[str, str], valid: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that are asked for, in our order; all where none is named."""
    asked = [name.strip() for name in params.get("fields", "").split(",") if name.strip()]
    for name in asked:
        if name not in valid:
            raise ParameterInvalid(f"There is no field “{name[:40]}” here; there are {', '.join(valid)}.", field="fields")
    return tuple(name for name in valid if name in asked) if asked else valid


def instant(text: str, zone: ZoneInfo, name: str, *, is_end: bool = False) -> datetime:
    """The instant that a text names; a bare date is the beginning of that day, or its end, in the zone."""
    try:
        if len(text) == len("2026-05-01"):
            day = date.fromisoformat(text)
            return _midnight(day + timedelta(days=1) if is_end else day, zone)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ParameterInvalid(
            f"{name} is no date.", next_step="Write 2026-05-01 or 2026-05-01T00:00:00Z.", field=name
        ) from error
    if not 1970 <= found.year < 2200:
        raise ParameterInvalid(f"{name} is out of range.", field=name)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def zone_of(params: Mapping[str, str], site: SiteView) -> ZoneInfo:
    """The zone in which dates are meant."""
    return _zone(params.get("timezone") or site.time_zone)


def _range(params: Mapping[str, str], zone: ZoneInfo, now: datetime) -> tuple[datetime | None, datetime | None]:
    begin, stop = params.get("startAt", ""), params.get("endAt", "")
    if bool(begin) != bool(stop):
        raise ParameterInvalid("startAt and endAt go together.", field="endAt" if begin else "startAt")
    if not begin:
        return None, None
    return instant(begin, zone, "startAt"), min(instant(stop, zone, "endAt", is_end=True), now + timedelta(days=1))


def _filters(params: Mapping[str, str]) -> tuple[Filter, ...]:
    found = []
    for name, dimension in FILTERS.items():
        text = params.get(f"filter_{name}") or params.get(name) or ""
        if text:
            found.append(_filter(dimension, text))
    return tuple(found)


def _filter(dimension: Dimension, text: str) -> Filter:
    operator = Operator.IS
    for one in Operator:
        if text.startswith(f"{one.value}:"):
            operator, text = one, text.removeprefix(f"{one.value}:")
            break
    values = [_meant(dimension, value.strip()) for value in text.split(",") if value.strip()][:MOST_VALUES]
    if dimension is Dimension.BROWSER and "Safari" in values:
        values.append("Mobile Safari")
    return Filter(dimension=dimension, operator=operator, values=tuple(values))


def _meant(dimension: Dimension, value: str) -> str:
    """What we keep for what DataFast's clients write."""
    if dimension is Dimension.COUNTRY:
        return _country_codes().get(value.casefold(), value.upper() if len(value) == 2 else value)
    if dimension is Dimension.SOURCE and value.casefold() in {"direct/none", "direct", "(direct)"}:
        return "Direct"
    return value.casefold() if dimension is Dimension.DEVICE else value


@cache
def _country_codes() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()}


def country_name(code: str) -> str:
    """The English name of a country, as DataFast shows it."""
    return str(Locale("en").territories.get(code, code))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParameterInvalid(
            f"There is no time zone “{name[:60]}”.", next_step="Write it as Europe/Paris.", field="timezone"
        ) from error


def _model(params: Mapping[str, str], site: SiteView) -> AttributionModel:
    """How payments are credited: as the request says, else as the website's own dashboard does."""
    text = params.get("model", "")
    if text and text not in set(AttributionModel):
        raise ParameterInvalid(f"model is {', '.join(AttributionModel)}.", field="model")
    return AttributionModel(text) if text else site.attribution_model


def _interval(text: str) -> Interval:
    try:
        return Interval(text)
    except ValueError as error:
        raise ParameterInvalid("interval is hour, day, week or month.", field="interval") from error


def _number(params: Mapping[str, str], name: str, usual: int, most: int, *, least: int) -> int:
    text = params.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < least:
        raise ParameterInvalid(f"{name} is no number from {least} to {most}.", field=name)
    return min(int(text), most)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _is_one_day(start: datetime, end: datetime) -> bool:
    return end - start <= timedelta(hours=25)
