"""Asks the event store for sums of costs: from what is counted by the hour, and corrections beside it where there are any."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.nexus.costs.types import By, Question
from emporion.store import EventStore, shared_store
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

MOST_LINES = 60
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
PRICED = ("unpriced", "estimated_picos", "compared", "disagreeing", "compared_picos", "second_picos")
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


def day_rows(question: Question, spans: tuple[tuple[datetime, datetime], ...], *, corrected: bool) -> list[DayRow]:
    """Days of several stretches by API and model: enough for the days, the drivers and the days out of the ordinary."""
    where = _where(question, spans)
    sums = ", ".join(f"sum({name}) AS {name}" for name in ("calls", "cost_picos", *TOKENS))
    source = _source(question, corrected=corrected)
    text = f"SELECT toDate(at) AS day, api_id, provider, model, {sums} FROM {source} {where.text}"  # noqa: S608 -- own words
    return store().rows(f"{text} GROUP BY day, api_id, provider, model ORDER BY day", where.params, as_=DayRow)


def line_rows(question: Question, *, corrected: bool, limit: int = MOST_LINES) -> list[LineRow]:
    """The dearest values of what is asked for, now and before."""
    span = question.span
    where = _where(question, ((span.before_since, span.before_until), (span.since, span.until)))
    now = "at >= {now_since:DateTime64(3)}"
    sums = ", ".join(f"sumIf({name}, {now}) AS {name}_" for name in ("calls", "cost_picos", *TOKENS))
    named = ", ".join(f"{name}_ AS {name}" for name in ("calls", "cost_picos", *TOKENS))
    key = text_of(question.by)
    text = (
        f"SELECT key, {named}, before_picos FROM (SELECT {key} AS key, {sums}, sumIf(cost_picos, NOT ({now})) AS before_picos"  # noqa: S608
        f" FROM {_source(question, corrected=corrected, is_broken_down=True)} {where.text} GROUP BY key)"
        " WHERE calls_ > 0 OR cost_picos_ != 0 OR before_picos != 0"
        f" ORDER BY cost_picos_ DESC, before_picos DESC, key LIMIT {limit:d}"
    )
    return store().rows(text, {**where.params, "now_since": span.since}, as_=LineRow)


def month_rows(question: Question, since: datetime, until: datetime, *, corrected: bool) -> list[PeriodRow]:
    """Sums of each month."""
    where = _where(question, ((since, until),))
    sums = ", ".join(f"sum({name}) AS {name}" for name in ("calls", "cost_picos", "input_tokens", "output_tokens"))
    source = _source(question, corrected=corrected)
    text = f"SELECT toStartOfMonth(at) AS first, {sums} FROM {source} {where.text}"  # noqa: S608 -- own words
    return store().rows(f"{text} GROUP BY first ORDER BY first", where.params, as_=PeriodRow)


def priced_row(question: Question) -> PricedRow:
    """How far the costs of a stretch can be relied on; corrections do not change what a second list said at the time."""
    where = _where(question, ((question.span.since, question.span.until),))
    sums = ", ".join(f"sum({name}) AS {name}" for name in ("calls", *PRICED))
    return store().rows(f"SELECT {sums} FROM api_hours {where.text}", where.params, as_=PricedRow)[0]  # noqa: S608 -- own words


def text_of(by: By) -> str:
    """The column of a value as text; only ids are turned into it, since text in a dictionary is summed faster as it is."""
    return f"toString({COLUMNS[by]})" if by is By.API else COLUMNS[by]


def _source(question: Question, *, corrected: bool, is_broken_down: bool = False) -> str:
    """The table of sums; with corrections beside it as rows of no calls, where the project has any.

    Sums by customer are kept apart, by the day, and know neither provider nor key: they are asked only where they must be.
    """
    by_customer = By.CUSTOMER in question.narrowed or (is_broken_down and question.by is By.CUSTOMER)
    if by_customer:
        names = "project_id, toDateTime(day, 'UTC') AS at, api_id, '' AS provider, model, team, feature, customer"
        moment, table, tag = "toStartOfDay(occurred_at)", "api_customer_days", "customer"
    else:
        names = "project_id, at, api_id, provider, model, team, feature"
        moment, table, tag = "toStartOfHour(occurred_at)", "api_hours", ""
    sums = ", ".join(("calls", "cost_picos", *TOKENS))
    plain = f"SELECT {names}, {sums} FROM {table} WHERE project_id = {{project:UUID}}"  # noqa: S608 -- own words
    if not corrected:
        return f"({plain})" if by_customer else table
    zeros = ", ".join(f"toUInt64(0) AS {name}" for name in TOKENS)
    provider = "'' AS provider" if by_customer else "provider"
    more = f", {tag}" if tag else ""
    where = "project_id = {project:UUID}" + (" AND customer != ''" if by_customer else "")
    corrections = (
        f"SELECT project_id, {moment} AS at, api_id, {provider}, model, team, feature{more}, toUInt64(0) AS calls,"  # noqa: S608
        f" toInt128(delta_picos) AS cost_picos, {zeros} FROM cost_corrections WHERE {where}"
    )
    return f"({plain} UNION ALL {corrections})"


def _where(question: Question, spans: tuple[tuple[datetime, datetime], ...]) -> Sql:
    """The project, the stretches and what the question is narrowed to."""
    params: dict[str, Parameter] = {"project": question.project_id, "nobody": NOBODY}
    times = []
    for number, (since, until) in enumerate(spans):
        times.append(f"(at >= {{since{number}:DateTime64(3)}} AND at < {{until{number}:DateTime64(3)}})")
        params |= {f"since{number}": since, f"until{number}": until}
    # What traces tell of APIs that nobody registered stands under "Seen, not registered"; it is in no total until somebody does.
    conditions = ["project_id = {project:UUID}", f"({' OR '.join(times)})", "api_id != {nobody:UUID}"]
    for by, value in question.narrowed.items():
        conditions.append(f"{text_of(by)} = {{only_{by}:String}}")
        params[f"only_{by}"] = value
    return Sql(text=f"WHERE {' AND '.join(conditions)}", params=params)
