"""The store that figures read, and calls in it."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from emporion.kernel.ids import new_id
from emporion.nexus.apis import figures
from emporion.store import EventStore
from emporion.store.schemas import ApiCalled
from emporion.store.shared import close_shared

Store = Callable[[Sequence[ApiCalled]], None]
A_BATCH = 2_000  # an insert takes as long as thousands of its rows


@pytest.fixture(params=["chdb", "http"])
def calls_store(request: pytest.FixtureRequest, settings) -> EventStore:
    """The embedded engine, and the same questions over HTTP."""
    if request.param == "http":
        settings.EVENTS_URL = request.getfixturevalue("shared_server").url
    else:
        close_shared(but=settings.EVENTS_URL)
    return figures.event_store()


@pytest.fixture
def made(organisation_id: UUID, project_id: UUID) -> Callable[..., ApiCalled]:
    """A call of Alice's project; what is not said is ordinary."""

    def call(**changes: object) -> ApiCalled:
        fields = {
            "event_id": new_id(),
            "organisation_id": organisation_id,
            "project_id": project_id,
            "outcome": "ok",
            "status": 200,
            "duration_us": 1_000_000,
        }
        return ApiCalled(**{**fields, **changes})

    return call


@pytest.fixture
def put(calls_store: EventStore) -> Store:
    """Stores calls in several inserts, as they arrive."""

    def store(calls: Sequence[ApiCalled]) -> None:
        for start in range(0, len(calls), A_BATCH):
            calls_store.insert(ApiCalled, calls[start : start + A_BATCH], token=str(new_id()))

    return store
