"""Breakdowns as cards: their tabs, their rows with two bars each, and where every part of them leads."""

from dataclasses import dataclass, replace
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.reports.choices import DIMENSIONS, Address
from emporion.insights.reports.presenting import Trend, amount, metric_of, share, trend
from emporion.insights.reports.types import Breakdown, Dimension, Metric, ReportQuery, Row
from emporion.kernel.errors import NotFound
from emporion.store.types import PASSIVE_GOALS
from emporion.ui.wording import number

PATHS = frozenset({Dimension.PAGE, Dimension.ENTRY_PAGE, Dimension.EXIT_PAGE, Dimension.REFERRER})
PLACES = frozenset({Dimension.COUNTRY, Dimension.REGION, Dimension.CITY})
WHENCE = frozenset({Dimension.SOURCE, Dimension.CHANNEL})
DEVICES = {"desktop": "monitor", "mobile": "smartphone", "tablet": "monitor-smartphone"}
COLUMNS = (
    (Metric.VISITORS, lazy("Visitors"), "n1"),
    (Metric.REVENUE, lazy("Revenue"), "m"),
    (Metric.REVENUE_PER_VISITOR, lazy("RPV"), ""),
    (Metric.CONVERSION_RATE, lazy("Conv."), "hide-s"),
)
PAGE_SIZE = 50
FEW_VISITORS = 10  # below, a high revenue per visitor is chance and is not set in bold


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A card of the dashboard: the name of its tab in the address, its title, and its dimensions."""

    key: str
    title: object
    dimensions: tuple[Dimension, ...]


CARDS = (
    Spec(
        key="sources",
        title=lazy("Sources"),
        dimensions=(Dimension.SOURCE, Dimension.REFERRER, Dimension.CHANNEL, Dimension.UTM_CAMPAIGN),
    ),
    Spec(key="pages", title=lazy("Pages"), dimensions=(Dimension.PAGE, Dimension.ENTRY_PAGE, Dimension.EXIT_PAGE)),
    Spec(key="places", title=lazy("Countries"), dimensions=(Dimension.COUNTRY, Dimension.REGION, Dimension.CITY)),
    Spec(key="devices", title=lazy("Devices"), dimensions=(Dimension.DEVICE, Dimension.BROWSER, Dimension.SYSTEM)),
    Spec(key="goals", title=lazy("Goals"), dimensions=(Dimension.GOAL,)),
)
_SHORT = {Dimension.ENTRY_PAGE: lazy("Entry"), Dimension.EXIT_PAGE: lazy("Exit")}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTab:
    """A tab of a card: the page that it leads to, and the card alone for who has JavaScript."""

    label: str
    url: str
    fragment: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value with its figures as they are read, and its two bars in per cent."""

    label: str
    sign: str
    visitors: str
    revenue: str
    per_visitor: str
    conversion: str
    tint: str
    thread: str
    is_best: bool
    url: str
    visits_url: str
    money_url: str
    is_applied: bool
    visitors_trend: Trend | None
    revenue_trend: Trend | None
    per_visitor_trend: Trend | None
    conversion_trend: Trend | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the visitors and the payments behind a number are listed; neither for who may not see people."""

    visits: Address | None = None
    money: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column that can be sorted by."""

    label: str
    hint: str
    look: str
    url: str
    is_sorted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A breakdown on a page."""

    key: str
    title: str
    column: str
    kind: str
    tabs: tuple[CardTab, ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    count: int
    more: int
    more_url: str
    is_pages: bool
    is_places: bool
    is_goals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Where a long list stands: which lines it shows, and its neighbours."""

    first: int
    last: int
    count: int
    back: str
    onward: str


