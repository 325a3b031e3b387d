"""The cast: alice owns, bob is a member, charlie is a stranger, robo is an API key.

`alice`, `bob`, `charlie` and `robo` are actors of people who are in the database, with what they belong to; `alice_client` and
its like are browsers in which they are signed in; `robo_headers` is what a program sends. Mary manages, Ada administers the
project. A test that needs no database makes its own `Actor`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from emporion.accounts import queries
from emporion.accounts.actions import create_token, ensure_organisation
from emporion.accounts.models import Membership, Person, Project, ProjectMembership
from emporion.accounts.types import TokenScope, Workspace
from emporion.config.catalogue import sync_catalogue
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor, Role
from tests.shelf import put_on_sale

# A moment with teeth: inside the hour that Europe repeats when summer time ends.
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Rate limits count per test, not per run."""
    cache.clear()


@pytest.fixture
def drain(now: datetime) -> Callable[[], int]:
    """Runs every job that is due, as the worker would."""

    def run(at: datetime = now) -> int:
        return run_due_jobs(now=at)

    return run


def register(email: str, name: str, at: datetime = NOW) -> Person:
    """Somebody with a verified address and no password; quicker than registering through the page."""
    person = Person(email=email, name=name, created_at=at)
    person.set_unusable_password()
    person.save()
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
    return person


def actor_of(person: Person, organisation_id: UUID | None = None) -> Actor:
    return queries.actor_for_person(person_id=person.id, name=person.name, organisation_id=organisation_id)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def alice_person(db: None) -> Person:
    return register("alice@halyard.example", "Alicé")


@pytest.fixture
def workspace(alice_person: Person, now: datetime) -> Workspace:
    """Alice's organisation and its first project."""
    return ensure_organisation(person_id=alice_person.id, name="Halyard Freight", now=now)


@pytest.fixture
def organisation_id(workspace: Workspace) -> UUID:
    return workspace.organisation.id


@pytest.fixture
def project_id(workspace: Workspace) -> UUID:
    return workspace.project.id


@pytest.fixture
def alice(alice_person: Person, workspace: Workspace) -> Actor:
    """Owns the organisation."""
    return actor_of(alice_person)


def _join(person: Person, workspace: Workspace, role: Role, project_role: Role | None = None) -> Person:
    Membership.objects.create(person=person, organisation_id=workspace.organisation.id, role=role, created_at=NOW)
    if project_role:
        project = Project.objects.get(pk=workspace.project.id)
        ProjectMembership.objects.create(person=person, project=project, role=project_role, created_at=NOW)
    return person


@pytest.fixture
def mary_person(workspace: Workspace) -> Person:
    return _join(register("mary@halyard.example", "Mary"), workspace, Role.MANAGER)


@pytest.fixture
def mary(mary_person: Person) -> Actor:
    """Manages the organisation."""
    return actor_of(mary_person)


@pytest.fixture
def ada_person(workspace: Workspace) -> Person:
    return _join(register("ada@halyard.example", "Ada"), workspace, Role.MEMBER, Role.ADMIN)


@pytest.fixture
def ada(ada_person: Person) -> Actor:
    """Administers the project."""
    return actor_of(ada_person)


@pytest.fixture
def bob_person(workspace: Workspace) -> Person:
    return _join(register("bob@halyard.example", "Bob"), workspace, Role.MEMBER, Role.MEMBER)


@pytest.fixture
def bob(bob_person: Person) -> Actor:
    """Is a member of the project."""
    return actor_of(bob_person)


@pytest.fixture
def charlie_person(db: None, now: datetime) -> Person:
    person = register("charlie@elsewhere.example", "Charlie")
    ensure_organisation(person_id=person.id, now=now)
    return person


@pytest.fixture
def charlie(charlie_person: Person) -> Actor:
    """Owns another organisation and should see nothing here."""
    return actor_of(charlie_person)


@pytest.fixture
def robo_secret(alice: Actor, now: datetime) -> str:
    """The secret of a token that may only read."""
    return create_token(name="robo", scope=TokenScope.READ, actor=alice, now=now)[1]


@pytest.fixture
def robo(robo_secret: str, now: datetime) -> Actor:
    """Is an API key that may only read."""
    actor = queries.actor_for_token(secret=robo_secret, now=now)
    assert actor is not None
    return actor


@pytest.fixture
def robo_headers(robo_secret: str) -> dict[str, str]:
    """For `client.get(url, headers=robo_headers)`."""
    return {"Authorization": f"Bearer {robo_secret}"}


@pytest.fixture
def robo_writes_headers(alice: Actor, now: datetime) -> dict[str, str]:
    """The headers of a token that may also write."""
    secret = create_token(name="robo writes", scope=TokenScope.READ_WRITE, actor=alice, now=now)[1]
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def alice_client(alice_person: Person, workspace: Workspace) -> Client:
    return client_of(alice_person)


@pytest.fixture
def mary_client(mary_person: Person) -> Client:
    return client_of(mary_person)


@pytest.fixture
def ada_client(ada_person: Person) -> Client:
    return client_of(ada_person)


@pytest.fixture
def bob_client(bob_person: Person) -> Client:
    return client_of(bob_person)


@pytest.fixture
def charlie_client(charlie_person: Person) -> Client:
    return client_of(charlie_person)


@pytest.fixture
def catalogue(db: None, now: datetime) -> Callable[..., None]:
    """Everything that the product itself has on sale: sixteen offerings and two bundles; called, it is read again."""
    put_on_sale(now)
    return sync_catalogue
