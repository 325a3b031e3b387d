"""Bringing in calls of the past: priced like any other where the file says no cost, counted once however often it is tried."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.pricing.queries import price_rules
from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.types import PriceRule, Usage
from emporion.gateway.routing.actions.apis import own_api
from emporion.gateway.routing.callfile import PastCall, read_calls
from emporion.gateway.routing.errors import FileKnown
from emporion.gateway.routing.models import Api, CallImport
from emporion.gateway.routing.queries import import_view
from emporion.gateway.routing.types import ImportView
from emporion.plumbing.types import Actor
from emporion.store import shared_store
from emporion.store.schemas import ApiCalled


def import_calls(*, api_id: UUID, name: str, content: bytes, actor: Actor, now: datetime) -> ImportView:
    """Imports a file of calls, the whole or nothing; FileRefused names the line, FileKnown says that it is there already."""
    api = own_api(api_id, actor)
    digest = hashlib.sha256(content).hexdigest()
    if CallImport.objects.filter(api=api, digest=digest).exists():
        raise FileKnown(api_id=api_id)
    calls = read_calls(content, api_id=api_id, now=now)
    rules = price_rules(api.organisation_id)
    # The store first, under the file's own token: begun again after a stop, the same calls are added once.
    events = [_event(api, call, rules) for call in calls]
    shared_store(settings.EVENTS_URL).insert(ApiCalled, events, token=f"import:{api_id}:{digest}")
    with transaction.atomic():
        row, _ = CallImport.objects.get_or_create(
            api=api,
            digest=digest,
            defaults={
                "organisation_id": api.organisation_id,
                "project_id": api.project_id,
                "name": name[:200],
                "calls": len(calls),
                "cost_picos": sum(event.cost_picos for event in events),
                "first_at": min(call.at for call in calls),
                "last_at": max(call.at for call in calls),
                "imported_by": actor.name[:150],
                "imported_at": now,
            },
        )
        record_audit(actor=actor, verb="import", object_type="api", object_id=api_id, detail=f"{name} {len(calls)}", now=now)
    return import_view(row)


def _event(api: Api, call: PastCall, rules: Sequence[PriceRule]) -> ApiCalled:
    usage = Usage(counts={"input_tokens": call.input_tokens, "output_tokens": call.output_tokens})
    has_tokens = bool(call.input_tokens or call.output_tokens)
    priced = price(provider=api.provider, model=call.model, usage=usage if has_tokens else Usage(), at=call.at, overrides=rules)
    return ApiCalled(
        event_id=call.id,
        occurred_at=call.at,
        organisation_id=api.organisation_id,
        project_id=api.project_id,
        api_id=api.pk,
        origin="import",
        provider=api.provider,
        model=call.model,
        answered_model=call.model,
        team=call.team,
        feature=call.feature,
        environment=call.environment,
        customer=call.customer,
        status=call.status,
        outcome=call.outcome,
        error_message=call.error,
        duration_us=min(call.duration_ms * 1000, 2**32 - 1),
        first_token_us=min(call.first_token_ms * 1000, 2**32 - 1),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        cost_picos=call.cost_picos if call.cost_picos is not None else priced.cost_picos,
        price_source="import" if call.cost_picos is not None else priced.source,
        price_version="" if call.cost_picos is not None else priced.version,
    )
