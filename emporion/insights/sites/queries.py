"""Reading websites; every question begins at the actor, except the data plane's own."""

from uuid import UUID

from emporion.insights.sites import itself
from emporion.insights.sites.errors import SiteNotFound
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import AttributionModel, Collection, PlanPause, SiteView
from emporion.plumbing.types import Actor, Permission


def sites_of(actor: Actor) -> tuple[SiteView, ...]:
    """The websites that the actor sees, by domain."""
    return tuple(view_of(site) for site in Site.objects.of(actor))


def site_of(actor: Actor, site_id: UUID) -> SiteView:
    """One website that the actor sees; SiteNotFound otherwise."""
    site = Site.objects.of(actor).filter(pk=site_id).first()
    if site is None:
        raise SiteNotFound(site_id=site_id)
    return view_of(site)


def projects_with_sites(organisation_id: UUID, *, site_id: UUID | None = None) -> frozenset[UUID]:
    """The projects that hold an organisation's websites, or the one of a single website; for keys, which have no person."""
    rows = Site.objects.filter(organisation_id=organisation_id, removed_at=None)
    return frozenset((rows if site_id is None else rows.filter(pk=site_id)).values_list("project_id", flat=True))


def removed_site(actor: Actor, site_id: UUID | None) -> SiteView | None:
    """A website that was removed and could come back, where the actor may bring it back."""
    if site_id is None or actor.organisation_id is None:
        return None
    found = Site.objects.filter(organisation_id=actor.organisation_id, pk=site_id).exclude(removed_at=None).first()
    return view_of(found) if found and actor.may(Permission.CONFIGURE, found.project_id) else None


def measured(site_id: UUID) -> SiteView | None:
    """A website, whoever owns it, for what works by itself; `None` once it was removed."""
    site = Site.objects.filter(pk=site_id, removed_at=None).first()
    return view_of(site) if site else None


def known(site_id: UUID) -> SiteView | None:
    """A website, whoever owns it, removed or not, for what goes on by itself to its end."""
    site = Site.objects.filter(pk=site_id).first()
    return view_of(site) if site else None


def by_public_id(public_id: str) -> SiteView | None:
    """The website whose script carries this id, whoever owns it; for what works by itself."""
    site = Site.objects.filter(public_id=public_id, removed_at=None).first()
    return view_of(site) if site else None


def installation_site() -> str:
    """The public id of the website that measures this installation itself; empty where there is none. Asked on every page."""
    return itself.public_id()


def installation_host() -> str:
    """The host of this installation as its own script names it; `localhost` where it is only tried out."""
    return itself.host()


def collections() -> tuple[Collection, ...]:
    """What the data plane is told: every website that takes events, whoever owns it."""
    return tuple(collection_of(site) for site in Site.objects.filter(removed_at=None))


def collection_of(site: Site) -> Collection:
    """A website as the data plane knows it."""
    return Collection(
        site_id=site.pk,
        public_id=site.public_id,
        organisation_id=site.organisation_id,
        project_id=site.project_id,
        domain=site.domain,
        hostnames=tuple(site.hostnames),
        excluded_addresses=tuple(site.excluded_addresses),
        excluded_paths=tuple(site.excluded_paths),
        allows_localhost=site.allows_localhost,
        is_paused=bool(site.pause_reason or site.plan_pause),
        pause_reason=site.pause_reason,
        plan_pause=PlanPause(site.plan_pause) if site.plan_pause else None,
    )


def view_of(site: Site) -> SiteView:
    """A website as its people see it."""
    return SiteView(
        id=site.pk,
        public_id=site.public_id,
        organisation_id=site.organisation_id,
        project_id=site.project_id,
        domain=site.domain,
        name=site.name or site.domain,
        time_zone=site.time_zone,
        currency=site.currency,
        attribution_days=site.attribution_days,
        attribution_model=AttributionModel(site.attribution_model),
        is_demo=site.is_demo,
        created_at=site.created_at,
        first_event_at=site.first_event_at,
        payments_skipped_at=site.payments_skipped_at,
        payments_known_at=site.payments_known_at,
        verified_at=site.verified_at,
        removed_at=site.removed_at,
        collection=collection_of(site),
    )
