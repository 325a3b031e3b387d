"""Traced calls as the events that the gateway writes for its own: same fields, same outcomes, same prices."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec

from emporion.edge.collect.visitors import own_id
from emporion.edge.signals import spans
from emporion.edge.signals.known import ProjectView
from emporion.edge.signals.outcomes import outcome_of
from emporion.edge.signals.spans import CallSpan
from emporion.edge.signals.values import count, first, word
from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import Usage
from emporion.gateway.routing.types import KeyGrant, Outcome, Upstream
from emporion.store.schemas import ApiCalled
from emporion.store.types import NOBODY

ORIGIN: Final = "trace"
_MOST = 2**32 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSIDE = (".local", ".internal", ".localhost", ".lan", ".svc", ".test", ".cluster")
# Kinds of tokens under the names that prices know.
_PRICED = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "output_reasoning_tokens",
    "audio_input_tokens": "input_audio_tokens",
    "audio_output_tokens": "output_audio_tokens",
}
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: its key, the APIs of its project, and our own endpoints, whose calls the gateway has counted already."""

    grant: KeyGrant
    project: ProjectView
    own: frozenset[str] = frozenset()


def event_id_of(call: CallSpan, project_id: UUID) -> UUID:
    """The same span sent again is the same event."""
    return own_id(blake2b(call.key, digest_size=16, key=project_id.bytes).digest())


def is_counted(call: CallSpan, upstream: Upstream | None, sender: Sender) -> bool:
    """Whether a call is to be kept: not those through our own gateway, and of unregistered ones only what is somebody else's."""
    if f"{call.host}:{call.port}" in sender.own:
        return False
    return upstream is not None or call.is_model or _is_outside(call.host)


def _is_outside(host: str) -> bool:
    plain = host.replace(".", "")
    return "." in host and not plain.isdigit() and ":" not in host and not host.endswith(_INSIDE)


def event_of(call: CallSpan, upstream: Upstream | None, sender: Sender) -> ApiCalled:
    """The call as it is kept; one of an API that is not registered belongs to nobody's API, under its provider or host."""
    grant = sender.grant
    outcome = outcome_of(status=call.status, error=call.error, message=call.message, has_failed=call.has_failed)
    event = ApiCalled(
        event_id=event_id_of(call, grant.project_id),
        occurred_at=_EPOCH + timedelta(microseconds=call.start_nanos // 1_000),
        organisation_id=grant.organisation_id,
        project_id=grant.project_id,
        api_id=upstream.api_id if upstream else NOBODY,
        key_id=grant.key_id,
        agent_id=grant.agent_id or NOBODY,
        origin=ORIGIN,
        operation=call.operation or _operation(call.path),
        provider=((upstream.provider if upstream else "") or call.provider or call.host)[:200],
        trace_id=call.trace_id.hex(),
        method=call.method,
        path=call.path,
        status=call.status,
        outcome=outcome.value,
        error_code=call.error if outcome is not Outcome.OK else "",
        error_message=call.message if outcome is not Outcome.OK else "",
        duration_us=min(call.duration_nanos // 1_000, _MOST),
    )
    event = _labelled(event, call, grant)
    return _priced(event, call, sender) if call.is_model else event


def _labelled(event: ApiCalled, call: CallSpan, grant: KeyGrant) -> ApiCalled:
    """The event with whom and what it was for: as the span says, else as the key does."""
    attributes = call.attributes
    return msgspec.structs.replace(
        event,
        team=word(attributes, "team", 60) or grant.team,
        feature=word(attributes, "feature", 60) or grant.feature,
        environment=grant.environment or word(attributes, "environment", 60),
        customer=word(attributes, "customer", 120),
        region=word(attributes, "region", 60),
        request_bytes=count(attributes, "request_bytes") or 0,
        response_bytes=count(attributes, "response_bytes") or 0,
        attempts=min((count(attributes, "resends") or 0) + 1, 1_000),
    )


def _priced(event: ApiCalled, call: CallSpan, sender: Sender) -> ApiCalled:
    """The event with its tokens and their cost, by the gateway's prices; the cost is unknown where nothing was reported."""
    attributes, told = call.attributes, call.tokens
    model, answered = word(attributes, "model"), word(attributes, "answered_model")
    raw = _encode(told).decode() if told else ""
    priced = price(
        provider=call.provider or event.provider,
        model=answered or model,
        asked=model,
        usage=Usage(counts={_PRICED[kind]: count for kind, count in told.items()}, raw=raw),
        at=event.occurred_at,
        overrides=sender.project.prices,
    )
    first_token = spans.first_chunk_micros(call)
    return msgspec.structs.replace(
        event,
        model=model,
        answered_model=answered,
        is_stream=bool(first(attributes, "is_stream")) or first_token > 0,
        finish_reason=word(attributes, "finish_reasons", 60),
        first_token_us=first_token,
        **{kind: told.get(kind, 0) for kind in spans.TOKENS},
        usage=raw,
        cost_picos=priced.cost_picos,
        price_source=priced.source.value,
        price_version=priced.version,
        second_cost_picos=-1 if priced.second_cost_picos is None else priced.second_cost_picos,
    )


def _operation(path: str) -> str:
    """The first part of a path that says something: `v1` does not."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and parts[0][:1] == "v" and parts[0][1:2].isdigit():
        parts = parts[1:]
    return parts[0][:60] if parts else ""
