"""The figures of a report as a page shows them: written for the reader, compared, and drawn to scale."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.reports.notes import NoteView
from emporion.insights.reports.types import Figures, Interval, Metric, Overview, Point, ReportQuery
from emporion.kernel.amounts import in_percent
from emporion.kernel.money import exponent
from emporion.ui.wording import number, percent, reader_locale

Direction = Literal["up", "down", "flat"]
Kind = Literal["count", "money", "share", "seconds"]
TILES: tuple[tuple[Metric, object, Kind], ...] = (
    (Metric.VISITORS, lazy("Visitors"), "count"),
    (Metric.REVENUE, lazy("Revenue"), "money"),
    (Metric.REVENUE_PER_VISITOR, lazy("Revenue per visitor"), "money"),
    (Metric.CONVERSION_RATE, lazy("Conversion rate"), "share"),
    (Metric.SESSIONS, lazy("Sessions"), "count"),
    (Metric.BOUNCE_RATE, lazy("Bounce rate"), "share"),
    (Metric.DURATION, lazy("Visit duration"), "seconds"),
)
MANIFOLD = 10  # from so many more on, how many times as much is shorter to read than per cent
LESS_IS_BETTER = frozenset({Metric.BOUNCE_RATE})
WHOLE_FROM = 100  # from here on, the decimals of an amount only make a column wide
NOTICEABLE = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a figure moved: which way, how much (`short` is for a narrow column), from what, and whether that is good."""

    direction: Direction
    tone: Direction
    amount: str
    short: str
    was: str

    @property
    def icon(self) -> str:
        """The arrow."""
        return {"up": "arrow-up", "down": "arrow-down", "flat": "arrow-right"}[self.direction]

    @property
    def words(self) -> str:
        """The arrow for who does not see it."""
        return {"up": _("Up"), "down": _("Down"), "flat": _("Unchanged")}[self.direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure of the period, with its trend and its course."""

    metric: Metric
    name: str
    value: str
    unit: str
    trend: Trend | None
    course: tuple[float, ...]
    url: str = ""

    @property
    def look(self) -> str:
        """The two that the chart draws are its legend."""
        return {Metric.VISITORS: "s1", Metric.REVENUE: "s2"}.get(self.metric, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the chart; the texts are what the table and the reading line say."""

    label: str
    short: str
    visitors: int
    before: int | None
    revenue: float
    revenue_text: str
    per_visitor: str
    payments: int
    revenue_before: str
    is_partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A note and the step of the chart on which it stands."""

    note: NoteView
    number: int
    step: int


def metric_of(figures: Figures, metric: Metric) -> float | None:
    """A figure as a number; `None` where there is nothing to divide by."""
    return {
        Metric.VISITORS: figures.visitors,
        Metric.REVENUE: figures.revenue_minor,
        Metric.REVENUE_PER_VISITOR: figures.revenue_per_visitor,
        Metric.CONVERSION_RATE: figures.conversion_rate,
        Metric.SESSIONS: figures.sessions,
        Metric.PAGEVIEWS: figures.pageviews,
        Metric.BOUNCE_RATE: figures.bounce_rate,
        Metric.DURATION: figures.average_duration,
        Metric.PAYMENTS: figures.payments,
    }[metric]


def tiles(overview: Overview, query: ReportQuery) -> tuple[Tile, ...]:
    """The figures of the whole period."""
    return tuple(_tile(overview, query, metric, str(name), kind) for metric, name, kind in TILES)


def _tile(overview: Overview, query: ReportQuery, metric: Metric, name: str, kind: Kind) -> Tile:
    value = metric_of(overview.total, metric)
    text, unit = _parts(value, kind, query.currency)
    return Tile(
        metric=metric,
        name=name,
        value=text,
        unit=unit,
        trend=_trend_of(value, overview.compared, metric, kind, query.currency),
        course=tuple(metric_of(point.figures, metric) or 0 for point in overview.points),
    )


def trend(figures: Figures, compared: Figures | None, metric: Metric, currency: str) -> Trend | None:
    """How a figure of one row moved."""
    kind = next(kind for one, _name, kind in TILES if one is metric)
    return _trend_of(metric_of(figures, metric), compared, metric, kind, currency)


def _trend_of(value: float | None, compared: Figures | None, metric: Metric, kind: Kind, currency: str) -> Trend | None:
    moved = moved_from(metric_of(compared, metric) if compared else None, value, kind, currency)
    if moved is None or metric not in LESS_IS_BETTER or moved.direction == "flat":
        return moved
    return replace(moved, tone="down" if moved.direction == "up" else "up")


def moved_from(before: float | None, value: float | None, kind: Kind, currency: str) -> Trend | None:
    """How a figure of which more is better moved; nothing where it was none at all, or is."""
    if value is None or before is None or (not before and not value):
        return None
    change = value - before if kind == "share" or not before else (value - before) / abs(before)
    direction: Direction = "flat" if abs(change) < NOTICEABLE else "up" if change > 0 else "down"
    return Trend(
        direction=direction,
        tone=direction,
        amount=_amount(change, before, kind, decimals=1),
        short=_short(change, before, kind),
        was=_written(before, kind, currency),
    )


def _amount(change: float, before: float, kind: Kind, *, decimals: int) -> str:
    if kind == "share":
        return _("%(points)s pt") % {"points": number(in_percent(abs(change), decimals))}
    return percent(abs(change), decimals) if before else _("new")


def _short(change: float, before: float, kind: Kind) -> str:
    if kind != "share" and before > 0 and change >= MANIFOLD:
        return f"×{number(round(change + 1))}"
    return _amount(change, before, kind, decimals=1 if abs(change) < 0.0995 else 0)


def _parts(value: float | None, kind: Kind, currency: str) -> tuple[str, str]:
    """The number and, apart from it, the unit that stands smaller."""
    if kind == "share" and value is not None:
        return number(in_percent(value, 1)), "%"
    return _written(value, kind, currency), ""


def _written(value: float | None, kind: Kind, currency: str) -> str:
    if value is None:
        return "–"
    if kind == "count":
        return number(int(value))
    if kind == "money":
        return amount(value, currency)
    return share(value) if kind == "share" else duration(value)


def amount(minor: float | None, currency: str) -> str:
    """An amount of minor units, without decimals where those say nothing; a dash for none."""
    return "–" if minor is None else _in_locale(minor, currency, reader_locale())


@lru_cache(maxsize=8_192)
def _in_locale(minor: float, currency: str, locale: str) -> str:
    digits = exponent(currency)
    major = Decimal(f"{minor:.4f}").scaleb(-digits)
    pattern = "¤#,##0" if abs(major) >= WHOLE_FROM or not major else None
    return format_currency(major, currency, pattern, locale=locale, currency_digits=pattern is None)


def share(value: float | None) -> str:
    """A share in per cent with one decimal; a dash for none."""
    return "–" if value is None else percent(value, 1)


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return _("%(seconds)ss") % {"seconds": whole}
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return _("%(minutes)sm %(seconds)ss") % {"minutes": minutes, "seconds": rest}
    return _("%(hours)sh %(minutes)sm") % {"hours": minutes // 60, "minutes": minutes % 60}


def steps(overview: Overview, query: ReportQuery) -> tuple[Step, ...]:
    """The chart as rows of numbers, oldest first, each beside the step of the period before."""
    digits = exponent(query.currency)
    before = overview.compared_points
    return tuple(
        Step(
            label=_moment(point, query),
            short=_moment(point, query, is_short=True),
            visitors=point.figures.visitors,
            before=before[at].figures.visitors if at < len(before) else None,
            revenue=float(Decimal(point.figures.revenue_minor).scaleb(-digits)),
            revenue_text=amount(point.figures.revenue_minor, query.currency),
            per_visitor=amount(point.figures.revenue_per_visitor, query.currency),
            payments=point.figures.payments,
            revenue_before=amount(before[at].figures.revenue_minor, query.currency) if at < len(before) else "",
            is_partial=point.is_partial,
        )
        for at, point in enumerate(overview.points)
    )


_LONG = {Interval.HOUR: "EEE d MMM, HH:mm", Interval.DAY: "EEE d MMM", Interval.WEEK: "'%s' d MMM", Interval.MONTH: "MMMM y"}
_SHORT = {Interval.HOUR: "HH:mm", Interval.DAY: "d MMM", Interval.WEEK: "d MMM", Interval.MONTH: "MMM"}


def _moment(point: Point, query: ReportQuery, *, is_short: bool = False) -> str:
    pattern = (_SHORT if is_short else _LONG)[query.interval]
    if "%s" in pattern:
        pattern = pattern % _("Week of")
    return _local(point.start, query.period.zone, pattern, reader_locale())


@lru_cache(maxsize=8_192)
def _local(moment: datetime, zone: str, pattern: str, locale: str) -> str:
    there = ZoneInfo(zone)
    return format_datetime(moment.astimezone(there), pattern, tzinfo=there, locale=locale)


def flags(notes: tuple[NoteView, ...], overview: Overview) -> tuple[Flag, ...]:
    """Each note on the step in which it happened."""
    return tuple(
        Flag(note=note, number=number, step=_step_of(note.at, overview.points)) for number, note in enumerate(notes, start=1)
    )


def _step_of(at: datetime, points: tuple[Point, ...]) -> int:
    return max((place for place, point in enumerate(points) if point.start <= at), default=0)


def is_quiet(overview: Overview) -> bool:
    """Whether nothing at all happened in the period."""
    return not (overview.total.sessions or overview.total.revenue_minor or overview.total.payments)
