"""The cast: alice owns, bob is a member, charlie is a stranger, robo is an API key."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from emporion.kernel.ids import new_id
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor, ActorKind, Role

# A moment with teeth: inside the hour that Europe repeats when summer time ends.
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def drain(now: datetime) -> Callable[[], int]:
    """Runs every job that is due, as the worker would."""

    def run(at: datetime = now) -> int:
        return run_due_jobs(now=at)

    return run


@pytest.fixture
def organisation_id() -> UUID:
    return new_id()


@pytest.fixture
def project_id() -> UUID:
    return new_id()


@pytest.fixture
def alice(organisation_id: UUID, project_id: UUID) -> Actor:
    """Owns the organisation."""
    return Actor(
        kind=ActorKind.PERSON,
        id=new_id(),
        name="Alicé",
        organisation_id=organisation_id,
        role=Role.OWNER,
        project_ids=frozenset({project_id}),
    )


@pytest.fixture
def bob(organisation_id: UUID, project_id: UUID) -> Actor:
    """Is a member of the project."""
    return Actor(
        kind=ActorKind.PERSON,
        id=new_id(),
        name="Bob",
        organisation_id=organisation_id,
        project_ids=frozenset({project_id}),
        project_roles={project_id: Role.MEMBER},
    )


@pytest.fixture
def charlie() -> Actor:
    """Owns another organisation and should see nothing here."""
    return Actor(
        kind=ActorKind.PERSON,
        id=new_id(),
        name="Charlie",
        organisation_id=new_id(),
        role=Role.OWNER,
        project_ids=frozenset({new_id()}),
    )


@pytest.fixture
def robo(organisation_id: UUID, project_id: UUID) -> Actor:
    """Is an API key that may only read."""
    return Actor(
        kind=ActorKind.TOKEN,
        id=new_id(),
        name="robo",
        organisation_id=organisation_id,
        role=Role.MEMBER,
        project_ids=frozenset({project_id}),
        can_write=False,
    )
