"""A website of our own, and automations bought from the catalogue that ships."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings, settings

from emporion.accounts.models import Person
from emporion.accounts.types import Workspace
from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.types import Cycle, SubscriptionStart
from emporion.config.catalogue import publish
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.market.manifest import read_catalogue
from emporion.plumbing.types import Actor

from .website import Website, serving

Buy = Callable[..., UUID]


@pytest.fixture
def website(settings: LazySettings) -> Iterator[Website]:
    with serving() as site:
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="127.0.0.1")
        yield site


@pytest.fixture
def get(workspace: Workspace, alice_person: Person, now: datetime, drain: Callable[..., int]) -> Buy:
    """Buys an offering of the catalogue, which alone is put on sale, for alice and returns the subscription's id."""

    def bought(slug: str, plan: str = "", *, deliver: bool = True) -> UUID:
        listings = read_catalogue(Path(settings.CATALOGUE_DIR)).listings
        publish(next(one for one in listings if one.manifest.slug == slug), actor=Actor.system(), now=now)
        plans = billing.product(slug).plans
        chosen = next(one for one in plans if not plan or one.slug == plan)
        start = SubscriptionStart(
            id=new_id(),
            organisation_id=workspace.organisation.id,
            project_id=workspace.project.id,
            person_id=alice_person.id,
            plan_id=chosen.id,
            cycle=Cycle.MONTHLY,
            price=chosen.monthly or Money.of("0", "USD"),
        )
        view = start_subscription(start=start, now=now)
        if deliver:
            drain()
        return view.id

    return bought
