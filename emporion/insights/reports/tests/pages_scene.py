"""A website of alice's with a handful of visits whose figures can be counted on the fingers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from emporion.insights.reports.queries import event_store
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor
from emporion.store.credits import Credit
from emporion.store.derived import SITE_CREDITS
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import follow

ATTACK = '"><script>alert(1)</script>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit: where it came from, what it saw, what it paid in cents."""

    at: datetime
    pages: tuple[str, ...] = ("/",)
    source: str = ""
    country: str = "DE"
    device: str = "desktop"
    goal: str = ""
    again: int = 0
    paid_minor: int = 0
    user_ref: str = ""


def site_of_alice(alice: Actor, now: datetime, *, zone: str = "UTC", currency: str = "USD") -> SiteView:
    new = NewSite(domain="shop.example", time_zone=zone, currency=currency)
    return add_site(site=new, project_id=min(alice.project_ids), actor=alice, now=now)


def visited(site: SiteView, *visits: Visit) -> None:
    """Stores the visits as the writer does, and the credits of those who paid."""
    store, events, earned = event_store(), [], []
    for visit in visits:
        visitor_id = uuid4()
        events += _steps(site, visit, visitor_id)
        if visit.paid_minor:
            earned.append(_credit(site, visit, visitor_id))
    store.insert(SiteEvent, events, token=str(new_id()))
    follow(store, SiteEvent, events)
    store.put(SITE_CREDITS, earned)
    Site.objects.filter(pk=site.id, first_event_at=None).update(first_event_at=min(visit.at for visit in visits))


def _steps(site: SiteView, visit: Visit, visitor_id: UUID) -> list[SiteEvent]:
    steps = [("pageview", path, "") for path in visit.pages] + (
        [("goal", "", visit.goal)] * (1 + visit.again) if visit.goal else []
    )
    return [
        SiteEvent(
            event_id=new_id(),
            occurred_at=visit.at + timedelta(seconds=30 * at),
            site_id=site.id,
            visitor_id=visitor_id,
            kind=kind,
            name=name,
            path=path,
            host=site.domain,
            source=visit.source,
            channel="organic search" if visit.source else "direct",
            country=visit.country,
            city="Munich",
            device=visit.device,
            browser="Firefox",
            system="Linux",
            user_ref=visit.user_ref,
        )
        for at, (kind, path, name) in enumerate(steps)
    ]


def _credit(site: SiteView, visit: Visit, visitor_id: UUID) -> Credit:
    whole = visit.paid_minor
    return Credit(
        site_id=site.id,
        paid_at=visit.at + timedelta(minutes=2),
        payment_id=new_id(),
        touch=0,
        currency=site.currency,
        method="visitor",
        confidence=100,
        last=whole,
        first=0,
        last_non_direct=whole,
        linear=whole,
        time_decay=whole,
        position=whole,
        visitor_id=visitor_id,
        session_started_at=visit.at,
        source=visit.source,
        country=visit.country,
        device=visit.device,
        pages=visit.pages,
        goals=(visit.goal,) if visit.goal else (),
        number=1,
        version=1,
    )
