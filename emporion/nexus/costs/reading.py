"""Asks the event store for sums of costs: from what is counted by the day, and by the hour where a stretch ends within a day.

Corrections are counted in, see `store.rollups`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.nexus.costs.periods import midnight
from emporion.nexus.costs.types import By, Question
from emporion.store import EventStore, shared_store
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

MOST_LINES = 60
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
SUMS = ("calls", "cost_picos", *TOKENS)
PRICED = ("unpriced", "estimated_picos", "compared", "disagreeing", "compared_picos", "second_picos")
Span = tuple[datetime, datetime]
Row = TypeVar("Row")
COLUMNS = {By.API: "api_id", By.MODEL: "model", By.TEAM: "team", By.FEATURE: "feature", By.CUSTOMER: "customer"}


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and what is bound in it."""

    text: str
    params: Mapping[str, Parameter]


class DayRow(msgspec.Struct):
    """Sums of a day of one API and model."""

    day: date
    api_id: UUID
    provider: str
    model: str
    calls: int
    cost_picos: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int


class LineRow(msgspec.Struct):
    """Sums of one value, with its cost in the stretch before."""

    key: str
    calls: int
    cost_picos: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    before_picos: int


class PeriodRow(msgspec.Struct):
    """Sums of a month."""

    first: date
    calls: int
    cost_picos: int
    input_tokens: int
    output_tokens: int


class PricedRow(msgspec.Struct):
    """How far costs can be relied on."""

    calls: int
    unpriced: int
    estimated_picos: int
    compared: int
    disagreeing: int
    compared_picos: int
    second_picos: int


def store() -> EventStore:
    """The event store of this process."""
    return shared_store(settings.EVENTS_URL)


def day_rows(question: Question, since: datetime, until: datetime) -> list[DayRow]:
    """Days by API and model: enough for the days, the drivers and the days out of the ordinary."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    source = _source(question, ((since, until),), ("api_id", "provider", "model"), SUMS)
    text = f"SELECT toDate(at) AS day, api_id, provider, model, {sums} FROM ({source.text})"  # noqa: S608 -- own words
    return _rows(f"{text} GROUP BY day, api_id, provider, model ORDER BY day", source.params, DayRow)


def line_rows(question: Question, *, limit: int = MOST_LINES) -> list[LineRow]:
    """The dearest values of what is asked for, now and before."""
    span = question.span
    spans = ((span.before_since, span.before_until), (span.since, span.until))
    source = _source(question, spans, (COLUMNS[question.by],), SUMS, by=question.by)
    now = "at >= {now_since:DateTime64(3)}"
    sums = ", ".join(f"sumIf({name}, {now}) AS {name}_" for name in SUMS)
    named = ", ".join(f"{name}_ AS {name}" for name in SUMS)
    key = text_of(question.by)
    text = (
        f"SELECT key, {named}, before_picos FROM (SELECT {key} AS key, {sums}, sumIf(cost_picos, NOT ({now})) AS before_picos"  # noqa: S608
        f" FROM ({source.text}) GROUP BY key)"
        " WHERE calls_ > 0 OR cost_picos_ != 0 OR before_picos != 0"
        f" ORDER BY cost_picos_ DESC, before_picos DESC, key LIMIT {limit:d}"
    )
    return _rows(text, {**source.params, "now_since": span.since}, LineRow)


def month_rows(question: Question, since: datetime, until: datetime) -> list[PeriodRow]:
    """Sums of each month."""
    names = ("calls", "cost_picos", "input_tokens", "output_tokens")
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    source = _source(question, ((since, until),), (), names)
    text = f"SELECT toStartOfMonth(at) AS first, {sums} FROM ({source.text})"  # noqa: S608 -- own words
    return _rows(f"{text} GROUP BY first ORDER BY first", source.params, PeriodRow)


def priced_row(question: Question) -> PricedRow:
    """How far the costs of a stretch can be relied on; corrections do not change what a second list said at the time."""
    names = ("calls", *PRICED)
    source = _source(question, ((question.span.since, question.span.until),), (), names)
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    return _rows(f"SELECT {sums} FROM ({source.text})", source.params, PricedRow)[0]  # noqa: S608 -- own words


def _rows(text: str, params: Mapping[str, Parameter], kind: type[Row]) -> list[Row]:
    # What is only added up needs no merging before it is read.
    return store().rows(f"{text} SETTINGS final = 0", params, as_=kind)


def text_of(by: By) -> str:
    """The column of a value as text; only ids are turned into it, since text in a dictionary is summed faster as it is."""
    return f"toString({COLUMNS[by]})" if by is By.API else COLUMNS[by]


def _source(
    question: Question, spans: Sequence[Span], keys: Sequence[str], values: Sequence[str], *, by: By | None = None
) -> Sql:
    """The rows of sums of some stretches, each with its time: whole days as they are kept, hours where a stretch ends in a day.

    Sums by customer are kept apart and by the day alone, and know no provider; those of all of them without what else there is.
    """
    conditions, params = ["project_id = {project:UUID}"], dict[str, Parameter]({"project": question.project_id})
    for told, value in question.narrowed.items():
        conditions.append(f"{text_of(told)} = {{only_{told}:String}}")
        params[f"only_{told}"] = value
    if By.CUSTOMER not in {by, *question.narrowed}:
        whole, ends = cut(spans)
        tables = [("api_days", "day", whole), ("api_hours", "at", ends)]
    else:
        table = "api_customer_totals" if by is By.CUSTOMER and not question.narrowed else "api_customers"
        tables = [(table, "day", tuple(spans))]
        keys = ["'' AS provider" if key == "provider" else key for key in keys]
    if tables[0][0] != "api_customer_totals":
        # What traces tell of APIs that nobody registered stands under "Seen, not registered", and is in no total.
        conditions.append("api_id != {nobody:UUID}")
        params["nobody"] = NOBODY
    texts = []
    for table, column, stretches in tables:
        times = []
        for number, (since, until) in enumerate(stretches):
            name = f"{column}{number}"
            times.append(f"({column} >= {{since_{name}:DateTime64(3)}} AND {column} < {{until_{name}:DateTime64(3)}})")
            params |= {f"since_{name}": since, f"until_{name}": until}
        at = "toDateTime(day, 'UTC') AS at" if column == "day" else "at"
        where = " AND ".join([*conditions, f"({' OR '.join(times)})"])
        if times:
            texts.append(f"SELECT {', '.join((at, *keys, *values))} FROM {table} WHERE {where}")  # noqa: S608 -- own words
    return Sql(text=" UNION ALL ".join(texts), params=params)


def cut(spans: Sequence[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The whole days of stretches that begin with a day, and what is left of each at its end."""
    found = [(since, midnight(until.date()), until) for since, until in spans]
    whole = tuple((since, last) for since, last, _until in found if since < last)
    return whole, tuple((max(since, last), until) for since, last, until in found if last < until)
