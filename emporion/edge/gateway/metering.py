"""Makes the event of a call, exact and within the bounds of its schema, and what its owner keeps of question and answer."""

from datetime import datetime

import msgspec

from emporion.edge.gateway.outcomes import scrubbed
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.types import Call, Leg
from emporion.gateway.pricing import rules
from emporion.gateway.pricing.types import Answer, Priced, PriceRule
from emporion.gateway.pricing.usage import NOTHING, estimated
from emporion.gateway.routing.types import Outcome, Protocol
from emporion.kernel.ids import new_id
from emporion.store.schemas import ApiBody, ApiCalled
from emporion.store.types import NOBODY

_LARGEST_COUNT = 2**32 - 1
_LARGEST_AMOUNT = 2**63 - 1
_BODY_CHARACTERS = 262_144
SAID_NOTHING = Answer(usage=NOTHING)


def priced(leg: Leg, answer: Answer, overrides: tuple[PriceRule, ...], at: datetime) -> tuple[Answer, Priced]:
    """What a call cost; one that broke off before its usage was told is estimated from what was seen, and says so."""
    upstream = leg.stop.upstream
    if not answer.usage.is_known and leg.reader is not None and leg.reader.characters:
        guess = estimated(asked_characters=len(leg.body), answered_characters=leg.reader.characters)
        answer = msgspec.structs.replace(answer, usage=guess)
    if leg.cache == "hit" or leg.verdict.outcome in {Outcome.BUDGET_SPENT, Outcome.LIMITED}:
        return answer, Priced()
    if not answer.usage.is_known and (not overrides or leg.status >= 400 or not leg.status):
        return answer, Priced()
    found = rules.price(
        provider=upstream.provider or upstream.slug,
        model=answer.model or leg.stop.model,
        usage=answer.usage,
        at=at,
        overrides=overrides,
        asked=leg.stop.model,
    )
    return answer, found


def event_of(leg: Leg, answer: Answer, cost: Priced, ended: float) -> ApiCalled:
    """The event of a call to one API."""
    call, upstream, verdict, limits = leg.call, leg.stop.upstream, leg.verdict, leg.limits
    grant, usage = call.grant, answer.usage
    first = leg.first_at
    if answer.first_token_at is not None:
        first = answer.first_token_at / 1_000_000
    own = max(0.0, leg.sent_at - leg.began) + max(0.0, ended - leg.last_at) if leg.sent_at and leg.last_at else ended - leg.began
    message = verdict.message or answer.error_message
    return ApiCalled(
        event_id=leg.call_id,
        occurred_at=call.began_at,
        organisation_id=grant.organisation_id,
        project_id=grant.project_id,
        api_id=upstream.api_id,
        key_id=grant.key_id,
        agent_id=grant.agent_id or NOBODY,
        operation=call.operation[:200],
        provider=upstream.provider[:200],
        model=leg.stop.model[:200],
        answered_model=answer.model[:200],
        team=call.team,
        feature=call.feature,
        environment=call.environment,
        customer=call.customer,
        trace_id=call.trace_id,
        method=call.exchange.method[:20],
        path=call.target.path.decode("latin-1")[:2_000],
        status=leg.status,
        outcome=verdict.outcome.value,
        error_code=(verdict.code or answer.error_code)[:200],
        error_message=scrubbed(message, secret=leg.way.secret) if message else "",
        is_stream=leg.reader is not None,
        finish_reason=answer.finish_reason[:200],
        duration_us=_micros(ended - leg.began),
        first_token_us=_micros(first - leg.began) if first else 0,
        own_us=_micros(own),
        request_bytes=min(len(leg.body), _LARGEST_COUNT),
        response_bytes=min(leg.response_bytes, _LARGEST_COUNT),
        input_tokens=_count(usage.input_tokens),
        output_tokens=_count(usage.output_tokens),
        cache_read_tokens=_count(usage.cache_read_tokens),
        cache_write_tokens=_count(usage.cache_write_tokens),
        reasoning_tokens=_count(usage.reasoning_tokens),
        audio_input_tokens=_count(usage.audio_input_tokens),
        audio_output_tokens=_count(usage.audio_output_tokens),
        usage=usage.raw[:8_192],
        cost_picos=min(cost.cost_picos, _LARGEST_AMOUNT),
        price_source=cost.source.value,
        price_version=cost.version[:200],
        second_cost_picos=-1 if cost.second_cost_picos is None else min(cost.second_cost_picos, _LARGEST_AMOUNT),
        attempts=min(leg.attempts, 65_535),
        routed_from=leg.stop.routed_from,
        route_id=leg.stop.route_id,
        cache=leg.cache,
        limit_requests=limits.limit_requests,
        left_requests=limits.left_requests,
        limit_tokens=limits.limit_tokens,
        left_tokens=limits.left_tokens,
        reset_ms=limits.reset_ms,
        retry_after_ms=limits.retry_after_ms,
    )


def event_of_refusal(call: Call, refusal: Refusal, api_id_and_provider: tuple[object, str], ended: float) -> ApiCalled:
    """The event of a call that the gateway itself refused; it never reached an API."""
    api_id, provider = api_id_and_provider
    grant = call.grant
    return ApiCalled(
        event_id=new_id(),
        occurred_at=call.began_at,
        organisation_id=grant.organisation_id,
        project_id=grant.project_id,
        api_id=api_id,  # type: ignore[arg-type]  # an id; named so that the pair stays one argument
        key_id=grant.key_id,
        agent_id=grant.agent_id or NOBODY,
        operation=call.operation[:200],
        provider=provider[:200],
        model=call.asked.model[:200],
        team=call.team,
        feature=call.feature,
        environment=call.environment,
        customer=call.customer,
        trace_id=call.trace_id,
        method=call.exchange.method[:20],
        path=call.target.path.decode("latin-1")[:2_000],
        status=refusal.status,
        outcome=refusal.outcome.value,
        error_code=refusal.code,
        error_message=refusal.title,
        is_stream=call.asked.stream,
        duration_us=_micros(ended - call.began),
        own_us=_micros(ended - call.began),
        request_bytes=min(len(call.body), _LARGEST_COUNT),
        attempts=0,
    )


def bodies_of(leg: Leg) -> ApiBody:
    """What was asked and answered, cut to what is kept; until a whole day, so that days are dropped as they are."""
    upstream, call = leg.stop.upstream, leg.call
    return ApiBody(
        event_id=leg.call_id,
        occurred_at=call.began_at,
        organisation_id=call.grant.organisation_id,
        project_id=call.grant.project_id,
        api_id=upstream.api_id,
        keep_until_day=int(call.began_at.timestamp()) // 86_400 + upstream.body_days + 1,
        request=leg.body[:_BODY_CHARACTERS].decode("utf-8", "replace")[:_BODY_CHARACTERS],
        response=leg.answer[:_BODY_CHARACTERS].decode("utf-8", "replace")[:_BODY_CHARACTERS],
    )


def speaks_of_models(protocol: Protocol) -> bool:
    """Whether calls of this protocol have tokens."""
    return protocol is not Protocol.HTTP


def _micros(seconds: float) -> int:
    return max(0, min(_LARGEST_COUNT, round(seconds * 1_000_000)))


def _count(tokens: int) -> int:
    return max(0, min(_LARGEST_COUNT, tokens))
