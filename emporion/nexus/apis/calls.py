"""Single calls: those that failed, all that is known of one, and what the latest ones said of limits."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from emporion.gateway.routing.queries import api_of
from emporion.nexus.apis import counting, rules
from emporion.nexus.apis.asking import event_store, seen
from emporion.nexus.apis.errors import CallNotFound
from emporion.nexus.apis.queries import watch_of
from emporion.nexus.apis.types import Allowance, Allowed, Body, CallView, FailedCall, QuotaView, Scope, Watch
from emporion.plumbing.types import Actor, Permission
from emporion.store.query import Parameter

DAY, HOUR, AHEAD = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PACE = timedelta(days=7)
_LISTED = """event_id, occurred_at AS at, api_id, outcome, status, error_code, error_message, model, feature, customer,
  duration_us / 1000 AS duration_ms, attempts"""

_KNOWN = ", ".join(field.name for field in dataclasses.fields(CallView))
# An id of ours says when it was made, which is when the call was; others are looked for everywhere.
_NEAR = timedelta(days=2)


class _Limits(msgspec.Struct):
    api_id: UUID
    at: datetime
    limit_requests: int
    left_requests: int
    limit_tokens: int
    left_tokens: int


class _Corrected(msgspec.Struct):
    times: int
    delta_picos: int
    price_source: str
    price_version: str
    second_cost_picos: int


class _Used(msgspec.Struct):
    api_id: UUID
    used: int
    recent: int


def failed_calls(
    actor: Actor, scope: Scope, since: datetime, until: datetime, limit: int, outcomes: Sequence[str] = ()
) -> list[FailedCall]:
    """The calls of a stretch that failed, latest first; `outcomes` narrows to some, or widens to those that are no failures."""
    seen(actor, scope)
    where, params = counting.raw_where(scope, since, until)
    params |= {"outcomes": list(outcomes or rules.FAILURES), "limit": limit}
    sql = f"""SELECT {_LISTED} FROM api_calls WHERE {where} AND outcome IN {{outcomes:Array(String)}}
      ORDER BY occurred_at DESC, event_id DESC LIMIT {{limit:UInt32}}"""  # noqa: S608 -- own words
    return event_store().rows(sql, params, as_=FailedCall)


def call_of(actor: Actor, event_id: UUID) -> CallView:
    """Everything known of a call in the projects that the actor sees; CallNotFound otherwise."""
    where = "project_id IN {projects:Array(UUID)} AND event_id = {call:UUID}"
    params: dict[str, Parameter] = {"projects": sorted(actor.project_ids), "call": event_id}
    for near, bounds in (*_near(event_id), ("", {})):
        found = event_store().rows(f"SELECT {_KNOWN} FROM api_calls WHERE {where}{near}", {**params, **bounds}, as_=CallView)  # noqa: S608
        if found:
            actor.require(Permission.VIEW, found[0].project_id)
            return _corrected(found[0])
    raise CallNotFound(event_id=event_id)


def _corrected(call: CallView) -> CallView:
    """The call with the cost that every sum has of it."""
    sql = """SELECT count() AS times, sum(delta_picos) AS delta_picos, argMax(price_source, correction_id) AS price_source,
        argMax(price_version, correction_id) AS price_version, argMax(second_cost_picos, correction_id) AS second_cost_picos
      FROM cost_corrections WHERE project_id = {project:UUID} AND occurred_at = {at:DateTime64(3)} AND call_id = {call:UUID}"""
    asked: dict[str, Parameter] = {"project": call.project_id, "at": call.occurred_at, "call": call.event_id}
    found = event_store().rows(sql, asked, as_=_Corrected)[0]
    if not found.times:
        return call
    return dataclasses.replace(
        call,
        cost_picos=call.cost_picos + found.delta_picos,
        price_source=found.price_source,
        price_version=found.price_version,
        second_cost_picos=found.second_cost_picos,
    )


def body_of(actor: Actor, call: CallView) -> Body | None:
    """What was asked and answered, where it was kept and the actor may read it: who may configure the project."""
    if not actor.may(Permission.CONFIGURE, call.project_id):
        return None
    sql = """SELECT request, response FROM api_bodies
      WHERE project_id = {project:UUID} AND api_id = {api:UUID} AND event_id = {call:UUID}"""
    found = event_store().rows(sql, {"project": call.project_id, "api": call.api_id, "call": call.event_id}, as_=Body)
    return found[0] if found else None


def quota(actor: Actor, api_id: UUID, now: datetime) -> QuotaView:
    """How much of its limits an API has left."""
    api = api_of(actor, api_id)
    return quotas(actor, api.project_id, (watch_of(actor, api_id),), now)[api_id]


def quotas(actor: Actor, project_id: UUID, watches: Iterable[Watch], now: datetime) -> Mapping[UUID, QuotaView]:
    """How much is left of the limits of several APIs: what the latest answers of this hour said, and what was noted."""
    seen(actor, Scope(project_id=project_id))
    said = {row.api_id: row for row in _said(project_id, now)}
    noted = {watch.api_id: watch for watch in watches}
    used = _used(project_id, [one for one in noted.values() if one.quota_calls], now)
    return {api_id: _quota(api_id, said.get(api_id), used.get(api_id), watch, now) for api_id, watch in noted.items()}


def _near(event_id: UUID) -> tuple[tuple[str, dict[str, Parameter]], ...]:
    if event_id.version != 7:
        return ()
    made = datetime.fromtimestamp((event_id.int >> 80) / 1000, tz=UTC)
    if not 1980 < made.year < 2200:
        return ()
    clause = " AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}"
    return ((clause, {"since": made - _NEAR, "until": made + _NEAR}),)


def _said(project_id: UUID, now: datetime) -> list[_Limits]:
    """What the latest call of each API that carried limits said of them; a replica's clock may be a little ahead."""
    sql = """SELECT api_id, max(occurred_at) AS at, argMax(said.limit_requests, occurred_at) AS limit_requests,
        argMax(said.left_requests, occurred_at) AS left_requests, argMax(said.limit_tokens, occurred_at) AS limit_tokens,
        argMax(said.left_tokens, occurred_at) AS left_tokens
      FROM api_calls AS said WHERE project_id = {project:UUID} AND occurred_at >= {since:DateTime64(3)}
        AND occurred_at < {until:DateTime64(3)} AND (said.limit_requests > 0 OR said.limit_tokens > 0) GROUP BY api_id"""
    return event_store().rows(sql, {"project": project_id, "since": now - HOUR, "until": now + AHEAD}, as_=_Limits)


