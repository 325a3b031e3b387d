"""The shapes that programs get; names and envelopes as DataFast documents them (datafa.st/docs/api, read 2026-11-21)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema

from emporion.plumbing.schemas import Exact


class Pagination(Exact):
    """Where a page of rows lies."""

    limit: int
    offset: int
    total: int


class OverviewRow(Exact):
    """The headline figures; money in major units, rates in per cent, duration in milliseconds."""

    visitors: int | None = None
    sessions: int | None = None
    bounce_rate: float | None = None
    avg_session_duration: float | None = None
    currency: str | None = None
    revenue: float | None = None
    payments: int | None = None
    revenue_per_visitor: float | None = None
    conversion_rate: float | None = None


class OverviewOut(Exact):
    """One row in a list, as DataFast has it."""

    status: Literal["success"] = "success"
    data: list[OverviewRow]


class SeriesRow(Exact):
    """One step of a series."""

    timestamp: datetime
    name: str | None = None
    visitors: int | None = None
    sessions: int | None = None
    revenue: float | None = None
    payments: int | None = None
    conversion_rate: float | None = None


class SeriesTotals(Exact):
    """The whole period."""

    visitors: int | None = None
    sessions: int | None = None
    revenue: float | None = None
    payments: int | None = None
    conversion_rate: float | None = None


class SeriesOut(Exact):
    """A time series."""

    status: Literal["success"] = "success"
    fields: list[str]
    interval: str
    timezone: str
    currency: str | None
    totals: SeriesTotals
    data: list[SeriesRow]
    pagination: Pagination


class BreakdownRow(Exact):
    """One value of a dimension under the name that DataFast gives it."""

    hostname: str | None = None
    path: str | None = None
    page: str | None = None
    referrer: str | None = None
    country: str | None = None
    country_code: str | None = None
    region: str | None = None
    city: str | None = None
    device: str | None = None
    browser: str | None = None
    operating_system: str | None = None
    campaign: str | None = None
    goal: str | None = None
    completions: int | None = None
    visitors: int | None = None
    revenue: float | None = None
    payments: int | None = None
    conversion_rate: float | None = None


class BreakdownOut(Exact):
    """The values of a dimension, those with most visitors first."""

    status: Literal["success"] = "success"
    data: list[BreakdownRow]
    pagination: Pagination


class RealtimeRow(Exact):
    """How many are here."""

    visitors: int


class RealtimeOut(Exact):
    """Who is on the website now."""

    status: Literal["success"] = "success"
    data: list[RealtimeRow]


class MetadataRow(Exact):
    """The website itself."""

    websiteId: str  # noqa: N815 - DataFast's name
    domain: str
    timezone: str
    currency: str
    name: str


class MetadataOut(Exact):
    """What a client needs to know of the website."""

    status: Literal["success"] = "success"
    data: list[MetadataRow]


class GoalIn(Schema):
    """A goal that a server saw; DataFast also calls the visitor `visitorId`. What its clients send besides is let pass."""

    name: str
    datafast_visitor_id: str = ""
    visitorId: str = ""  # noqa: N815 - DataFast's name
    description: str = ""
    metadata: dict[str, str] = {}


class GoalMade(Exact):
    """What became of it."""

    message: str
    eventId: UUID  # noqa: N815 - DataFast's name


class GoalOut(Exact):
    """A goal was recorded."""

    status: Literal["success"] = "success"
    data: GoalMade


class PaymentIn(Schema):
    """A payment from any provider; `amount` is in major units as a number or a text. What clients send besides is let pass."""

    amount: str | float | int
    currency: str
    transaction_id: str
    datafast_visitor_id: str = ""
    visitorId: str = ""  # noqa: N815 - DataFast's name
    email: str = ""
    customer_email: str = ""
    name: str = ""
    customer_id: str = ""
    renewal: bool = False
    refunded: bool = False
    is_free_trial: bool = False
    timestamp: str = ""


class PaymentOut(Exact):
    """A payment was recorded; DataFast does not wrap this answer."""

    message: str
    transaction_id: str


class DeletedOut(Exact):
    """How many payments were taken back."""

    status: Literal["success"] = "success"
    message: str
    deleted: int


class ErrorBody(Exact):
    """What went wrong, and what to do."""

    code: int
    message: str
    next_step: str = ""
    field: str | None = None


class ErrorOut(Exact):
    """Every error of this API."""

    status: Literal["error"] = "error"
    error: ErrorBody


class MetricsOut(Exact):
    """The headline figures of a period; money in major units, rates between 0 and 1."""

    start_date: str
    end_date: str
    currency: str
    visitors: int
    sessions: int
    pageviews: int
    bounce_rate: float | None
    revenue: float
    payments: int
    rpv: float | None
    conversion_rate: float | None


class RevenueSource(Exact):
    """What one source brought."""

    source: str
    visitors: int
    revenue: float
    payments: int


class RevenueOut(Exact):
    """The money of a period and where it came from, by the attribution model that is named."""

    start_date: str
    end_date: str
    currency: str
    attribution_model: str
    revenue: float
    payments: int
    sources: list[RevenueSource]
