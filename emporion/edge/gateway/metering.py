"""Makes the event of a call, exact and within the bounds of its schema, and what its owner keeps of question and answer."""

from datetime import datetime
from typing import Any

import msgspec

from emporion.edge.gateway.outcomes import scrubbed
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.types import Call, Leg
from emporion.gateway.pricing import rules
from emporion.gateway.pricing.types import Answer, Priced, PriceRule, Usage
from emporion.gateway.pricing.usage import NOTHING, estimated
from emporion.gateway.routing.types import Outcome, Upstream
from emporion.kernel.ids import new_id
from emporion.store.schemas import ApiBody, ApiCalled
from emporion.store.types import NOBODY

_LARGEST_COUNT = 2**32 - 1
_LARGEST_AMOUNT = 2**63 - 1
_BODY_CHARACTERS = 262_144
_LIMITS = ("limit_requests", "left_requests", "limit_tokens", "left_tokens", "reset_ms", "retry_after_ms")
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
    upstream, verdict = leg.stop.upstream, leg.verdict
    first = answer.first_token_at / 1_000_000 if answer.first_token_at is not None else leg.first_at
    own = ended - leg.began
    if leg.sent_at and leg.last_at:
        own = max(0.0, leg.sent_at - leg.began) + max(0.0, ended - leg.last_at)
    message = verdict.message or answer.error_message
    return ApiCalled(
        event_id=leg.call_id,
        api_id=upstream.api_id,
        provider=(upstream.provider or upstream.slug)[:200],
        model=leg.stop.model[:200],
        answered_model=answer.model[:200],
        status=leg.status,
        outcome=verdict.outcome.value,
        error_code=(verdict.code or answer.error_code)[:200],
        error_message=scrubbed(message, secret=leg.way.secret) if message else "",
        is_stream=leg.reader is not None,
        finish_reason=answer.finish_reason[:200],
        duration_us=_micros(ended - leg.began),
        first_token_us=_micros(first - leg.began) if first else 0,
        own_us=_micros(own),
        request_bytes=_count(len(leg.body)),
        response_bytes=_count(leg.response_bytes),
        attempts=min(leg.attempts, 65_535),
        routed_from=leg.stop.routed_from,
        route_id=leg.stop.route_id,
        cache=leg.cache,
        **_of_call(leg.call),
        **_of_usage(answer.usage, cost),
        **{name: getattr(leg.limits, name) for name in _LIMITS},
    )


def event_of_refusal(call: Call, refusal: Refusal, upstream: Upstream, ended: float) -> ApiCalled:
    """The event of a call that the gateway itself refused; it never reached an API."""
    return ApiCalled(
        event_id=new_id(),
        api_id=upstream.api_id,
        provider=(upstream.provider or upstream.slug)[:200],
        model=call.asked.model[:200],
        status=refusal.status,
        outcome=refusal.outcome.value,
        error_code=refusal.code,
        error_message=refusal.title,
        is_stream=call.asked.stream,
        duration_us=_micros(ended - call.began),
        own_us=_micros(ended - call.began),
        request_bytes=_count(len(call.body)),
        attempts=0,
        **_of_call(call),
    )


def _of_call(call: Call) -> dict[str, Any]:
    """Whose call it is, and what for."""
    grant = call.grant
    return {
        "occurred_at": call.began_at,
        "organisation_id": grant.organisation_id,
        "project_id": grant.project_id,
        "key_id": grant.key_id,
        "agent_id": grant.agent_id or NOBODY,
        "operation": call.operation[:200],
        "team": call.team,
        "feature": call.feature,
        "environment": call.environment,
        "customer": call.customer,
        "trace_id": call.trace_id,
        "method": call.exchange.method[:20],
        "path": call.target.path.decode("latin-1")[:2_000],
    }


def _of_usage(usage: Usage, cost: Priced) -> dict[str, Any]:
    """What was used, and what it cost."""
    second = cost.second_cost_picos
    return {
        "input_tokens": _count(usage.input_tokens),
        "output_tokens": _count(usage.output_tokens),
        "cache_read_tokens": _count(usage.cache_read_tokens),
        "cache_write_tokens": _count(usage.cache_write_tokens),
        "reasoning_tokens": _count(usage.reasoning_tokens),
        "audio_input_tokens": _count(usage.audio_input_tokens),
        "audio_output_tokens": _count(usage.audio_output_tokens),
        "usage": usage.raw[:8_192],
        "cost_picos": min(cost.cost_picos, _LARGEST_AMOUNT),
        "price_source": cost.source.value,
        "price_version": cost.version[:200],
        "second_cost_picos": -1 if second is None else min(second, _LARGEST_AMOUNT),
    }


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


def _micros(seconds: float) -> int:
    return max(0, min(_LARGEST_COUNT, round(seconds * 1_000_000)))


def _count(tokens: int) -> int:
    return max(0, min(_LARGEST_COUNT, tokens))
