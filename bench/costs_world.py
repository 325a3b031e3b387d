"""Half a year of calls in a store of its own, made by the engine itself, and looks at their costs. `costs_world.py CALLS LOOKS`.

Forty features of eight teams call four APIs through keys of their own; each feature uses two models, 5,000 customers are named.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from emporion.accounts.actions import ensure_organisation  # noqa: E402
from emporion.config import eventlog  # noqa: E402
from emporion.gateway.routing.actions import register_api  # noqa: E402
from emporion.gateway.routing.orders import NewApi  # noqa: E402
from tests.cast import actor_of, client_of, register  # noqa: E402

CHUNK = 500_000
DAYS = 180
MODELS = (
    *("gpt-5.6-sol", "gpt-4o-mini", "gpt-4.1", "claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101", "gemini-2.5-pro"),
    *("gpt-4o", "o3"),
)
MAKE = """
INSERT INTO api_calls (event_id, occurred_at, organisation_id, project_id, api_id, key_id, provider, operation, model,
  answered_model, team, feature, environment, customer, status, outcome, duration_us, first_token_us, input_tokens,
  output_tokens, cache_read_tokens, usage, cost_picos, price_source, price_version, second_cost_picos)
WITH cityHash64(number) AS dice, dice % 40 AS feature_, (feature_ * 3 + bitShiftRight(dice, 8) % 2) % 8 AS model_,
  200 + bitShiftRight(dice, 16) % 8000 AS read, 20 + bitShiftRight(dice, 32) % 900 AS written,
  toInt64(read * 2500000 + written * 10000000) AS cost, arrayElement({models:Array(String)}, 1 + model_) AS name
SELECT generateUUIDv4(number), {since:DateTime64(3)} + toIntervalMillisecond(number * {step:UInt64}), {organisation:UUID},
  {project:UUID}, arrayElement([{api0:UUID}, {api1:UUID}, {api2:UUID}, {api3:UUID}], 1 + model_ % 4),
  reinterpretAsUUID(reverse(unhex(leftPad(hex(feature_ + 1), 32, '0')))), if(model_ IN (3, 4), 'anthropic', 'openai'), 'chat',
  name, name, concat('team ', toString(feature_ % 8)), concat('feature ', toString(feature_)), 'production',
  if(dice % 3, concat('customer ', toString(dice % 5000)), ''), 200, if(dice % 97, 'ok', 'provider_error'), 900000, 300000,
  read, written, 0, '{"usage":{}}', cost, 'list', 'genai-prices 0.2.3', if(dice % 50, cost, cost + 1000000)
FROM numbers({first:UInt64}, {count:UInt64})
"""


def fill(calls: int, organisation: UUID, project: UUID, apis: list[UUID]) -> None:
    """Makes the calls, a piece at a time as segments arrive."""
    store = eventlog.store()
    since = datetime.now(tz=UTC) - timedelta(days=DAYS)
    step = DAYS * 86_400_000 // calls
    for first in range(0, calls, CHUNK):
        ids = {f"api{number}": api for number, api in enumerate(apis)}
        params = {"organisation": organisation, "project": project, "since": since, "step": step, "first": first}
        store.run(MAKE, {**params, **ids, "models": list(MODELS), "count": min(CHUNK, calls - first)})


def times(look: Callable[[int], object], looks: int) -> list[float]:
    """Milliseconds, sorted; the first look warms the disk's cache and the lists of prices, and does not count."""
    look(0)
    took = []
    for number in range(looks):
        began = time.perf_counter()
        look(number)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def p95(took: list[float]) -> float:
    return took[min(len(took) - 1, int(len(took) * 0.95))]


def opened(client: Client, paths: list[str]) -> Callable[[int], object]:
    def look(number: int) -> None:
        response = client.get(paths[number % len(paths)])
        assert response.status_code == 200, response.status_code

    return look


def main(calls: int, looks: int) -> None:
    now = datetime.now(tz=UTC)
    call_command("migrate", verbosity=0)
    person = register("bench@costs.example", "Bench", now)
    workspace = ensure_organisation(person_id=person.id, now=now)
    actor = actor_of(person, workspace.organisation.id)
    apis = [
        register_api(
            api=NewApi(preset="openai", name=f"API {number}", secret="sk-bench-0123456789abcdef", is_unchecked=True),
            project_id=workspace.project.id,
            actor=actor,
            now=now,
        )[0].id
        for number in range(4)
    ]
    fill(calls, workspace.organisation.id, workspace.project.id, apis)
    client = client_of(person)
    months = [f"{(now - timedelta(days=31 * back)):%Y-%m}" for back in range(4)]
    found = {
        "page": p95(times(opened(client, [f"/nexus/costs/?month={month}" for month in months]), looks)),
        "by_feature": p95(times(opened(client, [f"/nexus/costs/?month={month}&by=feature" for month in months]), looks)),
        "by_customer": p95(times(opened(client, [f"/nexus/costs/?month={month}&by=customer" for month in months]), looks)),
        "narrowed": p95(times(opened(client, [f"/nexus/costs/?month={month}&team=team+3" for month in months]), looks)),
        "calls": p95(times(opened(client, [f"/nexus/costs/calls/?month={month}&feature=feature+7" for month in months]), looks)),
        "prices": p95(times(opened(client, ["/nexus/costs/prices/"]), looks)),
        "focus": p95(times(opened(client, [f"/nexus/costs/focus.csv?month={months[1]}"]), max(2, looks // 10))),
        "hours": eventlog.store().value("SELECT count() FROM api_hours", as_=int),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
