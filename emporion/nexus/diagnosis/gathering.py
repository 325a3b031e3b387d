"""Gathers the facts of a diagnosis: calls from the event store, deploys, status pages, checks, limits, routes, other APIs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from emporion.gateway.routing.queries import apis_of, ended_routes, routes_of
from emporion.gateway.routing.types import ApiView, Outcome, Protocol
from emporion.nexus.apis import figures
from emporion.nexus.apis.types import Figures, Minute, QuotaView, Scope
from emporion.nexus.checks.queries import checks_of
from emporion.nexus.checks.types import CheckState
from emporion.nexus.diagnosis.suggesting import Pace
from emporion.nexus.diagnosis.types import (
    Candidate,
    CheckFact,
    DeployFact,
    Facts,
    OtherApi,
    ProviderFact,
    QuotaFact,
    RouteFact,
    Sample,
    Slice,
)
from emporion.nexus.providers.queries import feeds_of, provider_incidents
from emporion.nexus.signals.queries import deploys
from emporion.plumbing.types import Actor
from emporion.store.query import Parameter

RECENT, LONGEST, EARLIER, APART = timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1), timedelta(minutes=2)
DEPLOYS_BACK = timedelta(minutes=45)
LOOKED_BACK = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is looked at: an API, since when it is out of bounds, until when; unknown beginnings are searched for."""

    api: ApiView
    scope: Scope
    started_at: datetime | None
    until: datetime


class _Row(msgspec.Struct):
    model: str
    region: str
    feature: str
    key_id: UUID
    outcome: str
    error_code: str
    calls: int


class _Times(msgspec.Struct):
    p95: float
    first_p95: float


_WHERE = """project_id = {project:UUID} AND api_id = {api:UUID}
  AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}"""
_COUNTS = f"""SELECT model, region, feature, key_id, outcome, error_code, count() AS calls FROM api_calls
  WHERE {_WHERE} GROUP BY model, region, feature, key_id, outcome, error_code ORDER BY calls DESC LIMIT 20000"""  # noqa: S608 -- own words
_TIMES = f"""SELECT ifNotFinite(quantileIf(0.95)(duration_us, outcome = 'ok'), 0) / 1000 AS p95,
  ifNotFinite(quantileIf(0.95)(first_token_us, outcome = 'ok' AND first_token_us > 0), 0) / 1000 AS first_p95
  FROM api_calls WHERE {_WHERE}"""  # noqa: S608 -- own words


def facts_of(actor: Actor, trouble: Trouble) -> Facts:
    """Everything that is known of the trouble; the stretch before it is what is usual."""
    api, until = trouble.api, trouble.until
    started = trouble.started_at or _began(actor, trouble)
    since = max(started or until - RECENT, until - LONGEST)
    before_until = (started or since) - APART
    now_rows, before_rows = _rows(api, since, until), _rows(api, before_until - EARLIER, before_until)
    named = provider_incidents(actor, api.project_id, since - timedelta(hours=6), until, api_id=api.id)
    return Facts(
        api_id=api.id,
        api_name=api.name,
        provider=api.provider,
        since=since,
        until=until,
        started_at=started,
        now=_sample(now_rows, _times(api, since, until)),
        before=_sample(before_rows, _times(api, before_until - EARLIER, before_until)),
        models=_slices(now_rows, "model"),
        regions=_slices(now_rows, "region"),
        keys=_slices(now_rows, "key_id"),
        features=_slices(now_rows, "feature"),
        deploys=_deploys(actor, api, started or since, until),
        provider_incidents=tuple(
            ProviderFact(id=str(one.id), title=one.title, impact=one.impact, at=one.started_at) for one in named
        ),
        checks=_checks(actor, api),
        others=_others(actor, api, since, until),
        quota=_quota(figures.quota(actor, api.id, until)),
        routes=_routes(actor, api, until),
        reads_status_page=any(api.id in one.api_ids for one in feeds_of(actor, api.project_id)),
        before_minutes=EARLIER / timedelta(minutes=1),
    )


def candidates_of(actor: Actor, api: ApiView, now: datetime) -> tuple[Candidate, ...]:
    """The registered APIs that could take calls over, each with its own figures of the last hour."""
    known = figures.by_api(actor, api.project_id, now - EARLIER, now)
    return tuple(
        _candidate(actor, api, one, known[one.id], now)
        for one in apis_of(actor, api.project_id)
        if one.id in known and _could_take_over(api, one)
    )


def pace_of(actor: Actor, scope: Scope, facts: Facts) -> Pace:
    """How the API is used in the time that was looked at."""
    found = figures.figures(actor, scope, facts.since, facts.until)
    minutes = max(1.0, (facts.until - facts.since) / timedelta(minutes=1))
    return Pace(
        calls_per_minute=found.calls / minutes,
        good_per_minute=found.outcomes.get(Outcome.OK, 0) / minutes,
        failure_rate=found.failure_rate,
        p95_ms=found.p95_ms,
        cost_picos_per_call=found.cost_picos // found.calls if found.calls else 0,
    )


def first_bad_minute(minutes: Sequence[Minute]) -> datetime | None:
    """The first minute of the trouble that lasts until now, going back until three good minutes in a row."""
    began, good = None, 0
    for minute in reversed(minutes):
        if not minute.calls:
            continue
        if minute.failures / minute.calls >= 0.05 and minute.failures >= 2:
            began, good = minute.at, 0
        else:
            good += 1
            if good >= 3:
                break
    return began


