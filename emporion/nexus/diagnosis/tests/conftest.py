"""Two APIs of alice's that speak the same protocol, with calls of the last hour in the event store."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from emporion.gateway.routing.models import Api
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.apis import figures
from emporion.store.schemas import ApiCalled
from emporion.store.shared import close_shared


@pytest.fixture
def apis(organisation_id: UUID, project_id: UUID, now: datetime) -> dict[str, Api]:
    """Registered as the page does, without asking anybody whether the key works."""
    made = {}
    for slug in ("openai", "second"):
        made[slug] = Api.objects.create(
            organisation_id=organisation_id,
            project_id=project_id,
            slug=slug,
            name="OpenAI" if slug == "openai" else "Second Source",
            protocol="openai",
            provider=slug,
            base_url="https://api.example/v1",
            created_at=now,
        )
    return made


@pytest.fixture
def calls(organisation_id: UUID, project_id: UUID, settings) -> Callable[..., None]:
    """Puts calls into the store: so many a minute between two moments before now, failing in a share of cases."""
    close_shared(but=settings.EVENTS_URL)
    store, rng = figures.event_store(), random.Random(8)

    def put(api: Api, minutes: range, *, share: float = 0.0, a_minute: int = 12, **failure: object) -> None:
        rows = []
        for minute in minutes:
            for number in range(a_minute):
                fails = rng.random() < share
                at = utcnow() - timedelta(minutes=minute, seconds=-5 * number - 1)
                fields = {"outcome": "ok", "status": 200, "duration_us": 1_200_000} | (failure if fails else {})
                rows.append(
                    ApiCalled(
                        event_id=new_id(),
                        organisation_id=organisation_id,
                        project_id=project_id,
                        occurred_at=at,
                        api_id=api.pk,
                        model=rng.choice(["gpt-4o", "gpt-4o-mini"]),
                        feature=rng.choice(["Ask", "Summaries"]),
                        cost_picos=2 * 10**9,
                        **fields,
                    )
                )
        store.insert(ApiCalled, rows, token=str(new_id()))

    return put
