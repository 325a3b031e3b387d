"""What stands in the address of a report: which part of it each link changes, and in what words it is shown."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.reports.labels import label
from emporion.insights.reports.types import Dimension, Interval, Operator, Period, ReportQuery
from emporion.insights.sites.types import AttributionModel
from emporion.ui.types import Option
from emporion.ui.wording import reader_locale

PERIODS = (
    ("today", lazy("Today")),
    ("24h", lazy("Last 24 hours")),
    ("7d", lazy("Last 7 days")),
    ("30d", lazy("Last 30 days")),
    ("90d", lazy("Last 90 days")),
    ("month", lazy("This month")),
    ("12mo", lazy("Last 12 months")),
)
COMPARISONS = (("previous", lazy("the period before")), ("year", lazy("a year before")), ("none", lazy("nothing")))
MODELS = (
    (AttributionModel.LAST_CLICK, lazy("Last click"), lazy("The visit in which they paid, or the last before it")),
    (AttributionModel.FIRST_CLICK, lazy("First click"), lazy("The visit that brought them first")),
    (AttributionModel.LAST_NON_DIRECT, lazy("Last non-direct"), lazy("The last visit that came from somewhere")),
    (AttributionModel.LINEAR, lazy("Linear"), lazy("All visits the same")),
    (AttributionModel.TIME_DECAY, lazy("Time decay"), lazy("Late visits more than early ones")),
    (AttributionModel.POSITION_BASED, lazy("Position based"), lazy("40 % first, 40 % last, 20 % between")),
)
INTERVALS = (
    (Interval.HOUR, lazy("Hour")),
    (Interval.DAY, lazy("Day")),
    (Interval.WEEK, lazy("Week")),
    (Interval.MONTH, lazy("Month")),
)
OPERATORS = (
    (Operator.IS, lazy("is")),
    (Operator.IS_NOT, lazy("is not")),
    (Operator.CONTAINS, lazy("contains")),
    (Operator.DOES_NOT_CONTAIN, lazy("does not contain")),
)
DIMENSIONS = {
    Dimension.SOURCE: lazy("Source"),
    Dimension.REFERRER: lazy("Referrer"),
    Dimension.CHANNEL: lazy("Channel"),
    Dimension.UTM_CAMPAIGN: lazy("Campaign"),
    Dimension.UTM_SOURCE: lazy("UTM source"),
    Dimension.UTM_MEDIUM: lazy("UTM medium"),
    Dimension.UTM_TERM: lazy("UTM term"),
    Dimension.UTM_CONTENT: lazy("UTM content"),
    Dimension.PAGE: lazy("Page"),
    Dimension.ENTRY_PAGE: lazy("Entry page"),
    Dimension.EXIT_PAGE: lazy("Exit page"),
    Dimension.HOSTNAME: lazy("Host name"),
    Dimension.COUNTRY: lazy("Country"),
    Dimension.REGION: lazy("Region"),
    Dimension.CITY: lazy("City"),
    Dimension.DEVICE: lazy("Device"),
    Dimension.BROWSER: lazy("Browser"),
    Dimension.SYSTEM: lazy("System"),
    Dimension.LANGUAGE: lazy("Language"),
    Dimension.GOAL: lazy("Goal"),
    Dimension.VISITOR_KIND: lazy("Visitor"),
}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A page with its query string, which every link changes in one place only."""

    path: str
    pairs: Pairs = ()

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.pairs)}" if self.pairs else self.path

    def get(self, name: str) -> str:
        """The last value of a name."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def at(self, path: str) -> Self:
        """The same question on another page."""
        return replace(self, path=path)

    def to(self, **values: str) -> Self:
        """With these names set to one value each; an empty one is left out."""
        kept = tuple(pair for pair in self.pairs if pair[0].rstrip("_") not in {name.rstrip("_") for name in values})
        return replace(self, pairs=(*kept, *((name.rstrip("_"), value) for name, value in values.items() if value)))

    def plus(self, name: str, value: str) -> Self:
        """With one more condition; twice the same is once."""
        return self if (name, value) in self.pairs else replace(self, pairs=(*self.pairs, (name, value)))

    def minus(self, name: str, value: str) -> Self:
        """Without one condition."""
        return replace(self, pairs=tuple(pair for pair in self.pairs if pair != (name, value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A condition that applies, in words, and the address without it."""

    dimension: str
    operator: str
    value: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The period in words, the one before and after it, and the days that the date fields begin with."""

    label: str
    earlier: str
    later: str
    first: date
    last: date
    presets: tuple[Option, ...]
    is_custom: bool


def span(address: Address, query: ReportQuery, *, now: datetime) -> Span:
    """The period of a question and its neighbours; there is none after today."""
    first, last = days_of(query.period)
    length = timedelta(days=(last - first).days + 1)
    chosen = address.get("period") or ("custom" if address.get("from") else "30d")
    today = now.astimezone(ZoneInfo(query.period.zone)).date()
    return Span(
        label=_period_words(first, last, today),
        earlier=str(_custom(address, first - length, last - length)),
        later=str(_custom(address, first + length, min(last + length, today))) if last < today else "",
        first=first,
        last=last,
        presets=tuple(
            Option(label=str(words), url=str(address.to(period=name, from_="", to="", interval="")), current=chosen == name)
            for name, words in PERIODS
        ),
        is_custom=chosen == "custom",
    )


def days_of(period: Period) -> tuple[date, date]:
    """The first and the last day of a period, where its zone has them."""
    zone = ZoneInfo(period.zone)
    return period.start.astimezone(zone).date(), (period.end - timedelta(microseconds=1)).astimezone(zone).date()


def chips(address: Address, query: ReportQuery) -> tuple[Chip, ...]:
    """The conditions of a question, in the order in which they were set."""
    words = dict(OPERATORS)
    found = []
    for one in query.filters:
        for value in one.values:
            spelled = f"{one.operator}:{value}"
            given = spelled if (one.dimension.value, spelled) in address.pairs else value
            found.append(
                Chip(
                    dimension=str(DIMENSIONS[one.dimension]),
                    operator=str(words[one.operator]),
                    value=label(one.dimension, value),
                    without=str(address.minus(one.dimension.value, given)),
                )
            )
    return tuple(found)


def rows_compare(address: Address) -> bool:
    """Whether the rows of cards compare, too: where somebody chose what with. Otherwise the page comes sooner without it."""
    return bool(address.get("compare"))


def comparisons(address: Address) -> tuple[Option, ...]:
    """What the period can be compared with."""
    chosen = (address.get("compare") or "").strip() or "previous"
    return tuple(
        Option(label=str(words), url=str(address.to(compare=name)), value=name, current=chosen == name)
        for name, words in COMPARISONS
    )


def models(address: Address, query: ReportQuery) -> tuple[tuple[Option, str], ...]:
    """The ways to credit visits with a payment, each with what it does."""
    return tuple(
        (Option(label=str(words), url=str(address.to(model=model.value)), current=query.model is model), str(hint))
        for model, words, hint in MODELS
    )


def intervals(address: Address, query: ReportQuery) -> tuple[Option, ...]:
    """The steps that make sense for the period: neither one nor hundreds of them."""
    days = (query.period.end - query.period.start) / timedelta(days=1)
    fitting = {Interval.HOUR: days <= 7, Interval.DAY: 1 < days <= 370, Interval.WEEK: days > 13, Interval.MONTH: days > 62}
    return tuple(
        Option(label=str(words), url=str(address.to(interval=interval.value)), current=query.interval is interval)
        for interval, words in INTERVALS
        if fitting[interval] or query.interval is interval
    )


def value_named(dimension: Dimension, text: str) -> str:
    """The value that a person means by its name: "Germany" is DE, "Direct" is no source at all."""
    if dimension is Dimension.COUNTRY:
        names = Locale.parse(reader_locale()).territories.items()
        return next((code for code, name in names if len(code) == 2 and name.casefold() == text.casefold()), text.upper())
    if dimension is Dimension.VISITOR_KIND:
        return text.casefold()
    return "" if text.casefold() == label(dimension, "").casefold() else text


def hidden(address: Address, *without: str) -> Pairs:
    """What a form that changes some names must carry on."""
    return tuple(pair for pair in address.pairs if pair[0] not in without)


def _custom(address: Address, first: date, last: date) -> Address:
    return address.to(period="custom", from_="", to="").plus("from", first.isoformat()).plus("to", last.isoformat())


def _period_words(first: date, last: date, today: date) -> str:
    if first == last:
        return _("Today") if first == today else day_words(first, today)
    return f"{day_words(first, today, with_year=first.year != last.year)} – {day_words(last, today)}"


def day_words(day: date, today: date, *, with_year: bool = False) -> str:
    """A day as people write it, with its year when that is not this one."""
    pattern = "d MMM y" if with_year or day.year != today.year else "d MMM"
    return format_date(day, pattern, locale=reader_locale())
