"""Alice's OpenAI with calls in the store, and a clock that looks at it as the schedule would."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from emporion.gateway.routing.actions import register_api
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.types import ApiView
from emporion.kernel.ids import new_id
from emporion.nexus.apis import figures
from emporion.nexus.apis.simulation import Fault, Model, Source, World, simulate
from emporion.plumbing.actions import Tick, enqueue, run_due_jobs
from emporion.plumbing.types import Actor
from emporion.store import EventStore
from emporion.store.schemas import ApiCalled
from emporion.store.shared import close_shared

BEGAN = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)  # a Tuesday
LOOK = timedelta(seconds=15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def calls_store(settings) -> EventStore:
    close_shared(but=settings.EVENTS_URL)
    return figures.event_store()


@pytest.fixture
def put(calls_store: EventStore) -> Callable[[Sequence[ApiCalled]], None]:
    """Stores calls, as they arrive."""

    def store(calls: Sequence[ApiCalled]) -> None:
        for start in range(0, len(calls), 20_000):
            calls_store.insert(ApiCalled, calls[start : start + 20_000], token=str(new_id()))

    return store


def _registered(preset: str, name: str, project_id: UUID, alice: Actor) -> ApiView:
    api = NewApi(preset=preset, name=name, secret="sk-test-0123456789abcdef", is_unchecked=True)
    found = register_api(api=api, project_id=project_id, actor=alice, now=BEGAN)[0]
    run_due_jobs(now=BEGAN)
    return found


@pytest.fixture
def openai(alice: Actor, project_id: UUID) -> ApiView:
    return _registered("openai", "OpenAI", project_id, alice)


@pytest.fixture
def groq(alice: Actor, project_id: UUID) -> ApiView:
    return _registered("groq", "Groq", project_id, alice)


@pytest.fixture
def coming() -> list[ApiCalled]:
    """Calls that will be made; a look stores those that were made by then."""
    return []


@pytest.fixture
def live(openai: ApiView, project_id: UUID, organisation_id: UUID, coming: list[ApiCalled]) -> Callable[..., None]:
    """Has OpenAI called 90 times a minute from `since` until `until`, with faults."""

    def run(since: datetime, until: datetime, *faults: Fault, per_minute: float = 90, seed: int = 1) -> None:
        source = Source(
            api_id=openai.id,
            provider="openai",
            models=(Model(name="gpt-4o", input_usd=2.5, output_usd=10),),
            calls_per_minute=per_minute,
        )
        world = World(organisation_id=organisation_id, project_id=project_id, sources=(source,), faults=faults)
        coming.extend(simulate(world, since, until, seed=seed))

    return run


@pytest.fixture
def look(coming: list[ApiCalled], put) -> Callable[[datetime], None]:
    """One look at every project, with all that follows from it."""

    def once(at: datetime) -> None:
        if made := [one for one in coming if one.occurred_at < at]:
            put(made)
            coming[:] = [one for one in coming if one.occurred_at >= at]
        enqueue("nexus.watch_all", Tick(at=at), now=at)
        run_due_jobs(now=at)

    return once


@pytest.fixture
def watch(look) -> Callable[..., None]:
    """Looks again and again."""

    def between(since: datetime, until: datetime, every: timedelta = LOOK) -> None:
        while since <= until:
            look(since)
            since += every

    return between