def _began(actor: Actor, trouble: Trouble) -> datetime | None:
    return first_bad_minute(figures.minutes(actor, trouble.scope, trouble.until - LOOKED_BACK, trouble.until))


def _rows(api: ApiView, since: datetime, until: datetime) -> list[_Row]:
    return figures.event_store().rows(_COUNTS, _params(api, since, until), as_=_Row)


def _times(api: ApiView, since: datetime, until: datetime) -> _Times:
    rows = figures.event_store().rows(_TIMES, _params(api, since, until), as_=_Times)
    return next(iter(rows), _Times(p95=0.0, first_p95=0.0))


def _params(api: ApiView, since: datetime, until: datetime) -> dict[str, Parameter]:
    return {"project": api.project_id, "api": api.id, "since": since, "until": until}


def _sample(rows: Sequence[_Row], times: _Times) -> Sample:
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for row in rows:
        outcomes[row.outcome] += row.calls
        if row.error_code:
            codes[row.error_code] += row.calls
    return Sample(
        calls=sum(outcomes.values()),
        outcomes=dict(outcomes),
        codes=dict(codes),
        p95_ms=times.p95 or None,
        first_token_p95_ms=times.first_p95 or None,
    )


def _slices(rows: Sequence[_Row], name: str) -> tuple[Slice, ...]:
    calls: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for row in rows:
        value = str(getattr(row, name))
        outcome = Outcome(row.outcome)
        calls[value] += row.calls
        if outcome.is_failure or outcome is Outcome.BAD_REQUEST:
            failures[value] += row.calls
    return tuple(Slice(name=value, calls=count, failures=failures[value]) for value, count in calls.most_common(50))


def _deploys(actor: Actor, api: ApiView, started: datetime, until: datetime) -> tuple[DeployFact, ...]:
    found = deploys(actor, api.project_id, started - DEPLOYS_BACK, until)
    return tuple(DeployFact(id=str(one.id), name=f"{one.service} {one.version}".strip(), at=one.at) for one in found)


def _checks(actor: Actor, api: ApiView) -> tuple[CheckFact, ...]:
    return tuple(
        CheckFact(id=str(one.id), name=one.spec.name, is_failing=one.state is CheckState.FAILING)
        for one in checks_of(actor, api.project_id)
        if one.spec.api_id == api.id and one.state in {CheckState.FAILING, CheckState.PASSING}
    )


def _others(actor: Actor, api: ApiView, since: datetime, until: datetime) -> tuple[OtherApi, ...]:
    known: Mapping[UUID, Figures] = figures.by_api(actor, api.project_id, since, until)
    return tuple(
        OtherApi(
            id=str(one.id),
            name=one.name,
            provider=one.provider,
            calls=known[one.id].calls,
            failures=known[one.id].failures,
            unreachable=known[one.id].outcomes.get(Outcome.UNREACHABLE, 0),
        )
        for one in apis_of(actor, api.project_id)
        if one.id != api.id and one.id in known
    )


def _quota(view: QuotaView) -> QuotaFact:
    return QuotaFact(
        requests_share=view.requests.used_percent / 100 if view.requests else None,
        tokens_share=view.tokens.used_percent / 100 if view.tokens else None,
    )


def _routes(actor: Actor, api: ApiView, now: datetime) -> tuple[RouteFact, ...]:
    """Routes that were switched on or taken back; a route that leads calls here is of this API, too."""
    found = [(one, one.set_at) for one in routes_of(actor, api.project_id, now=now)]
    found += [(one, one.withdrawn_at) for one in ended_routes(actor, api.project_id, now=now) if one.withdrawn_at]
    return tuple(
        RouteFact(id=str(one.id), name=one.sentence, at=at)
        for one, at in found
        if one.api_id == api.id or any(target.api_id == api.id for target in one.targets)
    )


def _could_take_over(api: ApiView, other: ApiView) -> bool:
    if other.id == api.id or other.protocol is not api.protocol or other.is_paused or other.is_platform != api.is_platform:
        return False
    return api.protocol is not Protocol.HTTP or (bool(api.provider) and other.provider == api.provider)


def _candidate(actor: Actor, api: ApiView, other: ApiView, found: Figures, now: datetime) -> Candidate:
    quota = figures.quota(actor, other.id, now)
    limits = quota.requests
    return Candidate(
        api_id=other.id,
        name=other.name,
        protocol=other.protocol,
        calls=found.calls,
        failure_rate=found.failure_rate,
        p95_ms=found.p95_ms,
        cost_picos_per_call=found.cost_picos // found.calls if found.calls else 0,
        limit_share=_quota(quota).share,
        limit_per_minute=limits.limit if limits else 0,
        model=_model_of(actor, api, other, now),
    )


def _model_of(actor: Actor, api: ApiView, other: ApiView, now: datetime) -> str:
    """The model to ask the other API for: empty where it already answers for the one that is asked for most here."""
    if api.protocol is Protocol.HTTP:
        return ""
    here = _models(actor, api, now)
    there = _models(actor, other, now)
    return "" if not there or (here and here[0] in there) else there[0]


def _models(actor: Actor, api: ApiView, now: datetime) -> list[str]:
    scope = Scope(project_id=api.project_id, api_id=api.id)
    return [one.value for one in figures.by_value(actor, scope, now - EARLIER, now, "model") if one.value]
