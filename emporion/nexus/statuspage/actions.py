"""Verbs of a status page: set up, publish, say something, plan a maintenance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from emporion.nexus.statuspage import rules
from emporion.nexus.statuspage.errors import (
    ComponentNotFound,
    MaintenanceTimes,
    NameMissing,
    PageNotFound,
    PublicIncidentNotFound,
    SlugInvalid,
    SlugTaken,
)
from emporion.nexus.statuspage.events import StatusPosted
from emporion.nexus.statuspage.models import (
    Component,
    IncidentComponent,
    StatusIncident,
    StatusPage,
    StatusUpdate,
)
from emporion.nexus.statuspage.queries import page_view, subscriber_count
from emporion.nexus.statuspage.types import ComponentStatus, Indicator, NewsItem, PageView, Posted, Stage
from emporion.plumbing.actions import publish as tell
from emporion.plumbing.types import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What people say of their status page."""

    name: str
    slug: str
    description: str = ""
    support_url: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSettings:
    """What people say of a component; `follows` lets its status follow the API by itself."""

    name: str
    description: str = ""
    group: str = ""
    api_id: UUID | None = None
    feature: str = ""
    follows: bool = False
    status: ComponentStatus = ComponentStatus.OPERATIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMaintenance:
    """Work that is announced."""

    name: str
    text: str
    starts_at: datetime
    ends_at: datetime
    component_ids: tuple[UUID, ...] = ()


def create_page(*, page: PageSettings, project_id: UUID, actor: Actor, now: datetime) -> PageView:
    """Makes the project's status page, private at first. SlugInvalid, SlugTaken."""
    actor.require(Permission.CONFIGURE, project_id)
    _check(page)
    try:
        with transaction.atomic():
            row = StatusPage.objects.create(
                organisation_id=actor.organisation, project_id=project_id, created_at=now, updated_at=now, **_values(page)
            )
    except IntegrityError as error:
        own = StatusPage.objects.filter(project_id=project_id).first()
        if own is None:
            raise SlugTaken(field="slug") from error
        return page_view(own)
    return page_view(row)


def change_page(*, page_id: UUID, page: PageSettings, actor: Actor, now: datetime) -> PageView:
    """Changes what a page is called and where it is. SlugInvalid, SlugTaken."""
    row = own_row(actor, page_id)
    _check(page)
    try:
        with transaction.atomic():
            StatusPage.objects.filter(pk=row.pk).update(**_values(page))
            touch(row.pk, now)
    except IntegrityError as error:
        raise SlugTaken(field="slug") from error
    row.refresh_from_db()
    return page_view(row)


def publish_page(*, page_id: UUID, is_public: bool, actor: Actor, now: datetime) -> PageView:
    """Shows a page to everybody, or to the people of the project alone again."""
    row = own_row(actor, page_id)
    StatusPage.objects.filter(pk=row.pk).update(published_at=now if is_public else None)
    touch(row.pk, now)
    row.refresh_from_db()
    return page_view(row)


def add_component(*, page_id: UUID, component: ComponentSettings, actor: Actor, now: datetime) -> Component:
    """Adds something that customers know by name. NameMissing."""
    page = own_row(actor, page_id)
    with transaction.atomic():
        row = Component.objects.create(
            page=page, position=page.components.count(), created_at=now, updated_at=now, **_component(component)
        )
        touch(page.pk, now)
    return row


def change_component(
    *, page_id: UUID, component_id: UUID, component: ComponentSettings, actor: Actor, now: datetime
) -> Component:
    """Changes a component. NameMissing, ComponentNotFound."""
    row = _own_component(actor, page_id, component_id)
    with transaction.atomic():
        Component.objects.filter(pk=row.pk).update(updated_at=now, **_component(component))
        touch(page_id, now)
    row.refresh_from_db()
    return row


def move_component(*, page_id: UUID, component_id: UUID, is_up: bool, actor: Actor, now: datetime) -> None:
    """Moves a component one place up or down."""
    row = _own_component(actor, page_id, component_id)
    order = list(Component.objects.filter(page_id=page_id, removed_at=None))
    index = next(place for place, one in enumerate(order) if one.pk == row.pk)
    other = index - 1 if is_up else index + 1
    if not 0 <= other < len(order):
        return
    order[index], order[other] = order[other], order[index]
    with transaction.atomic():
        for place, one in enumerate(order):
            Component.objects.filter(pk=one.pk).update(position=place)
        touch(page_id, now)


def remove_component(*, page_id: UUID, component_id: UUID, is_removed: bool, actor: Actor, now: datetime) -> Component:
    """Takes a component off the page, or puts it back with its history."""
    row = _own_component(actor, page_id, component_id)
    with transaction.atomic():
        Component.objects.filter(pk=row.pk).update(removed_at=now if is_removed else None)
        touch(page_id, now)
    return row


def post_news(*, project_id: UUID, news: NewsItem, actor: Actor, now: datetime) -> Posted | None:
    """Says something about an incident on the project's page; `None` where there is no published page."""
    actor.require(Permission.USE, project_id)
    page = StatusPage.objects.of(actor).filter(project_id=project_id).exclude(published_at=None).first()
    if page is None:
        return None
    with transaction.atomic():
        row, _is_new = StatusIncident.objects.get_or_create(
            incident_id=news.incident_id,
            defaults={
                "page": page,
                "name": news.name[:200],
                "stage": news.stage,
                "impact": news.impact,
                "began_at": news.began_at or now,
                "created_at": now,
                "updated_at": now,
            },
        )
        row.name, row.impact = news.name[:200] or row.name, news.impact
        components = Component.objects.filter(page=page, removed_at=None, api_id__in=news.api_ids)
        _touch_components(row, components.values_list("pk", flat=True), rules.component_status(news.impact))
        _say(row, news.stage, news.text, now)
    return Posted(url=f"{settings.SITE_URL}/status/{page.slug}/", subscribers=subscriber_count(page.pk))


