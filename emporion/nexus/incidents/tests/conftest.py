"""OpenAI begins to fail at ten past midnight, in the hour that Europe repeats; whoever has the problem can watch it end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from emporion.gateway.routing.actions import register_api
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.types import ApiView
from emporion.kernel.ids import new_id
from emporion.nexus.alerts.models import Alert, Problem
from emporion.nexus.apis import figures
from emporion.nexus.incidents.models import Affected
from emporion.plumbing.types import Actor
from emporion.store import EventStore
from emporion.store.schemas import ApiCalled
from emporion.store.shared import close_shared

MINUTE = timedelta(minutes=1)
SUMMARIES, ASK = "Meeting summaries", "Ask Fieldnote"
CUSTOMERS = ("Northwind", "Kestrel Läbs", "Harbor & Co", "Ångström", "Blue Jay", "Umbra", "Quill", "Tern", "Osprey", "Vireo")


@dataclass
class Clock:
    """What time it is for the pages."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def passes(self, minutes: float) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now


@pytest.fixture
def clock(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock(now)
    for module in ("views", "acting_views", "report_views"):
        monkeypatch.setattr(f"emporion.nexus.incidents.{module}.utcnow", told)
    return told


@pytest.fixture
def store(db: None, settings) -> EventStore:
    close_shared(but=settings.EVENTS_URL)
    return figures.event_store()


@pytest.fixture
def openai(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    return _api("openai", "OpenAI", alice, project_id, now)


@pytest.fixture
def backup(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    """Speaks the same protocol, so that calls can be led there."""
    return _api("openai", "Backup", alice, project_id, now)


def _api(preset: str, name: str, actor: Actor, project_id: UUID, now: datetime) -> ApiView:
    new = NewApi(preset=preset, name=name, secret="sk-test-0123456789abcdef", is_unchecked=True)
    return register_api(api=new, project_id=project_id, actor=actor, now=now)[0]


Calls = Callable[..., None]


@pytest.fixture
def calls(store: EventStore, organisation_id: UUID, project_id: UUID) -> Calls:
    """`calls(api, since, minutes=5, each=20, failing=0.5, feature=…)` stores calls evenly; the first of a minute fail."""

    def put(
        api: ApiView | Affected, since: datetime, *, minutes: int, each: int = 20, failing: float = 0.0, feature: str = SUMMARIES
    ) -> None:
        rows = [
            ApiCalled(
                event_id=new_id(),
                organisation_id=organisation_id,
                project_id=project_id,
                api_id=api.api_id if isinstance(api, Affected) else api.id,
                occurred_at=since + minute * MINUTE + number * MINUTE / each,
                outcome="overloaded" if number < failing * each else "ok",
                status=503 if number < failing * each else 200,
                duration_us=900_000,
                feature=feature,
                customer=CUSTOMERS[number % len(CUSTOMERS)],
            )
            for minute in range(minutes)
            for number in range(each)
        ]
        store.insert(ApiCalled, rows, token=str(new_id()))

    return put


@pytest.fixture
def problem(openai: ApiView, calls: Calls, organisation_id: UUID, project_id: UUID, now: datetime) -> Problem:
    """OpenAI has failed a quarter of the calls for ten minutes; an alert of it was raised after two."""
    calls(openai, now - 30 * MINUTE, minutes=20)
    calls(openai, now - 10 * MINUTE, minutes=10, failing=0.25)
    return open_problem(openai, organisation_id, project_id, now - 8 * MINUTE, began=now - 10 * MINUTE)


def open_problem(api: ApiView, organisation_id: UUID, project_id: UUID, at: datetime, *, began: datetime) -> Problem:
    row = Problem.objects.create(
        organisation_id=organisation_id,
        project_id=project_id,
        number=1,
        api_id=api.id,
        title="OpenAI fails 1 call in 4",
        sentence="Chat completions answer with 503.",
        severity="page",
        state="open",
        priority=2,
        opened_at=at,
        last_seen_at=at,
    )
    for key in ("burn", "outage"):
        Alert.objects.create(
            organisation_id=organisation_id,
            project_id=project_id,
            problem=row,
            api_id=api.id,
            kind="burn_rate",
            state="firing",
            severity="page",
            title=f"OpenAI {key}",
            sentence="A quarter of the calls fails.",
            fingerprint=f"{key}:{api.id.hex}"[:32],
            labels={},
            started_at=began,
            last_seen_at=at,
        )
    return row
