"""Reading status pages: for the people of a project by its actor, for the public by the page's own address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.cache import cache

from emporion.nexus.statuspage import rules
from emporion.nexus.statuspage.errors import ComponentNotFound, PageNotFound, PublicIncidentNotFound
from emporion.nexus.statuspage.models import (
    Component,
    ComponentDay,
    IncidentComponent,
    StatusIncident,
    StatusPage,
    StatusUpdate,
    Subscriber,
)
from emporion.nexus.statuspage.types import (
    ComponentStatus,
    ComponentView,
    DayView,
    Indicator,
    PageView,
    PublicIncident,
    PublicPage,
    PublicUpdate,
    Stage,
    SubscriberView,
)
from emporion.plumbing.types import Actor, Permission

MOST_INCIDENTS = 50  # as many as Statuspage's own API gives
PAST_DAYS = 14
KEPT_SECONDS = 30  # an old answer is at most this old when something is forgotten to be counted; the version renews it at once


def page_of_project(actor: Actor, project_id: UUID) -> PageView | None:
    """The status page of a project, where there is one."""
    actor.require(Permission.VIEW, project_id)
    row = StatusPage.objects.of(actor).filter(project_id=project_id).first()
    return page_view(row) if row else None


def own_page(actor: Actor, page_id: UUID) -> PageView:
    """A page of the actor's; PageNotFound otherwise."""
    row = StatusPage.objects.of(actor).filter(pk=page_id).first()
    if row is None:
        raise PageNotFound
    return page_view(row)


def page_at(actor: Actor, slug: str) -> PageView:
    """The page at an address: a published one for everybody, another for the people of its project. PageNotFound."""
    row = StatusPage.objects.filter(slug=slug).first()
    if row is None or (row.published_at is None and not _sees(actor, row)):
        raise PageNotFound
    return page_view(row)


def public_page(page: PageView, now: datetime) -> PublicPage:
    """Everything that the page shows; kept until something of it changes. Ask `page_at` first whether it may be seen."""
    version = StatusPage.objects.filter(pk=page.id).values_list("version", flat=True).get()
    key = f"statuspage:{page.id}:{version}:{now.date()}"
    kept: PublicPage | None = cache.get(key)
    if kept is None:
        kept = _public_page(page, now)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def version_of(page: PageView) -> int:
    """Grows with whatever the page shows."""
    return StatusPage.objects.filter(pk=page.id).values_list("version", flat=True).get()


def incident_at(page: PageView, code: str, now: datetime) -> PublicIncident:
    """A public incident by its public id; PublicIncidentNotFound."""
    shown = public_page(page, now)
    every = {one.code: one for one in (*shown.open, *shown.planned, *shown.past)}
    found = every.get(code) or {one.code: one for one in incidents_of(page)}.get(code)
    if found is None:
        raise PublicIncidentNotFound
    return found


def incidents_of(page: PageView, *, limit: int = MOST_INCIDENTS) -> tuple[PublicIncident, ...]:
    """The newest incidents and maintenances of a page."""
    rows = list(StatusIncident.objects.public_of(page.id)[:limit])
    return _incidents(rows, {one.id: one for one in components_of(page)})


def components_of(page: PageView) -> tuple[ComponentView, ...]:
    """The components with their status now, without their history."""
    rows = list(Component.objects.filter(page_id=page.id, removed_at=None))
    posted = _posted_statuses(page.id)
    return tuple(_component(row, posted.get(row.pk, ()), ()) for row in rows)


def component_rows(actor: Actor, page_id: UUID) -> tuple[Component, ...]:
    """The components as their people set them up."""
    page = own_page(actor, page_id)
    return tuple(Component.objects.filter(page_id=page.id, removed_at=None))


def component_row(actor: Actor, page_id: UUID, component_id: UUID) -> Component:
    """One of them; ComponentNotFound."""
    page = own_page(actor, page_id)
    row = Component.objects.filter(page_id=page.id, pk=component_id).first()
    if row is None:
        raise ComponentNotFound
    return row


def subscribers_of(actor: Actor, page_id: UUID) -> tuple[SubscriberView, ...]:
    """Who hears of updates, and who was asked to confirm; for those who may configure the page."""
    page = own_page(actor, page_id)
    actor.require(Permission.CONFIGURE, page.project_id)
    return tuple(
        SubscriberView(id=row.pk, email=row.email, is_confirmed=row.confirmed_at is not None, asked_at=row.asked_at)
        for row in Subscriber.objects.filter(page_id=page.id).order_by("-asked_at")[:500]
    )


