"""The store that reports read, at both of its addresses."""

import pytest

from emporion.insights.reports import queries
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.store import EventStore
from emporion.store.shared import close_shared


@pytest.fixture(params=["chdb", "http"])
def figures_store(request: pytest.FixtureRequest, settings) -> EventStore:
    """The embedded engine, and the same questions over HTTP."""
    if request.param == "http":
        settings.EVENTS_URL = request.getfixturevalue("shared_server").url
    else:
        close_shared(but=settings.EVENTS_URL)
    return queries.event_store()


@pytest.fixture
def shop(alice, project_id, now) -> SiteView:
    """Alice's website, whose days are those of Berlin."""
    new = NewSite(domain="shop.example", time_zone="Europe/Berlin", currency="EUR")
    return add_site(site=new, project_id=project_id, actor=alice, now=now)
