"""A page of Halyard Freight's with two components, as the tests of status pages begin with it."""

from datetime import datetime
from uuid import UUID

import pytest

from emporion.kernel.ids import new_id
from emporion.nexus.statuspage import actions
from emporion.nexus.statuspage.models import Component
from emporion.nexus.statuspage.types import PageView
from emporion.plumbing.types import Actor

OPENAI = new_id()


@pytest.fixture
def page(alice: Actor, project_id: UUID, now: datetime) -> PageView:
    """Not published yet."""
    said = actions.PageSettings(name="Halyard Frëight", slug="halyard", time_zone="Europe/Berlin")
    return actions.create_page(page=said, project_id=project_id, actor=alice, now=now)


@pytest.fixture
def public(page: PageView, alice: Actor, now: datetime) -> PageView:
    """For everybody."""
    return actions.publish_page(page_id=page.id, is_public=True, actor=alice, now=now)


@pytest.fixture
def summaries(page: PageView, alice: Actor, now: datetime) -> Component:
    """Has an API behind it."""
    said = actions.ComponentSettings(name="Meeting summaries", group="Assistant", api_id=OPENAI)
    return actions.add_component(page_id=page.id, component=said, actor=alice, now=now)


@pytest.fixture
def search(page: PageView, alice: Actor, now: datetime) -> Component:
    """Has its status set by hand."""
    return actions.add_component(page_id=page.id, component=actions.ComponentSettings(name="Search"), actor=alice, now=now)
