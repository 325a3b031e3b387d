"""Websites with visits in them: `site` is Alice's, `record` puts events into the store as the data plane would have."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from emporion.config import eventlog
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch

Record = Callable[..., UUID]


def event_of(site: SiteView, visitor_id: UUID, step: tuple[datetime, str, str], **facts: object) -> SiteEvent:
    """What a visitor did at a moment: its kind, and the path of a page or the name of anything else."""
    at, kind, what = step
    known = {"source": "Google", "channel": "Organic search", "country": "DE", "device": "desktop", "browser": "Firefox"}
    return SiteEvent(
        event_id=new_id(),
        occurred_at=at,
        organisation_id=site.organisation_id,
        project_id=site.project_id,
        site_id=site.id,
        visitor_id=visitor_id,
        kind=kind,
        host=site.domain,
        **({"path": what} if kind == "pageview" else {"name": what, "path": "/"}),
        **(known | facts),
    )


@pytest.fixture
def site(alice: Actor, project_id: UUID) -> SiteView:
    """A website of Alice's first project, in a zone with summer time and a currency with cents."""
    return add_site(
        site=NewSite(domain="halyard.example", time_zone="Europe/Berlin", currency="EUR"),
        project_id=project_id,
        actor=alice,
        now=utcnow(),
    )


@pytest.fixture
def record(site: SiteView) -> Record:
    """Records steps of one visitor, one a call of (moment, kind, name or path), and returns the visitor's id."""

    def record(*steps: tuple[datetime, str, str], visitor_id: UUID | None = None, **facts: object) -> UUID:
        visitor = visitor_id or uuid4()
        events = [event_of(site, visitor, step, **facts) for step in steps]
        eventlog.store().insert(SiteEvent, events, token=str(uuid4()))
        stitch(eventlog.store(), events)
        return visitor

    return record
