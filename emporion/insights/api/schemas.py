"""The shapes that programs get; names and envelopes as DataFast documents them (datafa.st/docs/api, read 2026-11-21)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict


class _Out(Schema):
    model_config = ConfigDict(extra="forbid")


class Pagination(_Out):
    """Where a page of rows lies."""

    limit: int
    offset: int
    total: int


class OverviewRow(_Out):
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


class OverviewOut(_Out):
    """One row in a list, as DataFast has it."""

    status: Literal["success"] = "success"
    data: list[OverviewRow]


class SeriesRow(_Out):
    """One step of a series."""

    timestamp: datetime
    name: str | None = None
    visitors: int | None = None
    sessions: int | None = None
    revenue: float | None = None
    payments: int | None = None
    conversion_rate: float | None = None


class SeriesTotals(_Out):
    """The whole period."""

    visitors: int | None = None
    sessions: int | None = None
    revenue: float | None = None
    payments: int | None = None
    conversion_rate: float | None = None


class SeriesOut(_Out):
    """A time series."""

    status: Literal["success"] = "success"
    fields: list[str]
    interval: str
    timezone: str
    currency: str | None
    totals: SeriesTotals
    data: list[SeriesRow]
    pagination: Pagination


class BreakdownRow(_Out):
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


class BreakdownOut(_Out):
    """The values of a dimension, those with most visitors first."""

    status: Literal["success"] = "success"
    data: list[BreakdownRow]
    pagination: Pagination


class RealtimeRow(_Out):
    """How many are here."""

    visitors: int


class RealtimeOut(_Out):
    """Who is on the website now."""

    status: Literal["success"] = "success"
    data: list[RealtimeRow]


class MetadataRow(_Out):
    """The website itself."""

    websiteId: str  # noqa: N815 - DataFast's name
    domain: str
    timezone: str
    currency: str
    name: str


class MetadataOut(_Out):
    """What a client needs to know of the website."""

    status: Literal["success"] = "success"
    data: list[MetadataRow]


class GoalIn(Schema):
    """A goal that a server saw; DataFast also calls the visitor `visitorId`."""

    name: str
    datafast_visitor_id: str = ""
    visitorId: str = ""  # noqa: N815 - DataFast's name
    description: str = ""
    metadata: dict[str, str] = {}


class GoalMade(_Out):
    """What became of it."""

    message: str
    eventId: UUID  # noqa: N815 - DataFast's name


class GoalOut(_Out):
    """A goal was recorded."""

    status: Literal["success"] = "success"
    data: GoalMade


class PaymentIn(Schema):
    """A payment from any provider; `amount` is in major units as a number or a text."""

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


class PaymentOut(_Out):
    """A payment was recorded; DataFast does not wrap this answer."""

    message: str
    transaction_id: str


class DeletedOut(_Out):
    """How many payments were taken back."""

    status: Literal["success"] = "success"
    message: str
    deleted: int


class ErrorBody(_Out):
    """What went wrong, and what to do."""

    code: int
    message: str
    next_step: str = ""
    field: str | None = None


class ErrorOut(_Out):
    """Every error of this API."""

    status: Literal["error"] = "error"
    error: ErrorBody


class MetricsOut(_Out):
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


class RevenueSource(_Out):
    """What one source brought."""

    source: str
    visitors: int
    revenue: float
    payments: int


class RevenueOut(_Out):
    """The money of a period and where it came from, by the attribution model that is named."""

    start_date: str
    end_date: str
    currency: str
    attribution_model: str
    revenue: float
    payments: int
    sources: list[RevenueSource]