def spec_of(key: str) -> Spec:
    """A card by its name; NotFound for another."""
    found = next((one for one in CARDS if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def chosen(spec: Spec, address: Address) -> Dimension:
    """The dimension that a card shows: the one in the address, else its first."""
    wanted = address.get(spec.key)
    return next((one for one in spec.dimensions if one == wanted), spec.dimensions[0])


def card(spec: Spec, found: Breakdown, query: ReportQuery, address: Address, behind: Behind) -> Card:
    """A card of the dashboard."""
    tabs = tuple(
        CardTab(
            label=str(_SHORT.get(one, DIMENSIONS[one])),
            url=str(address.to(**{spec.key: one.value})),
            fragment=str(address.at(f"{address.path}cards/{spec.key}/").to(**{spec.key: one.value})),
            is_current=one is found.dimension,
        )
        for one in spec.dimensions
    )
    return Card(
        key=spec.key,
        title=str(spec.title),
        column=str(DIMENSIONS[found.dimension]),
        kind=found.dimension.value,
        tabs=tabs if len(tabs) > 1 else (),
        heads=(),
        lines=_lines(found, query, address, behind),
        count=found.count,
        more=max(0, found.count - len(found.rows)),
        more_url=str(address.at(f"{address.path}by/{found.dimension.value}/")),
        is_pages=found.dimension is Dimension.PAGE,
        is_places=found.dimension in PLACES,
        is_goals=found.dimension is Dimension.GOAL,
    )


def whole(found: Breakdown, query: ReportQuery, address: Address, home: Address, sort: Metric, behind: Behind) -> Card:
    """The full list of a dimension: its columns sort, its values lead to the dashboard."""
    heads = tuple(
        Head(
            label=str(words),
            hint=_("Revenue per visitor")
            if metric is Metric.REVENUE_PER_VISITOR
            else _("Share of visitors who paid")
            if look
            else "",
            look=look,
            url=str(address.to(sort=metric.value, at="")),
            is_sorted=metric is sort,
        )
        for metric, words, look in COLUMNS
    )
    return Card(
        key="whole",
        title=str(DIMENSIONS[found.dimension]),
        column=str(DIMENSIONS[found.dimension]),
        kind=found.dimension.value,
        tabs=(),
        heads=heads,
        lines=_lines(found, query, home, behind),
        count=found.count,
        more=0,
        more_url="",
        is_pages=False,
        is_places=found.dimension in PLACES,
        is_goals=found.dimension is Dimension.GOAL,
    )


def paging(count: int, address: Address, place: int) -> Paging | None:
    """The way through a long list; none where everything is shown."""
    pages = ceil(count / PAGE_SIZE)
    if pages < 2:
        return None
    first = (place - 1) * PAGE_SIZE + 1
    return Paging(
        first=first,
        last=min(first + PAGE_SIZE - 1, count),
        count=count,
        back=str(address.to(at=str(place - 1))) if place > 1 else "",
        onward=str(address.to(at=str(place + 1))) if place < pages else "",
    )


def _lines(found: Breakdown, query: ReportQuery, address: Address, behind: Behind) -> tuple[Line, ...]:
    most_visitors = max((row.figures.visitors for row in found.rows), default=0)
    earning = [row for row in found.rows if not _is_passive(found.dimension, row)]
    most_revenue = max((row.figures.revenue_minor for row in earning), default=0)
    rates = [
        row.figures.revenue_per_visitor or 0
        for row in earning
        if row.figures.visitors >= FEW_VISITORS and row.figures.revenue_minor
    ]
    best = max(rates, default=0) if len(rates) > 1 else 0
    lines = tuple(
        Line(
            label=_name(found.dimension, row),
            sign=_sign(found.dimension, row),
            visitors=number(row.figures.visitors),
            revenue=amount(row.figures.revenue_minor, query.currency),
            per_visitor=amount(row.figures.revenue_per_visitor, query.currency),
            conversion=share(metric_of(row.figures, Metric.CONVERSION_RATE)),
            tint=_width(row.figures.visitors, most_visitors),
            thread=_width(row.figures.revenue_minor, most_revenue),
            is_best=bool(best) and row.figures.visitors >= FEW_VISITORS and row.figures.revenue_per_visitor == best,
            url=str(_filtered(address, found.dimension, row)),
            visits_url=_listed(behind.visits, found.dimension, row),
            money_url=_listed(behind.money, found.dimension, row) if row.figures.revenue_minor or row.figures.payments else "",
            visitors_trend=trend(row.figures, row.compared, Metric.VISITORS, query.currency),
            revenue_trend=trend(row.figures, row.compared, Metric.REVENUE, query.currency),
            per_visitor_trend=trend(row.figures, row.compared, Metric.REVENUE_PER_VISITOR, query.currency),
            conversion_trend=trend(row.figures, row.compared, Metric.CONVERSION_RATE, query.currency),
            is_applied=(found.dimension.value, f"is:{row.value}") in address.pairs,
        )
        for row in found.rows
    )
    return tuple(_without_money(line) if row not in earning else line for line, row in zip(lines, found.rows, strict=True))


def _is_passive(dimension: Dimension, row: Row) -> bool:
    return dimension is Dimension.GOAL and row.value in PASSIVE_GOALS


def _without_money(line: Line) -> Line:
    """What happens by itself stands before everything that visitors do, and is the cause of none of it."""
    nothing = amount(None, "")
    return replace(
        line,
        revenue=nothing,
        per_visitor=nothing,
        conversion=nothing,
        thread="0",
        is_best=False,
        money_url="",
        revenue_trend=None,
        per_visitor_trend=None,
        conversion_trend=None,
    )


def _name(dimension: Dimension, row: Row) -> str:
    return row.label[:1].upper() + row.label[1:] if dimension is Dimension.DEVICE else row.label


def _filtered(address: Address, dimension: Dimension, row: Row) -> Address:
    return address.plus(dimension.value, f"is:{row.value}")


def _listed(address: Address | None, dimension: Dimension, row: Row) -> str:
    return str(_filtered(address, dimension, row).to(sort="", q="", at="")) if address else ""


def _sign(dimension: Dimension, row: Row) -> str:
    """The letters or the name of the icon before a value."""
    if dimension is Dimension.COUNTRY:
        return row.value.upper()[:2]
    if dimension is Dimension.DEVICE:
        return DEVICES.get(row.value.lower(), "monitor-smartphone")
    return row.label[:1].upper() if dimension in WHENCE else ""


def _width(part: int, most: int) -> str:
    return f"{100 * max(part, 0) / most:.1f}" if most > 0 else "0"
