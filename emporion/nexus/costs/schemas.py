"""What programs are told of costs and prices; amounts are US dollars as exact decimals in text."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema

from emporion.gateway.pricing.queries import plain
from emporion.gateway.pricing.types import NewPrice, PriceView
from emporion.nexus.costs.amounts import decimal_of
from emporion.nexus.costs.periods import midnight
from emporion.nexus.costs.types import CostReport, Line
from emporion.plumbing.schemas import Exact


class LineOut(Schema):
    """What one value cost, and what it cost before."""

    key: str
    name: str
    cost: str
    before: str
    calls: int
    input_tokens: int
    output_tokens: int


class DriverOut(Schema):
    """What a driver did to the cost."""

    driver: str
    effect: str


class MonthOut(Schema):
    """What a month cost."""

    month: str
    cost: str
    calls: int
    is_running: bool


class CostsOut(Schema):
    """The costs of a stretch of time, and why they changed; the drivers add up to `cost` less `before` exactly."""

    since: datetime
    until: datetime
    before_since: datetime
    before_until: datetime
    by: str
    cost: str
    before: str
    forecast: str | None
    calls: int
    unpriced_calls: int
    estimated: str
    lines: list[LineOut]
    drivers: list[DriverOut]
    months: list[MonthOut]


class PriceIn(Exact):
    """A price of one's own: US dollars a million tokens and a call, or percent off the list."""

    model: str = Field(min_length=1, max_length=120)
    provider: str = Field("", max_length=40)
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    per_call: Decimal | None = None
    discount_percent: Decimal | None = None
    valid_from: date
    note: str = Field("", max_length=200)

    def price(self) -> NewPrice:
        """The price as the verb takes it; decimals are cut to what is kept."""
        given = {name: getattr(self, name) for name in ("input", "output", "cache_read", "cache_write", "per_call")}
        return NewPrice(
            model=self.model,
            provider=self.provider,
            valid_from=midnight(self.valid_from),
            discount_percent=self.discount_percent,
            note=self.note,
            **given,
        )


class PriceOut(Schema):
    """An own price; an empty text is no price."""

    id: UUID
    provider: str
    model: str
    input: str
    output: str
    cache_read: str
    cache_write: str
    per_call: str
    discount_percent: str
    valid_from: datetime
    note: str
    is_in_force: bool


def costs_out(report: CostReport) -> CostsOut:
    """A report as a program reads it."""
    span = report.question.span
    return CostsOut(
        since=span.since,
        until=span.until,
        before_since=span.before_since,
        before_until=span.before_until,
        by=report.question.by.value,
        cost=_text(report.total.cost_picos),
        before=_text(report.before.cost_picos),
        forecast=None if report.forecast_picos is None else _text(report.forecast_picos),
        calls=report.total.calls,
        unpriced_calls=report.confidence.unpriced,
        estimated=_text(report.confidence.estimated_picos),
        lines=[_line(line) for line in report.lines],
        drivers=[DriverOut(driver=one.driver.value, effect=_text(one.picos)) for one in report.explanation.effects],
        months=[
            MonthOut(month=f"{one.first:%Y-%m}", cost=_text(one.sums.cost_picos), calls=one.sums.calls, is_running=one.is_running)
            for one in report.months
        ],
    )


def _line(line: Line) -> LineOut:
    return LineOut(
        key=line.key,
        name=line.label,
        cost=_text(line.now.cost_picos),
        before=_text(line.before_picos),
        calls=line.now.calls,
        input_tokens=line.now.input_tokens,
        output_tokens=line.now.output_tokens,
    )


def price_out(view: PriceView) -> PriceOut:
    """An own price as a program reads it."""
    price = view.price
    return PriceOut(
        id=view.id,
        provider=price.provider,
        model=price.model,
        input=plain(price.input),
        output=plain(price.output),
        cache_read=plain(price.cache_read),
        cache_write=plain(price.cache_write),
        per_call=plain(price.per_call),
        discount_percent=plain(price.discount_percent),
        valid_from=price.valid_from,
        note=price.note,
        is_in_force=view.is_in_force,
    )


def _text(picos: int) -> str:
    return plain(decimal_of(picos))
