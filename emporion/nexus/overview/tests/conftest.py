"""APIs of Alice's project with the calls of the last hours in the event store, for the pages of Nexus."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from emporion.gateway.routing.models import Api
from emporion.gateway.routing.types import Outcome
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.apis.asking import event_store
from emporion.nexus.apis.simulation import Fault, World, simulate, usual_sources
from emporion.store.schemas import ApiCalled
from emporion.store.shared import close_shared

MINUTE = timedelta(minutes=1)
Register = Callable[..., Api]


@pytest.fixture
def calls_store(settings) -> None:
    close_shared(but=settings.EVENTS_URL)


@pytest.fixture
def register(organisation_id: UUID, project_id: UUID) -> Register:
    """Puts an API into Alice's project without a test call."""

    def make(name: str, protocol: str = "openai", **changes: object) -> Api:
        fields = {
            "organisation_id": organisation_id,
            "project_id": project_id,
            "slug": name.lower(),
            "name": name,
            "template": "custom",
            "protocol": protocol,
            "base_url": "https://api.example",
            "created_at": utcnow(),
        }
        return Api.objects.create(**{**fields, **changes})

    return make


@pytest.fixture
def fleet(register: Register) -> dict[str, Api]:
    """OpenAI, a second provider that speaks the same, Apollo and Stripe."""
    return {
        "openai": register("OpenAI"),
        "mistral": register("Mistral"),
        "apollo": register("Apollo", "http"),
        "stripe": register("Stripe", "http"),
    }


@pytest.fixture
def live(calls_store: None, fleet: dict[str, Api], organisation_id: UUID, project_id: UUID) -> Callable[..., datetime]:
    """Calls up to now, with OpenAI failing one in eight for some minutes where asked; returns when that began.

    Nothing fails besides: two calls that failed by chance in one of the minutes before would have the trouble begin there.
    """

    def run(broken_minutes: int = 0, hours: float = 1.0, share: float = 0.125) -> datetime:
        now = datetime.now(UTC)
        began = (now - broken_minutes * MINUTE).replace(second=0, microsecond=0)
        fault = Fault(api_id=fleet["openai"].pk, since=began, until=now + MINUTE, outcome=Outcome.OVERLOADED, share=share)
        world = World(
            organisation_id=organisation_id,
            project_id=project_id,
            sources=tuple(replace(one, failure_rate=0.0) for one in usual_sources(*(api.pk for api in fleet.values()))),
            faults=(fault,) if broken_minutes else (),
            is_steady=True,
        )
        event_store().insert(ApiCalled, list(simulate(world, now - timedelta(hours=hours), now)), token=str(new_id()))
        return began

    return run
