"""Turns reports into the shapes that programs get."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Literal

from babel.dates import format_datetime
from babel.numbers import get_currency_symbol

from emporion.insights.api.rules import country_name
from emporion.insights.api.schemas import BreakdownRow, OverviewRow, SeriesRow, SeriesTotals
from emporion.insights.reports.types import Dimension, Figures, Interval, Point, Row
from emporion.kernel.money import exponent

BreakdownKind = Literal[
    "pages",
    "referrers",
    "countries",
    "regions",
    "cities",
    "devices",
    "browsers",
    "operating-systems",
    "campaigns",
    "goals",
    "hostnames",
]
OVERVIEW_FIELDS = (
    "visitors",
    "sessions",
    "bounce_rate",
    "avg_session_duration",
    "currency",
    "revenue",
    "payments",
    "revenue_per_visitor",
    "conversion_rate",
)
SERIES_FIELDS = ("name", "visitors", "sessions", "revenue", "payments", "conversion_rate")
# The path of a breakdown: its dimension and what DataFast calls the value.
BREAKDOWNS: Mapping[BreakdownKind, tuple[Dimension, str]] = {
    "pages": (Dimension.PAGE, "path"),
    "referrers": (Dimension.SOURCE, "referrer"),
    "countries": (Dimension.COUNTRY, "country"),
    "regions": (Dimension.REGION, "region"),
    "cities": (Dimension.CITY, "city"),
    "devices": (Dimension.DEVICE, "device"),
    "browsers": (Dimension.BROWSER, "browser"),
    "operating-systems": (Dimension.SYSTEM, "operating_system"),
    "campaigns": (Dimension.UTM_CAMPAIGN, "campaign"),
    "goals": (Dimension.GOAL, "goal"),
    "hostnames": (Dimension.HOSTNAME, "hostname"),
}
_NAMES = {Interval.HOUR: "HH:mm", Interval.DAY: "dd MMM", Interval.WEEK: "dd MMM", Interval.MONTH: "MMM yyyy"}


def major(minor: int, currency: str) -> float:
    """An amount in major units, for programs that do sums in floats; ours never do."""
    return float(Decimal(minor).scaleb(-exponent(currency)))


def percent(ratio: float | None) -> float:
    """A ratio in per cent."""
    return round((ratio or 0.0) * 100, 2)


def overview_row(figures: Figures, currency: str, fields: tuple[str, ...]) -> OverviewRow:
    """The headline figures, only those asked for."""
    values: Mapping[str, Callable[[], object]] = {
        "visitors": lambda: figures.visitors,
        "sessions": lambda: figures.sessions,
        "bounce_rate": lambda: percent(figures.bounce_rate),
        "avg_session_duration": lambda: round((figures.average_duration or 0.0) * 1000, 2),
        "currency": lambda: get_currency_symbol(currency, locale="en"),
        "revenue": lambda: major(figures.revenue_minor, currency),
        "payments": lambda: figures.payments,
        "revenue_per_visitor": lambda: per_visitor(figures, currency) or 0.0,
        "conversion_rate": lambda: percent(figures.conversion_rate),
    }
    return OverviewRow.model_validate({name: values[name]() for name in fields})


def per_visitor(figures: Figures, currency: str) -> float | None:
    """Revenue for each visitor, in major units."""
    value = figures.revenue_per_visitor
    return None if value is None else round(value / 10 ** exponent(currency), 4)


def series_row(point: Point, interval: Interval, currency: str, fields: tuple[str, ...]) -> SeriesRow:
    """One step of a series, only with the fields asked for."""
    values = _counted(point.figures, currency, fields)
    if "name" in fields:
        values["name"] = format_datetime(point.start, _NAMES[interval], locale="en")
    return SeriesRow.model_validate(values | {"timestamp": point.start})


def series_totals(figures: Figures, currency: str, fields: tuple[str, ...]) -> SeriesTotals:
    """The whole period, only with the fields asked for."""
    return SeriesTotals.model_validate(_counted(figures, currency, fields))


def breakdown_row(row: Row, dimension: Dimension, name: str, currency: str) -> BreakdownRow:
    """One value of a dimension."""
    values: dict[str, object] = {name: row.value, **_counted(row.figures, currency, ("visitors", "revenue", "payments"))}
    if dimension is Dimension.COUNTRY:
        values |= {"country": country_name(row.value), "country_code": row.value}
    if dimension is Dimension.PAGE:
        values["page"] = row.value
    if dimension is Dimension.GOAL:
        values["completions"] = row.completions
    values["conversion_rate"] = percent(row.figures.conversion_rate)
    return BreakdownRow.model_validate(values)


def _counted(figures: Figures, currency: str, fields: tuple[str, ...]) -> dict[str, object]:
    values: dict[str, object] = {
        "visitors": figures.visitors,
        "sessions": figures.sessions,
        "revenue": major(figures.revenue_minor, currency),
        "payments": figures.payments,
        "conversion_rate": percent(figures.conversion_rate),
    }
    return {name: value for name, value in values.items() if name in fields}
