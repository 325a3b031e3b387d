"""A status page that a test changes, an API that it concerns, and what is told of incidents."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from django.conf import LazySettings

from emporion.gateway.routing.models import Api
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor

from .pages import StatusPage, serving

NAMES = [f"nexus.providers.ProviderIncident{word}" for word in ("Opened", "Changed", "Resolved")]
Told = Callable[[], list[tuple[str, dict[str, object]]]]


@pytest.fixture(autouse=True)
def _allowed(settings: LazySettings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost")


@pytest.fixture
def page() -> Iterator[StatusPage]:
    with serving() as page:
        page.statuspage()
        yield page


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    for name in NAMES:
        monkeypatch.setitem(subscriptions().LISTENERS, name, ("x:heard",))
    return lambda: [
        (job.name.removeprefix("nexus.providers.ProviderIncident"), json.loads(job.payload))
        for job in Job.objects.filter(name__in=NAMES).order_by("id")
    ]


@pytest.fixture
def api_id(alice: Actor, project_id: UUID, now: datetime) -> UUID:
    """An API that is registered already."""
    return Api.objects.create(
        organisation_id=alice.organisation_id,
        project_id=project_id,
        slug="acme",
        name="Acme API",
        template="http",
        protocol="http",
        base_url="https://api.acme.example",
        provider="openai",
        created_at=now,
    ).pk
