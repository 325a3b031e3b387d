"""Shared by the tests of agents: a bought agent with real parts all the way down."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings

from emporion.accounts.types import Workspace
from emporion.agents.knowledge import actions as knowledge
from emporion.agents.knowledge.library import UploadedFile
from emporion.agents.runtime import actions
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeFile, Persona
from emporion.billing.actions import publish_product, start_subscription
from emporion.billing.queries import plans_of
from emporion.billing.types import AtLimit, ComponentSpec, Cycle, PlanSpec, ProductSpec, SubscriptionStart
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money, Rate
from emporion.plumbing.types import Actor

from .tests.model_server import ModelServer, serving

OFFERING = UUID("0192a000-0000-7000-8000-000000000001")
GUIDE = """# Halyard guide

## Rotating a secret

Choose Add secret on the endpoint page. The new signing secret and the old one are both valid for 24 hours, so nothing is lost.

## Refunds

We refund a booking in full when it is cancelled at least 48 hours before pickup. Later cancellations are charged half.

## Opening hours

The freight desk in Zürich is open from 07:30 to 18:00 on weekdays.

## Customs papers

Send the commercial invoice and the packing list at least one working day before pickup, or the container waits at the border.

## Tracking

Every booking has a tracking page that shows where the container is, updated each hour from the carrier.

## Invoices

Invoices are issued on the first day of the month and are due within 30 days. Late payment costs 5 percent a year.

## Team

An owner may invite colleagues by e-mail and give each of them a role in one or several projects.

## Insurance

Goods are insured up to 25,000 euros per container; more is arranged on request with our broker in Hamburg.
"""


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
    spec = BlueprintSpec(
        offering_id=OFFERING,
        slug="docs-agent",
        name="Docs Agent",
        provider_name="Emporion",
        icon="docs",
        persona=Persona(name="Hermes", tone="clear and brief", language="en", rules="Answer in at most 120 words."),
        instructions="Lead with the answer in one or two sentences and then give the steps as a numbered list for the reader.",
        welcome="Hello! Ask me about Halyard.",
        starters=("How do I rotate a secret?", "When do I get a refund?"),
        cover=("Webhooks",),
        avoid=("Legal advice",),
        avoid_message="I cannot help with that here.",
        tools=("search_knowledge",),
        knowledge=(KnowledgeFile(name="guide.md", content=GUIDE.encode()),),
    )
    actions.register_blueprint(spec=spec, now=now)
    drain()
    return spec


@pytest.fixture
def product(blueprint: BlueprintSpec, now: datetime) -> UUID:
    """The product that sells the blueprint."""
    calls = ComponentSpec(metric="calls", label="calls a month", unit="call", included=1000, overage=Rate(Decimal("0.01"), "USD"))
    few = ComponentSpec(metric="calls", label="calls a month", unit="call", included=2)
    plans = (
        PlanSpec(slug="starter", name="Starter", monthly=Money.of("29", "USD"), components=(calls,)),
        PlanSpec(slug="tiny", name="Tiny", monthly=Money.of("1", "USD"), at_limit=AtLimit.PAUSE, components=(few,)),
    )
    spec = ProductSpec(
        id=blueprint.offering_id, slug="docs-agent", name="Docs Agent", category="agents", provider_name="Emporion", plans=plans
    )
    publish_product(spec=spec, now=now)
    return spec.id


@pytest.fixture
def buy(product: UUID, workspace: Workspace, now: datetime, drain: Callable[[], int]) -> Callable[[str], UUID]:
    """Buys a plan and returns the subscription's id."""

    def bought(plan: str = "starter", *, deliver: bool = True) -> UUID:
        chosen = next(one for one in plans_of(product) if one.slug == plan)
        start = SubscriptionStart(
            id=new_id(),
            organisation_id=workspace.organisation.id,
            project_id=workspace.project.id,
            person_id=None,
            plan_id=chosen.id,
            cycle=Cycle.MONTHLY,
            price=chosen.monthly or Money.of("0", "USD"),
        )
        view = start_subscription(start=start, now=now)
        if deliver:
            drain()
        return view.id

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
