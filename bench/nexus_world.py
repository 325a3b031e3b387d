"""Fills an installation with calls of APIs, spread over 30 days, and says who may look at them. `nexus_world.py CALLS`.

The calls are made by the engine itself: days have their rhythm, models their share, answers their log-normal times, one call in
sixty fails. Five projects; the largest has 60 % of the calls. The last hour has its calls, too, so that the overview has work.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
django.setup()

from django.test import Client  # noqa: E402

from emporion.accounts.actions import ensure_organisation  # noqa: E402
from emporion.accounts.models import Person  # noqa: E402
from emporion.gateway.routing.models import Api  # noqa: E402
from emporion.nexus.apis.asking import event_store  # noqa: E402
from emporion.store.rollups import ROLLUPS  # noqa: E402 - after Django is set up

SLICES, DAYS = 20, 30
NAMES = ("OpenAI", "Anthropic", "Mistral", "Apollo", "Stripe")
OTHERS = [UUID(int=0xBE00 + number) for number in range(1, 5)]

# `$x` runs from 0 to 1 over the slice; the sine makes days busier than nights and never runs backwards.
CALLS = """
INSERT INTO api_calls (event_id, occurred_at, organisation_id, project_id, api_id, provider, operation, model, answered_model,
  team, feature, environment, customer, method, path, status, outcome, error_code, error_message, is_stream, duration_us,
  first_token_us, own_us, input_tokens, output_tokens, cache_read_tokens, cost_picos, price_source, price_version, attempts,
  limit_tokens, left_tokens)
WITH
  ({slice:UInt32} + rand(1) / 4294967296) / {slices:UInt32} AS x,
  rand(2) % 100 AS whose, rand(3) % 100 AS which, rand(4) % 1000 AS luck, rand(5) % 100 AS what, rand(6) % 1000000 AS who,
  multiIf(which < 45, 0, which < 70, 1, which < 85, 2, which < 95, 3, 4) AS api,
  multiIf(luck < 985, 'ok', luck < 990, 'provider_error', luck < 993, 'timeout', luck < 997, 'throttled', 'bad_request')
    AS how,
  multiIf(api = 0, if(what < 65, 'gpt-4o-mini', 'gpt-4o'), api = 1, 'claude-sonnet-4', api = 2, 'mistral-large', '') AS named,
  toUInt32(if(how = 'timeout', 30000000, exp(13.6 + 0.5 * randNormal(0, 1)))) AS took,
  toUInt32(if(named = '' OR how != 'ok', 0, exp(6.5 + 0.8 * randNormal(0, 1)))) AS read,
  toUInt32(if(named = '' OR how != 'ok', 0, exp(5.2 + 0.6 * randNormal(0, 1)))) AS written
SELECT generateUUIDv7(number),
  fromUnixTimestamp64Milli(toInt64({start:Int64} + {span:Int64} * (x - 0.1 * sin(2 * pi() * 30 * x) / 30))),
  {organisation:UUID}, if(whose < 60, {project:UUID}, {others:Array(UUID)}[1 + whose % 4]),
  {apis:Array(UUID)}[1 + api],
  ['openai', 'anthropic', 'mistral', 'apollo', 'stripe'][1 + api], 'chat', named, named,
  ['Notes', 'Search', 'Growth'][1 + what % 3],
  ['Meeting summaries', 'Ask Fieldnote', 'Lead enrichment', 'Translations', 'Replies', 'Tags', 'Titles', ''][1 + who % 8],
  'production',
  if(who % 20 = 0, '', concat('customer-', toString(toUInt32(20000 * pow(who / 1000000, 2))))),
  'POST', '/v1/chat',
  multiIf(how = 'ok', 200, how = 'provider_error', 500, how = 'throttled', 429, how = 'bad_request', 400, 0), how,
  if(how = 'ok', '', how), if(how = 'ok', '', 'The server had an error while processing your request.'), what % 2, took,
  if(named = '', 0, toUInt32(took / 3)), 400 + who % 500, read, written, toUInt32(if(who % 5 = 0, read / 3, 0)),
  toInt64(read) * 2500000 + toInt64(written) * 10000000, 'genai-prices', '2026-11-01', 1 + (luck > 990), if(api < 3, 2000000, -1),
  if(api < 3, 2000000 - who, -1)
FROM numbers({calls:UInt64})
"""


def main(calls: int) -> None:
    """Makes the people, the APIs and the calls; prints what is needed to look at them."""
    now = datetime.now(UTC)
    person = Person.objects.create(email="alex@fieldnote.example", name="Alex Chen", created_at=now)
    workspace = ensure_organisation(person_id=person.pk, name="Fieldnote", now=now)
    organisation, project = workspace.organisation.id, workspace.project.id
    apis = [
        Api.objects.create(
            organisation_id=organisation,
            project_id=project,
            slug=name.lower(),
            name=name,
            template=name.lower(),
            protocol="openai" if number < 3 else "http",
            base_url="https://api.example",
            created_at=now,
        ).pk
        for number, name in enumerate(NAMES)
    ]
    store, start = event_store(), now - timedelta(days=DAYS)
    for number in range(SLICES):
        store.run(
            CALLS,
            {
                "slice": number,
                "slices": SLICES,
                "start": int(start.timestamp() * 1000),
                "span": int(timedelta(days=DAYS) / timedelta(milliseconds=1)),
                "organisation": organisation,
                "project": project,
                "others": OTHERS,
                "apis": apis,
                "calls": calls // SLICES,
            },
        )
    client = Client()
    client.force_login(person)
    said = {
        "session": client.cookies["sessionid"].value,
        "api": str(apis[0]),
        "calls": store.value("SELECT count() FROM api_calls", as_=int),
        "large": store.value("SELECT count() FROM api_calls WHERE project_id = {p:UUID}", {"p": project}, as_=int),
        "call": str(
            store.value(
                "SELECT event_id FROM api_calls WHERE project_id = {p:UUID} AND outcome = 'timeout' LIMIT 1",
                {"p": project},
                as_=UUID,
            )
        ),
        "rows": {name: store.value(f"SELECT count() FROM {name}", as_=int) for name in (rollup.name for rollup in ROLLUPS)},
        "bytes": store.value(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table LIKE 'api_%' AND table != 'api_bodies'", as_=int
        ),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(int(sys.argv[1]))
