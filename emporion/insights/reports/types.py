"""The vocabulary of a report: what can be asked of a website's figures, and what comes back.

Periods are half-open and in UTC; `zone` only decides where days begin. Money is in minor units of the site's currency. A ratio is
a float between 0 and 1 and `None` where there is nothing to divide by.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from emporion.insights.goals.types import FunnelStep
from emporion.insights.sites.types import AttributionModel


class Dimension(StrEnum):
    """What figures can be broken down and filtered by; the value is the name in the query string."""

    SOURCE = "source"
    REFERRER = "referrer"
    CHANNEL = "channel"
    UTM_SOURCE = "utm_source"
    UTM_MEDIUM = "utm_medium"
    UTM_CAMPAIGN = "utm_campaign"
    UTM_TERM = "utm_term"
    UTM_CONTENT = "utm_content"
    PAGE = "page"
    ENTRY_PAGE = "entry_page"
    EXIT_PAGE = "exit_page"
    HOSTNAME = "hostname"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    DEVICE = "device"
    BROWSER = "browser"
    SYSTEM = "os"
    LANGUAGE = "language"
    GOAL = "goal"
    VISITOR_KIND = "visitor"  # new or returning


class Operator(StrEnum):
    """How a filter compares."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"


class Metric(StrEnum):
    """The figures of a period."""

    VISITORS = "visitors"
    REVENUE = "revenue"
    REVENUE_PER_VISITOR = "revenue_per_visitor"
    CONVERSION_RATE = "conversion_rate"
    SESSIONS = "sessions"
    PAGEVIEWS = "pageviews"
    BOUNCE_RATE = "bounce_rate"
    DURATION = "duration"
    PAYMENTS = "payments"


class Interval(StrEnum):
    """The step of a time series."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Comparison(StrEnum):
    """What a period is compared with."""

    NONE = "none"
    PREVIOUS = "previous"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition; several values mean any of them."""

    dimension: Dimension
    operator: Operator = Operator.IS
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until before `end`, in days of `zone`."""

    start: datetime
    end: datetime
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """One question about one website; every page, export, endpoint and tool asks with this."""

    site_id: UUID
    currency: str
    period: Period
    interval: Interval = Interval.DAY
    compared: Period | None = None
    filters: tuple[Filter, ...] = ()
    model: AttributionModel = AttributionModel.LAST_CLICK

    def also(self, *filters: Filter) -> Self:
        """The same question with further conditions."""
        return replace(self, filters=(*self.filters, *filters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one period or one value."""

    visitors: int = 0
    sessions: int = 0
    pageviews: int = 0
    bounces: int = 0
    duration_seconds: int = 0
    payments: int = 0
    paying_visitors: int = 0
    revenue_minor: int = 0

    @property
    def revenue_per_visitor(self) -> float | None:
        """Minor units for each visitor."""
        return self.revenue_minor / self.visitors if self.visitors else None

    @property
    def conversion_rate(self) -> float | None:
        """The share of visitors who paid."""
        return min(1.0, self.paying_visitors / self.visitors) if self.visitors else None

    @property
    def bounce_rate(self) -> float | None:
        """The share of sessions with one step."""
        return self.bounces / self.sessions if self.sessions else None

    @property
    def average_duration(self) -> float | None:
        """Seconds of a session."""
        return self.duration_seconds / self.sessions if self.sessions else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One step of a time series; `start` is when the step begins."""

    start: datetime
    figures: Figures
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The tiles and the line of a dashboard."""

    total: Figures
    compared: Figures | None
    points: tuple[Point, ...]
    compared_points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of a dimension; `value` filters, `label` is read."""

    value: str
    label: str
    figures: Figures
    compared: Figures | None = None
    completions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which rows of a breakdown are wanted; `values` are those alone."""

    limit: int = 9
    offset: int = 0
    sort: Metric = Metric.VISITORS
    search: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The figures by the values of one dimension; `count` is how many values there are."""

    dimension: Dimension
    rows: tuple[Row, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Everything that the dashboard of one website shows first."""

    query: ReportQuery
    overview: Overview
    breakdowns: tuple[Breakdown, ...]
    visitors_now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPlace:
    """A step of a funnel, counted from 1, and whether those are meant who reached it or those who left before it.

    With `by`, those alone whose first visit of the period had `part` as its value.
    """

    steps: tuple[FunnelStep, ...]
    window_seconds: int
    number: int
    is_left: bool = False
    by: Dimension | None = None
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelResult:
    """How many visitors reached a step, and what those who did were worth."""

    step: FunnelStep
    visitors: int
    revenue_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyStep:
    """One thing that a visitor did."""

    at: datetime
    kind: str
    name: str
    host: str = ""
    path: str = ""
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One visit: steps with less than 30 minutes between them."""

    visitor_id: UUID
    started_at: datetime
    ended_at: datetime
    number: int
    source: str
    channel: str
    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_term: str
    utm_content: str
    entry_path: str
    exit_path: str
    country: str
    region: str
    city: str
    device: str
    browser: str
    system: str
    user_ref: str
    pageviews: int
    goals: tuple[str, ...]
    steps: tuple[JourneyStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One person's visits in a period; source and place are those of the latest visit."""

    visitor_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    sessions: int
    pageviews: int
    goals: tuple[str, ...]
    source: str
    channel: str
    country: str
    region: str
    city: str
    device: str
    browser: str
    system: str
    user_ref: str
    payments: int = 0
    revenue_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorList:
    """Some of the visitors of a period, the latest first; `count` is how many there are."""

    rows: tuple[Visitor, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a payment adds to a figure of revenue: all of it, or the part that the visits in question earned."""

    payment_id: UUID
    at: datetime
    amount_minor: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareList:
    """Some of the payments behind a figure, the latest first; all `count` of them add up to `total_minor`."""

    rows: tuple[Share, ...]
    count: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPart:
    """The funnel of the visitors who share a value of a dimension."""

    value: str
    label: str
    results: tuple[FunnelResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """A funnel of everybody, and by the values of a dimension where one was asked for."""

    results: tuple[FunnelResult, ...]
    parts: tuple[FunnelPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Where visits went from a page: `path`, or nowhere (empty); `count` of the `of` times that the page was seen."""

    path: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """How often, of all times."""
        return self.count / self.of
