"""The calls behind a number, and how the cost of one of them came about: tokens times price, line by line."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from emporion.gateway.pricing.queries import corrections_within, price_rules
from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import Usage
from emporion.gateway.pricing.usage import extract
from emporion.nexus.costs.errors import CallNotFound
from emporion.nexus.costs.queries import sums_of
from emporion.nexus.costs.reading import day_rows, store, text_of
from emporion.nexus.costs.types import CallCost, CallLine, CallPage, Question, Sums
from emporion.plumbing.types import Actor, Permission
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

PAGE_SIZE = 50
DEEPEST = 10_000
ORDERS = {
    "cost": "cost_picos DESC, occurred_at DESC, event_id",
    "time": "occurred_at DESC, event_id",
    "tokens": "toUInt64(input_tokens) + output_tokens DESC, occurred_at DESC, event_id",
}
FIELDS = (
    "event_id, occurred_at, api_id, provider, operation, model, answered_model, team, feature, customer, outcome, cost_picos,"
    " price_source, price_version, second_cost_picos, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,"
    " reasoning_tokens, usage"
)


class CallRow(msgspec.Struct):
    """A stored call, as far as costs go."""

    event_id: UUID
    occurred_at: datetime
    api_id: UUID
    provider: str
    operation: str
    model: str
    answered_model: str
    team: str
    feature: str
    customer: str
    outcome: str
    cost_picos: int
    price_source: str
    price_version: str
    second_cost_picos: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    usage: str


class _Found(msgspec.Struct):
    event_id: UUID
    occurred_at: datetime


class _Corrected(msgspec.Struct):
    call_id: UUID
    delta_picos: int
    price_source: str
    price_version: str


def calls(actor: Actor, question: Question, *, order: str = "cost", offset: int = 0) -> CallPage:
    """A page of the calls behind a number, dearest first unless asked otherwise, and the number itself."""
    actor.require(Permission.VIEW, question.project_id)
    span = question.span
    has_corrections = bool(corrections_within(actor, question.project_id, span.since, span.until))
    sums = sums_of(day_rows(question, span.since, span.until))
    offset = min(max(offset, 0), DEEPEST)
    params: dict[str, Parameter] = {"project": question.project_id, "since": span.since, "until": span.until, "nobody": NOBODY}
    narrowed = " AND api_id != {nobody:UUID}"
    for by, value in question.narrowed.items():
        narrowed += f" AND {text_of(by)} = {{only_{by}:String}}"
        params[f"only_{by}"] = value
    # Two steps: which calls, from few columns; then those alone with all that is shown.
    found = store().rows(
        "SELECT event_id, occurred_at FROM api_calls WHERE project_id = {project:UUID}"  # noqa: S608 -- own words
        " AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}"
        f"{narrowed} ORDER BY {ORDERS.get(order, ORDERS['cost'])} LIMIT {PAGE_SIZE + 1} OFFSET {offset:d}",
        params,
        as_=_Found,
    )
    rows = _rows(question.project_id, found[:PAGE_SIZE])
    corrected = _corrected(question.project_id, found[:PAGE_SIZE]) if has_corrections else {}
    lines = tuple(_line(rows[one.event_id], corrected.get(one.event_id, [])) for one in found[:PAGE_SIZE] if one.event_id in rows)
    return CallPage(sums=sums, calls=lines, has_more=len(found) > PAGE_SIZE)


def call(actor: Actor, project_id: UUID, call_id: UUID) -> CallCost:
    """How the cost of one call came about; CallNotFound where the project has no such call."""
    actor.require(Permission.VIEW, project_id)
    found = _Found(event_id=call_id, occurred_at=_made_at(call_id))
    row = _rows(project_id, [found], slack=timedelta(days=2)).get(call_id) or _rows(project_id, [found], slack=None).get(call_id)
    if row is None:
        raise CallNotFound(call_id=call_id)
    at = row.occurred_at
    found = _Found(event_id=call_id, occurred_at=at)
    corrections = tuple(corrections_within(actor, project_id, at, at + timedelta(microseconds=1)))
    corrected = _corrected(project_id, [found]).get(call_id, []) if corrections else []
    usage = extract(provider=row.provider, operation=row.operation, response=row.usage) if row.usage else _counted(row)
    priced = price(
        provider=row.provider,
        model=row.answered_model or row.model,
        asked=row.model,
        usage=usage,
        at=at,
        overrides=price_rules(actor.organisation),
    )
    return CallCost(call=_line(row, corrected), priced=priced, usage=row.usage, corrections=corrections if corrected else ())


def _counted(row: CallRow) -> Usage:
    counts = {
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cache_read_tokens": row.cache_read_tokens,
        "cache_write_tokens": row.cache_write_tokens,
        "output_reasoning_tokens": row.reasoning_tokens,
    }
    return Usage(counts={kind: count for kind, count in counts.items() if count}, is_estimate=row.price_source == "estimate")


def _made_at(call_id: UUID) -> datetime:
    """When an id of the seventh version was made; the calls of the gateway have those, so that a call is found in its month."""
    if call_id.version != 7:
        return datetime(2000, 1, 1, tzinfo=UTC)
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=call_id.int >> 80)


def _rows(project_id: UUID, found: list[_Found], *, slack: timedelta | None = timedelta(0)) -> dict[UUID, CallRow]:
    if not found:
        return {}
    params: dict[str, Parameter] = {"project": project_id, "ids": [str(one.event_id) for one in found]}
    within = ""
    if slack is not None:
        within = " AND occurred_at >= {first:DateTime64(3)} AND occurred_at <= {last:DateTime64(3)}"
        params |= {
            "first": min(one.occurred_at for one in found) - slack,
            "last": max(one.occurred_at for one in found) + slack,
        }
    rows = store().rows(
        f"SELECT {FIELDS} FROM api_calls WHERE project_id = {{project:UUID}}{within}"  # noqa: S608 -- own words
        " AND event_id IN (SELECT toUUID(arrayJoin({ids:Array(String)})))",
        params,
        as_=CallRow,
    )
    return {row.event_id: row for row in rows}


def _corrected(project_id: UUID, found: list[_Found]) -> dict[UUID, list[_Corrected]]:
    if not found:
        return {}
    rows = store().rows(
        "SELECT call_id, delta_picos, price_source, price_version FROM cost_corrections WHERE project_id = {project:UUID}"
        " AND occurred_at >= {first:DateTime64(3)} AND occurred_at <= {last:DateTime64(3)}"
        " AND call_id IN (SELECT toUUID(arrayJoin({ids:Array(String)}))) ORDER BY correction_id",
        {
            "project": project_id,
            "ids": [str(one.event_id) for one in found],
            "first": min(one.occurred_at for one in found),
            "last": max(one.occurred_at for one in found),
        },
        as_=_Corrected,
    )
    by_call: dict[UUID, list[_Corrected]] = {}
    for row in rows:
        by_call.setdefault(row.call_id, []).append(row)
    return by_call


def _line(row: CallRow, corrected: list[_Corrected]) -> CallLine:
    last = corrected[-1] if corrected else None
    return CallLine(
        id=row.event_id,
        at=row.occurred_at,
        api_id=row.api_id,
        provider=row.provider,
        model=row.answered_model or row.model,
        team=row.team,
        feature=row.feature,
        customer=row.customer,
        outcome=row.outcome,
        sums=Sums(
            calls=1,
            cost_picos=row.cost_picos,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cache_read_tokens=row.cache_read_tokens,
            cache_write_tokens=row.cache_write_tokens,
            reasoning_tokens=row.reasoning_tokens,
        ),
        cost_picos=row.cost_picos + sum(one.delta_picos for one in corrected),
        stored_picos=row.cost_picos,
        price_source=last.price_source if last else row.price_source,
        price_version=last.price_version if last else row.price_version,
        second_picos=row.second_cost_picos if row.second_cost_picos >= 0 else None,
    )