def plan_maintenance(*, page_id: UUID, maintenance: NewMaintenance, actor: Actor, now: datetime) -> StatusIncident:
    """Announces work; the page says by itself that it begins and that it is done. NameMissing, MaintenanceTimes."""
    page = own_row(actor, page_id)
    if not maintenance.name.strip():
        raise NameMissing(field="name")
    if maintenance.ends_at <= maintenance.starts_at or maintenance.ends_at <= now:
        raise MaintenanceTimes(field="ends_at")
    with transaction.atomic():
        row = StatusIncident.objects.create(
            page=page,
            name=" ".join(maintenance.name.split())[:200],
            stage=Stage.SCHEDULED,
            impact=Indicator.MAINTENANCE,
            began_at=maintenance.starts_at,
            scheduled_for=maintenance.starts_at,
            scheduled_until=maintenance.ends_at,
            created_at=now,
            updated_at=now,
        )
        known = Component.objects.filter(page=page, pk__in=maintenance.component_ids).values_list("pk", flat=True)
        _touch_components(row, known, ComponentStatus.UNDER_MAINTENANCE)
        _say(row, Stage.SCHEDULED, maintenance.text.strip() or _("We will work on this."), now)
    return row


def post_stage(*, page_id: UUID, incident_id: UUID, stage: Stage, text: str, actor: Actor, now: datetime) -> StatusIncident:
    """Says how far something on the page is: a maintenance ended early, an incident's aftermath. PublicIncidentNotFound."""
    own_row(actor, page_id)
    row = StatusIncident.objects.filter(page_id=page_id, pk=incident_id).first()
    if row is None:
        raise PublicIncidentNotFound
    with transaction.atomic():
        _say(row, stage, text.strip() or _("Done."), now)
    return row


def advance_maintenance(*, now: datetime) -> int:
    """Begins and ends what was announced, when its time has come; returns how many changed."""
    begins = StatusIncident.objects.filter(stage=Stage.SCHEDULED, scheduled_for__lte=now)
    ends = StatusIncident.objects.filter(stage__in=[Stage.IN_PROGRESS, Stage.VERIFYING], scheduled_until__lte=now)
    changed = 0
    for row in (*begins, *ends):
        with transaction.atomic():
            is_over = (row.scheduled_until or now) <= now
            stage = Stage.COMPLETED if is_over else Stage.IN_PROGRESS
            at = (row.scheduled_until if is_over else row.scheduled_for) or now
            _say(row, stage, _("The maintenance is done.") if is_over else _("The maintenance has begun."), at)
            changed += 1
    return changed


def touch(page_id: UUID, now: datetime) -> None:
    """Marks that a page shows something else, so that kept answers are not given any more."""
    StatusPage.objects.filter(pk=page_id).update(version=F("version") + 1, updated_at=now)


def own_row(actor: Actor, page_id: UUID) -> StatusPage:
    """A page that the actor may change; PageNotFound."""
    row = StatusPage.objects.of(actor).filter(pk=page_id).first()
    if row is None:
        raise PageNotFound
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _say(row: StatusIncident, stage: Stage, text: str, now: datetime) -> None:
    said = StatusUpdate.objects.create(incident=row, stage=stage, text=text, at=now)
    row.stage, row.updated_at = stage, now
    if stage is Stage.MONITORING and row.monitoring_at is None:
        row.monitoring_at = now
    row.resolved_at = (row.resolved_at or now) if rules.is_over(stage) else None
    row.save()
    touch(row.page_id, now)
    event = StatusPosted(
        page_id=row.page_id,
        update_id=said.pk,
        organisation_id=row.page.organisation_id,
        project_id=row.page.project_id,
        at=now,
    )
    tell(event, now=now)


def _touch_components(row: StatusIncident, component_ids: Iterable[UUID], status: ComponentStatus) -> None:
    for component_id in component_ids:
        IncidentComponent.objects.update_or_create(incident=row, component_id=component_id, defaults={"status": status})


def _own_component(actor: Actor, page_id: UUID, component_id: UUID) -> Component:
    page = own_row(actor, page_id)
    row = Component.objects.filter(page=page, pk=component_id).first()
    if row is None:
        raise ComponentNotFound
    return row


def _check(page: PageSettings) -> None:
    if not page.name.strip():
        raise NameMissing(field="name")
    if not rules.SLUG.match(page.slug):
        raise SlugInvalid(field="slug")


def _values(page: PageSettings) -> dict[str, str]:
    return {
        "name": " ".join(page.name.split())[:80],
        "slug": page.slug,
        "description": page.description.strip()[:300],
        "support_url": page.support_url.strip()[:300],
        "time_zone": page.time_zone,
    }


def _component(component: ComponentSettings) -> dict[str, object]:
    name = " ".join(component.name.split())[:80]
    if not name:
        raise NameMissing(field="name")
    return {
        "name": name,
        "description": component.description.strip()[:200],
        "group": " ".join(component.group.split())[:80],
        "api_id": component.api_id,
        "feature": component.feature.strip()[:120],
        "follows": component.follows and component.api_id is not None,
        "status": component.status,
    }