def _used(project_id: UUID, watches: Sequence[Watch], now: datetime) -> Mapping[UUID, _Used]:
    """How many calls each noted allowance has seen in its period, and how many the last week saw."""
    found: dict[UUID, _Used] = {}
    for period in Allowed:
        apis = [watch.api_id for watch in watches if watch.quota_period is period]
        if not apis:
            continue
        sql = f"""SELECT api_id, sumIf(calls, at >= {{began:DateTime64(3)}}) AS used,
            sumIf(calls, at >= {{recent:DateTime64(3)}}) AS recent
          FROM api_hour_totals WHERE project_id = {{project:UUID}} AND at >= {{since:DateTime64(3)}}
            AND api_id IN {{apis:Array(UUID)}} AND {counting.MADE} GROUP BY api_id SETTINGS final = 0"""  # noqa: S608 -- own words
        began, recent = period_began(period, now), now - PACE
        params: dict[str, Parameter] = {
            "project": project_id,
            "apis": apis,
            "began": began,
            "recent": recent,
            "since": min(began, recent),
        }
        found |= {row.api_id: row for row in event_store().rows(sql, params, as_=_Used)}
    return found


def period_began(period: Allowed, now: datetime) -> datetime:
    """When the allowance of now was given, in UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if period is Allowed.DAY else day.replace(day=1)


def period_ends(period: Allowed, now: datetime) -> datetime:
    """When the next allowance is given."""
    began = period_began(period, now)
    return began + DAY if period is Allowed.DAY else (began + 32 * DAY).replace(day=1)


def _quota(api_id: UUID, said: _Limits | None, used: _Used | None, watch: Watch, now: datetime) -> QuotaView:
    noted = None
    if watch.quota_calls:
        spent, recent = (used.used, used.recent) if used else (0, 0)
        pace = recent / (PACE / DAY)
        ends = rules.runs_out(
            used=spent, limit=watch.quota_calls, per_day=pace, now=now, ends=period_ends(watch.quota_period, now)
        )
        noted = Allowance(
            name=watch.quota_name, limit=watch.quota_calls, left=max(0, watch.quota_calls - spent), runs_out_at=ends
        )
    if said is None:
        return QuotaView(api_id=api_id, noted=noted)
    return QuotaView(
        api_id=api_id,
        seen_at=said.at,
        requests=_allowance("requests", said.limit_requests, said.left_requests),
        tokens=_allowance("tokens", said.limit_tokens, said.left_tokens),
        noted=noted,
    )


def _allowance(name: str, limit: int, left: int) -> Allowance | None:
    return Allowance(name=name, limit=limit, left=left) if limit > 0 and left >= 0 else None
