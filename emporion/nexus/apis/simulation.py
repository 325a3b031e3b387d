"""Calls that look like those of a company with four APIs, with faults at chosen times: for the demo, benchmarks and tests.

The same seed gives the same calls (but for their ids), so that a figure on a page can be worked out by hand. What is simulated
says so: its origin is `simulation`.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from emporion.gateway.routing.types import Outcome
from emporion.kernel.ids import new_id
from emporion.store.schemas import ApiCalled

MINUTE = timedelta(minutes=1)
PEAK_HOUR = 14  # of UTC; the night has a sixth of its calls
FEATURES = (("Meeting summaries", 55, "Notes"), ("Ask Fieldnote", 30, "Search"), ("Lead enrichment", 10, "Growth"), ("", 5, ""))
_WORDS = {
    Outcome.PROVIDER_ERROR: (500, "server_error", "The server had an error while processing your request."),
    Outcome.OVERLOADED: (503, "overloaded", "The engine is currently overloaded, please try again later."),
    Outcome.TIMEOUT: (0, "timeout", "No answer within the time that was given."),
    Outcome.UNREACHABLE: (0, "connect", "The connection was refused."),
    Outcome.THROTTLED: (429, "rate_limit_exceeded", "Rate limit reached for requests."),
    Outcome.QUOTA_EXHAUSTED: (429, "insufficient_quota", "You exceeded your current quota."),
    Outcome.KEY_REFUSED: (401, "invalid_api_key", "Incorrect API key provided."),
    Outcome.BAD_REQUEST: (400, "invalid_request_error", "The request is not valid."),
    Outcome.CUT_SHORT: (200, "cut_short", "The answer ended before its end."),
    Outcome.EMPTY: (200, "empty", "The answer has nothing in it."),
    Outcome.MALFORMED: (200, "malformed", "The answer is not what the protocol says."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that is called: its share of the calls, and what a million tokens cost in USD."""

    name: str
    weight: int = 1
    input_usd: float = 0.0
    output_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An API that is called: how often at noon, how fast, and how often it fails anyway."""

    api_id: UUID
    provider: str
    operation: str = "chat"
    models: tuple[Model, ...] = (Model(name=""),)
    calls_per_minute: float = 60.0
    median_ms: float = 900.0
    failure_rate: float = 0.002
    call_usd: float = 0.0
    limit_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong for a time: a share of the calls ends so, and all of them take so many times as long."""

    api_id: UUID
    since: datetime
    until: datetime
    outcome: Outcome = Outcome.OVERLOADED
    share: float = 1.0
    slower: float = 1.0
    traffic: float = 1.0
    model: str = ""
    feature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Whose calls they are, of which APIs, and by how many customers; a steady one is at its peak at every hour of every day."""

    organisation_id: UUID
    project_id: UUID
    sources: tuple[Source, ...]
    customers: int = 300
    faults: tuple[Fault, ...] = ()
    features: tuple[tuple[str, int, str], ...] = field(default=FEATURES)
    is_steady: bool = False


class _Used(TypedDict):
    duration_us: int
    first_token_us: int
    is_stream: bool
    finish_reason: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cost_picos: int


def usual_sources(openai: UUID, anthropic: UUID, apollo: UUID, stripe: UUID) -> tuple[Source, ...]:
    """Two providers of models, one of data with bought credits, one of payments."""
    return (
        Source(
            api_id=openai,
            provider="openai",
            models=(
                Model(name="gpt-4o", weight=3, input_usd=2.5, output_usd=10),
                Model(name="gpt-4o-mini", weight=5, input_usd=0.15, output_usd=0.6),
            ),
            calls_per_minute=90,
            median_ms=1_000,
            limit_tokens=2_000_000,
        ),
        Source(
            api_id=anthropic,
            provider="anthropic",
            operation="messages",
            models=(Model(name="claude-sonnet-4", input_usd=3, output_usd=15),),
            calls_per_minute=25,
            median_ms=1_100,
            limit_tokens=800_000,
        ),
        Source(
            api_id=apollo,
            provider="apollo",
            operation="people",
            calls_per_minute=5,
            median_ms=450,
            failure_rate=0.006,
            call_usd=0.002,
        ),
        Source(api_id=stripe, provider="stripe", operation="charges", calls_per_minute=2, median_ms=250, failure_rate=0.0005),
    )


def simulate(world: World, since: datetime, until: datetime, *, seed: int = 1) -> Iterator[ApiCalled]:
    """The calls of a stretch of time, minute by minute, each minute the same wherever a stretch begins."""
    at = since.replace(second=0, microsecond=0)
    while at < until:
        busy = 1.0 if world.is_steady else rhythm(at)
        for number, source in enumerate(world.sources):
            chance = random.Random(f"{seed}:{number}:{int(at.timestamp())}")  # noqa: S311 -- a play, not a secret
            faults = [one for one in world.faults if one.api_id == source.api_id and one.since <= at < one.until]
            for _ in range(_poisson(chance, source.calls_per_minute * busy * math.prod(one.traffic for one in faults))):
                call = _call(world, source, faults, at + timedelta(milliseconds=chance.randrange(60_000)), chance)
                if since <= call.occurred_at < until:
                    yield call
        at += MINUTE


def rhythm(at: datetime) -> float:
    """How busy a moment is: 1 at the peak of a working day, a sixth at night, a third on Saturdays and Sundays."""
    hour = at.hour + at.minute / 60
    day = 7 / 12 + 5 / 12 * math.cos((hour - PEAK_HOUR) / 24 * 2 * math.pi)
    return day * (0.35 if at.weekday() >= 5 else 1.0)


def _call(world: World, source: Source, faults: Sequence[Fault], at: datetime, chance: random.Random) -> ApiCalled:
    model = chance.choices(source.models, [one.weight for one in source.models])[0]
    feature, _, team = chance.choices(world.features, [weight for _, weight, _ in world.features])[0]
    customer = f"customer-{int(world.customers * chance.random() ** 2):04}" if feature else ""
    met = [one for one in faults if one.model in {"", model.name} and one.feature in {"", feature}]
    outcome = _outcome(source, met, chance)
    took = source.median_ms * math.exp(chance.gauss(0, 0.45)) * math.prod(one.slower for one in met)
    if outcome is Outcome.TIMEOUT:
        took = 30_000.0
    elif outcome in {Outcome.THROTTLED, Outcome.KEY_REFUSED, Outcome.QUOTA_EXHAUSTED, Outcome.UNREACHABLE}:
        took = 40 + 60 * chance.random()
    status, code, message = _WORDS.get(outcome, (200, "", ""))
    return ApiCalled(
        event_id=new_id(),
        occurred_at=at,
        organisation_id=world.organisation_id,
        project_id=world.project_id,
        api_id=source.api_id,
        origin="simulation",
        operation=source.operation,
        provider=source.provider,
        model=model.name,
        answered_model=model.name,
        team=team,
        feature=feature,
        environment="production",
        customer=customer,
        method="POST",
        path=f"/v1/{source.operation}",
        status=status,
        outcome=str(outcome),
        error_code=code,
        error_message=message,
        own_us=chance.randrange(200, 900),
        attempts=1 + (outcome is not Outcome.OK) + (chance.random() < 0.01),
        limit_tokens=source.limit_tokens or -1,
        left_tokens=int(source.limit_tokens * (1 - 0.6 * rhythm(at) * chance.random())) if source.limit_tokens else -1,
        **_used(source, model, outcome, took, chance),
    )


def _used(source: Source, model: Model, outcome: Outcome, took_ms: float, chance: random.Random) -> _Used:
    """How long it took, what was read and written, and what that cost."""
    is_answered = outcome is Outcome.OK and bool(model.name)
    asked = int(300 * math.exp(chance.gauss(1.0, 0.8))) if is_answered else 0
    said = int(90 * math.exp(chance.gauss(0.8, 0.6))) if is_answered else 0
    usd_of_a_million = asked * model.input_usd + said * model.output_usd if is_answered else source.call_usd * 1e6
    return _Used(
        duration_us=int(took_ms * 1000),
        first_token_us=int(took_ms * 350) if is_answered else 0,
        is_stream=is_answered and chance.random() < 0.5,
        finish_reason="stop" if is_answered else "",
        input_tokens=asked,
        output_tokens=said,
        cache_read_tokens=asked // 3 if is_answered and chance.random() < 0.4 else 0,
        cost_picos=round(usd_of_a_million * 1e6) if outcome is Outcome.OK else 0,
    )


def _outcome(source: Source, faults: Sequence[Fault], chance: random.Random) -> Outcome:
    for fault in faults:
        if chance.random() < fault.share:
            return fault.outcome
    if chance.random() < source.failure_rate:
        return chance.choice((Outcome.PROVIDER_ERROR, Outcome.TIMEOUT, Outcome.THROTTLED))
    return Outcome.BAD_REQUEST if chance.random() < 0.001 else Outcome.OK


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
