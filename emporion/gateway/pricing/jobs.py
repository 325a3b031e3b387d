"""Works corrections out: reads stored calls, prices them again from what the provider said, and keeps what differs."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from emporion.gateway.pricing.changes import notice
from emporion.gateway.pricing.events import CostsCorrected
from emporion.gateway.pricing.models import PriceCorrection
from emporion.gateway.pricing.orders import Repricing
from emporion.gateway.pricing.queries import price_rules
from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import PriceRule, PriceSource, Usage
from emporion.gateway.pricing.usage import extract
from emporion.plumbing.actions import Tick, publish
from emporion.plumbing.types import JobContext
from emporion.store import EventStore, shared_store
from emporion.store.query import Parameter
from emporion.store.schemas import CostCorrected
from emporion.store.types import NOBODY

BATCH = 20_000


class StoredCall(msgspec.Struct):
    """What is needed of a stored call to price it again; `before_picos` counts in what earlier corrections said."""

    event_id: UUID
    occurred_at: datetime
    api_id: UUID
    key_id: UUID
    provider: str
    operation: str
    model: str
    answered_model: str
    team: str
    feature: str
    environment: str
    customer: str
    usage: str
    price_source: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    before_picos: int

    @property
    def used(self) -> Usage:
        """What the provider said; where its words were not kept, what was counted from them."""
        if self.usage:
            return extract(provider=self.provider, operation=self.operation, response=self.usage)
        counts = {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cache_read_tokens": self.cache_read_tokens,
            "cache_write_tokens": self.cache_write_tokens,
            "output_reasoning_tokens": self.reasoning_tokens,
            "input_audio_tokens": self.audio_input_tokens,
            "output_audio_tokens": self.audio_output_tokens,
        }
        known = {kind: count for kind, count in counts.items() if count}
        return Usage(counts=known, is_estimate=self.price_source == PriceSource.ESTIMATE)


# What was not made, was answered from memory or came with its invoiced cost has no price to be wrong; a failed call only where it
# used something.
_CALLS = """
SELECT event_id, occurred_at, api_id, key_id, provider, operation, model, answered_model, team, feature, environment, customer,
  usage, price_source, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_input_tokens,
  audio_output_tokens, toInt64(cost_picos + ifNull(delta, 0)) AS before_picos
FROM api_calls AS stored
LEFT JOIN (
  SELECT call_id, sum(delta_picos) AS delta FROM cost_corrections
  WHERE project_id = {project:UUID} AND correction_id != {correction:UUID}
    AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}
  GROUP BY call_id
) AS corrected ON corrected.call_id = stored.event_id
WHERE project_id = {project:UUID} AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}
  AND (occurred_at, event_id) > ({after:DateTime64(3)}, {after_id:UUID})
  AND stored.cache != 'hit' AND stored.price_source != 'import' AND outcome NOT IN ('budget_spent', 'limited')
  AND (input_tokens + output_tokens > 0 OR (stored.status > 0 AND stored.status < 400))
  AND ({provider:String} = '' OR provider = {provider:String}) AND ({model:String} = '' OR stored.model LIKE {like:String})
ORDER BY occurred_at, event_id LIMIT {limit:UInt32}
"""


def reprice(order: Repricing, *, job: JobContext) -> None:
    """Works one correction out; begun again after a stop it says the same, and nothing is kept twice."""
    row = PriceCorrection.objects.filter(pk=order.correction_id, finished_at=None).first()
    if row is None:
        return
    store = shared_store(settings.EVENTS_URL)
    rules = price_rules(row.organisation_id)
    calls = changed = delta = 0
    for number, batch in enumerate(_batches(store, row)):
        events = [event for call in batch if (event := _correction(row, call, rules)) is not None]
        store.insert(CostCorrected, events, token=f"{row.pk}:{number}")
        calls, changed = calls + len(batch), changed + len(events)
        delta += sum(event.delta_picos for event in events)
    with transaction.atomic():
        PriceCorrection.objects.filter(pk=row.pk).update(calls=calls, changed=changed, delta_picos=delta, finished_at=job.now)
        publish(
            CostsCorrected(
                correction_id=row.pk,
                organisation_id=row.organisation_id,
                project_id=row.project_id,
                calls=changed,
                delta_picos=delta,
                at=job.now,
            ),
            now=job.now,
        )


def _batches(store: EventStore, row: PriceCorrection) -> Iterator[list[StoredCall]]:
    """The calls in the order of their time, so that a second try cuts them at the same places."""
    after, after_id = row.since, NOBODY
    while True:
        params: dict[str, Parameter] = {
            "project": row.project_id,
            "correction": row.pk,
            "since": row.since,
            "until": row.until,
            "provider": row.provider,
            "model": row.model,
            "like": row.model.replace("%", r"\%").replace("_", r"\_").replace("*", "%"),
            "after": after,
            "after_id": after_id,
            "limit": BATCH,
        }
        batch = store.rows(_CALLS, params, as_=StoredCall)
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after, after_id = batch[-1].occurred_at, batch[-1].event_id


def _correction(row: PriceCorrection, call: StoredCall, rules: tuple[PriceRule, ...]) -> CostCorrected | None:
    """What the call should have cost instead; nothing where it is the same, or where nothing is known to price it by."""
    now = price(
        provider=call.provider,
        model=call.answered_model or call.model,
        asked=call.model,
        usage=call.used,
        at=call.occurred_at,
        overrides=rules,
    )
    if not now.is_known or now.cost_picos == call.before_picos:
        return None
    return CostCorrected(
        event_id=uuid.uuid5(row.pk, call.event_id.hex),
        occurred_at=call.occurred_at,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        correction_id=row.pk,
        call_id=call.event_id,
        api_id=call.api_id,
        key_id=call.key_id,
        provider=call.provider,
        model=call.model,
        team=call.team,
        feature=call.feature,
        environment=call.environment,
        customer=call.customer,
        delta_picos=now.cost_picos - call.before_picos,
        cost_picos=now.cost_picos,
        price_source=now.source,
        price_version=now.version,
        second_cost_picos=-1 if now.second_cost_picos is None else now.second_cost_picos,
    )


class _Called(msgspec.Struct):
    provider: str
    model: str


def notice_prices(tick: Tick, *, job: JobContext) -> None:
    """Looks at the list price of every model that was called lately, so that another version of the list is noticed."""
    called = shared_store(settings.EVENTS_URL).rows(
        "SELECT DISTINCT provider, model FROM api_hours WHERE model != '' AND at >= {since:DateTime64(3)} LIMIT 2000"
        " SETTINGS final = 0",
        {"since": job.now - timedelta(days=30)},
        as_=_Called,
    )
    notice(((one.provider, one.model) for one in called), now=job.now)