def subscriber_count(page_id: UUID) -> int:
    """How many addresses hear of updates."""
    return Subscriber.objects.filter(page_id=page_id).exclude(confirmed_at=None).count()


def _public_page(page: PageView, now: datetime) -> PublicPage:
    rows = list(Component.objects.filter(page_id=page.id, removed_at=None))
    today, posted = now.astimezone(UTC).date(), _posted_statuses(page.id)
    days: dict[UUID, list[DayView]] = defaultdict(list)
    first = today - timedelta(days=rules.HISTORY_DAYS - 1)
    for day in ComponentDay.objects.filter(component__in=rows, on__gte=first):
        seen = DayView(on=day.on, seen_minutes=day.seen_minutes, bad_minutes=day.bad_minutes, worst=ComponentStatus(day.worst))
        days[day.component_id].append(seen)
    components = tuple(_component(row, posted.get(row.pk, ()), rules.filled(days.get(row.pk, []), today)) for row in rows)
    known = {one.id: one for one in components}
    unresolved = _incidents(list(StatusIncident.objects.public_of(page.id).unresolved()), known)
    recent = StatusIncident.objects.public_of(page.id).filter(resolved_at__gte=now - timedelta(days=PAST_DAYS))
    current = [one for one in unresolved if not one.is_maintenance or one.stage is not Stage.SCHEDULED]
    impacts = [one.impact for one in current]
    return PublicPage(
        page=page,
        indicator=rules.indicator_of([one.status for one in components], impacts),
        components=components,
        open=tuple(current),
        planned=tuple(one for one in unresolved if one.stage is Stage.SCHEDULED),
        past=_incidents(list(recent), known),
    )


def _posted_statuses(page_id: UUID) -> Mapping[UUID, Sequence[ComponentStatus]]:
    found: dict[UUID, list[ComponentStatus]] = defaultdict(list)
    going_on = StatusIncident.objects.filter(page_id=page_id).unresolved().exclude(stage=Stage.SCHEDULED)
    for component_id, status in IncidentComponent.objects.filter(incident__in=going_on).values_list("component_id", "status"):
        found[component_id].append(ComponentStatus(status))
    return found


def _component(row: Component, posted: Sequence[ComponentStatus], days: tuple[DayView, ...]) -> ComponentView:
    return ComponentView(
        id=row.pk,
        code=rules.code_of("component", row.pk),
        name=row.name,
        description=row.description,
        group=row.group,
        position=row.position,
        status=rules.worst([ComponentStatus(row.status), *posted]),
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_on=row.created_at.date(),
        days=days,
        uptime=rules.uptime(days),
    )


def _incidents(rows: list[StatusIncident], known: Mapping[UUID, ComponentView]) -> tuple[PublicIncident, ...]:
    updates: dict[UUID, list[PublicUpdate]] = defaultdict(list)
    for row in StatusUpdate.objects.filter(incident__in=rows):
        said = PublicUpdate(id=row.pk, code=rules.code_of("update", row.pk), stage=Stage(row.stage), text=row.text, at=row.at)
        updates[row.incident_id].append(said)
    touched: dict[UUID, list[ComponentView]] = defaultdict(list)
    for incident_id, component_id in IncidentComponent.objects.filter(incident__in=rows).values_list(
        "incident_id", "component_id"
    ):
        if component_id in known:
            touched[incident_id].append(known[component_id])
    return tuple(_incident(row, updates[row.pk], touched[row.pk]) for row in rows)


def _incident(row: StatusIncident, updates: list[PublicUpdate], touched: list[ComponentView]) -> PublicIncident:
    return PublicIncident(
        id=row.pk,
        code=rules.code_of("incident", row.pk),
        name=row.name,
        stage=Stage(row.stage),
        impact=Indicator(row.impact),
        began_at=row.began_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        monitoring_at=row.monitoring_at,
        resolved_at=row.resolved_at,
        scheduled_for=row.scheduled_for,
        scheduled_until=row.scheduled_until,
        components=tuple(sorted(touched, key=lambda one: one.position)),
        updates=tuple(updates),
    )


def page_view(row: StatusPage) -> PageView:
    """A page's own facts."""
    return PageView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        slug=row.slug,
        name=row.name,
        description=row.description,
        support_url=row.support_url,
        time_zone=row.time_zone,
        code=rules.code_of("page", row.pk),
        is_published=row.published_at is not None,
        updated_at=row.updated_at,
    )


def _sees(actor: Actor, row: StatusPage) -> bool:
    return actor.organisation_id == row.organisation_id and actor.sees_project(row.project_id)
