"""Calls of alice's APIs, stored as the gateway stores them: priced by the real lists when they were made."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from emporion.config import eventlog
from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import PriceRule
from emporion.gateway.pricing.usage import extract
from emporion.gateway.routing.actions import register_api
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.types import ApiView
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled

Spend = Callable[..., list[ApiCalled]]


@pytest.fixture
def openai(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    wanted = NewApi(preset="openai", secret="sk-test-0123456789abcdef", is_unchecked=True)
    return register_api(api=wanted, project_id=project_id, actor=alice, now=now)[0]


@pytest.fixture
def anthropic(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    wanted = NewApi(preset="anthropic", secret="sk-ant-test-0123456789", is_unchecked=True)
    return register_api(api=wanted, project_id=project_id, actor=alice, now=now)[0]


@pytest.fixture
def spend() -> Spend:
    """Stores calls of an API at a moment, a second apart; each says its usage in the provider's own words."""

    def calls(
        api: ApiView,
        at: datetime,
        usage: dict[str, object],
        *,
        model: str,
        count: int = 1,
        rules: tuple[PriceRule, ...] = (),
        **tags: str,
    ) -> list[ApiCalled]:
        operation = "messages" if api.provider == "anthropic" else "chat"
        body = msgspec.json.encode({"usage": usage}).decode()
        used = extract(provider=api.provider, operation=operation, response=body)
        priced = price(provider=api.provider, model=model, usage=used, at=at, overrides=rules)
        events = [
            ApiCalled(
                event_id=new_id(),
                occurred_at=at + timedelta(seconds=number),
                organisation_id=api.organisation_id,
                project_id=api.project_id,
                api_id=api.id,
                provider=api.provider,
                operation=operation,
                model=model,
                answered_model=model,
                status=200,
                outcome="ok",
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                cache_read_tokens=used.cache_read_tokens,
                cache_write_tokens=used.cache_write_tokens,
                reasoning_tokens=used.reasoning_tokens,
                usage=used.raw,
                cost_picos=priced.cost_picos,
                price_source=priced.source,
                price_version=priced.version,
                second_cost_picos=-1 if priced.second_cost_picos is None else priced.second_cost_picos,
                **tags,
            )
            for number in range(count)
        ]
        eventlog.store().insert(ApiCalled, events, token=str(events[0].event_id))
        return events

    return calls
