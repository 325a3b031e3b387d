"""Shared by the tests of agents: a bought agent with real parts all the way down."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings

from emporion.accounts.types import Workspace
from emporion.agents.knowledge import actions as knowledge
from emporion.agents.knowledge.library import UploadedFile
from emporion.agents.runtime import actions, writer
from emporion.agents.runtime.types import BlueprintSpec
from emporion.agents.tests.goods import BLUEPRINT, OFFERING, PRODUCT, subscribe
from emporion.agents.tests.model_server import ModelServer, serving
from emporion.billing.actions import publish_product
from emporion.plumbing.types import Actor


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> None:
    """Uploaded files of one test stay with it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}},
    }


@pytest.fixture
def blueprint(db: None, now: datetime, drain: Callable[[], int]) -> BlueprintSpec:
    """A published blueprint that has read a guide."""
    actions.register_blueprint(spec=BLUEPRINT, now=now)
    drain()
    return BLUEPRINT


@pytest.fixture
def product(blueprint: BlueprintSpec, now: datetime) -> UUID:
    """The product that sells the blueprint."""
    publish_product(spec=PRODUCT, now=now)
    return OFFERING


@pytest.fixture
def buy(product: UUID, workspace: Workspace, now: datetime, drain: Callable[[], int]) -> Callable[..., UUID]:
    """Buys a plan and returns the subscription's id, which is the agent's."""

    def bought(plan: str = "starter", *, deliver: bool = True) -> UUID:
        subscription_id = subscribe(workspace, plan, now=now)
        if deliver:
            drain()
        return subscription_id

    return bought


@pytest.fixture
def agent_id(buy: Callable[[str], UUID]) -> UUID:
    """Alice's bought agent."""
    return buy("starter")


@pytest.fixture
def teach(alice: Actor, agent_id: UUID, now: datetime, drain: Callable[[], int]) -> Callable[[str, str], UUID]:
    """Uploads a document for alice's agent and has it read."""

    def taught(name: str, text: str) -> UUID:
        (outcome,) = knowledge.add_files(
            library_id=agent_id, files=(UploadedFile(name=name, content=text.encode()),), actor=alice, now=now
        )
        assert outcome.source_id is not None, outcome
        drain()
        return outcome.source_id

    return taught


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A model provider on this machine that speaks the real protocols."""
    with serving() as server:
        yield server


@pytest.fixture
def use_model(settings: LazySettings, model_server: ModelServer) -> Callable[[str], ModelServer]:
    """Connects the installation to the model provider of the test."""
    writer.load_library()  # on a busy machine the first import alone takes longer than a model is waited for

    def connect(protocol: str = "openai") -> ModelServer:
        path = "/v1" if protocol == "openai" else ""
        settings.ENVIRONMENT = replace(
            settings.ENVIRONMENT,
            model_url=f"{model_server.url}{path}",
            model_name="test-model",
            model_key="sk-secret-key",
            model_protocol=protocol,
        )
        return model_server

    return connect


@pytest.fixture
def handbook() -> Path:
    """The real handbook of the test data."""
    data = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    if not (data / "handbook").is_dir():
        pytest.skip(f"the handbook of the test data is not at {data}; set EMPORION_TEST_DATA")
    return data / "handbook"
