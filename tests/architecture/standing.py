"""One world for all tests of a module: it is built once inside of a transaction, and what a test does to it is undone after it.

Building takes as long as many of the tests that look at it. A module takes part by importing the fixtures of this one.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.db import transaction
from django.test import Client, override_settings

from emporion.accounts.actions import ensure_organisation
from emporion.accounts.models import Person
from emporion.accounts.types import Workspace
from emporion.plumbing.actions import run_due_jobs
from tests.architecture.tenant_world import World, build
from tests.cast import NOW, actor_of, register

__all__ = ["alice_person", "standing", "workspace", "world"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was built, whose it is, and where its files lie."""

    world: World
    alice_id: Any
    workspace: Workspace
    files: Path


def stored_in(folder: Path) -> dict[str, Any]:
    """Uploaded files of one module, or of one test, stay with it."""
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    return {**settings.STORAGES, "default": files}


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("world")
    around = transaction.atomic()
    around._from_testcase = True  # as the transaction of a test case: what insists on being outermost is let in
    with django_db_blocker.unblock(), override_settings(STORAGES=stored_in(folder)):
        around.__enter__()
        alice = register("alice@halyard.example", "Alicé")
        workspace = ensure_organisation(person_id=alice.id, name="Halyard Freight", now=NOW)
        world = build(actor_of(alice), lambda: run_due_jobs(now=NOW), NOW)
    yield Standing(world=world, alice_id=alice.id, workspace=workspace, files=folder)
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def alice_person(standing: Standing, db: None) -> Person:
    return Person.objects.get(pk=standing.alice_id)


@pytest.fixture
def workspace(standing: Standing) -> Workspace:
    return standing.workspace


@pytest.fixture
def world(standing: Standing, db: None, settings: LazySettings, tmp_path: Path) -> World:
    """The world as it was built, with browsers and files of this test's own."""
    settings.STORAGES = stored_in(Path(shutil.copytree(standing.files, tmp_path / "files")))
    clients = {}
    for name, built in standing.world.clients.items():
        clients[name] = Client()
        clients[name].cookies = built.cookies.copy()
    ids, secrets = dict(standing.world.ids), dict(standing.world.secrets)
    return replace(standing.world, clients=clients, ids=ids, secrets=secrets)
