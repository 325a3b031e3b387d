"""Reading providers' status pages and their incidents; every question begins at the actor."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from emporion.nexus.providers import rules
from emporion.nexus.providers.errors import FeedNotFound
from emporion.nexus.providers.models import ComponentRow, FeedRow, IncidentRow
from emporion.nexus.providers.types import (
    Feed,
    FeedComponent,
    FeedKind,
    FeedState,
    Impact,
    ProviderIncident,
    Stage,
    UpdateSeen,
)
from emporion.plumbing.types import Actor, Permission

MOST_INCIDENTS = 300
_WORST = (Impact.CRITICAL, Impact.MAJOR, Impact.MINOR, Impact.MAINTENANCE, Impact.NONE)


def feeds_of(actor: Actor, project_id: UUID) -> tuple[Feed, ...]:
    """The status pages of a project, those that tell of trouble first."""
    actor.require(Permission.VIEW, project_id)
    rows = FeedRow.objects.of(actor).filter(project_id=project_id, removed_at=None)
    open_now = dict(rows.annotate(n=Count("incidents", filter=Q(incidents__resolved_at=None))).values_list("pk", "n"))
    views = [feed_view(row, open_incidents=open_now[row.pk]) for row in rows.prefetch_related("components")]
    return tuple(sorted(views, key=lambda view: (_WORST.index(view.indicator), view.name.lower())))


def feed_of(actor: Actor, feed_id: UUID) -> Feed:
    """One status page that the actor sees; FeedNotFound otherwise."""
    row = FeedRow.objects.of(actor).filter(pk=feed_id, removed_at=None).prefetch_related("components").first()
    if row is None:
        raise FeedNotFound(feed_id=feed_id)
    return feed_view(row, open_incidents=row.incidents.filter(resolved_at=None).count())


def removed_feed(actor: Actor, feed_id: UUID | None) -> Feed | None:
    """A status page that is read no more and could come back."""
    if feed_id is None or actor.organisation_id is None:
        return None
    row = FeedRow.objects.of(actor).filter(pk=feed_id).exclude(removed_at=None).first()
    return feed_view(row) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def provider_incidents(
    actor: Actor, project_id: UUID, since: datetime, until: datetime, *, api_id: UUID | None = None
) -> tuple[ProviderIncident, ...]:
    """The incidents that lasted into a stretch of time (`until` excluded), newest first; of one API where it is named."""
    actor.require(Permission.VIEW, project_id)
    rows = IncidentRow.objects.filter(organisation_id=actor.organisation, project_id=project_id, feed__removed_at=None)
    rows = rows.filter(Q(resolved_at=None) | Q(resolved_at__gte=since), started_at__lt=until)
    found = [incident_view(row) for row in _with_feeds(rows)[:MOST_INCIDENTS]]
    return tuple(one for one in found if api_id is None or api_id in one.api_ids)


def incidents_of(actor: Actor, feed_id: UUID, *, most: int = 50) -> tuple[ProviderIncident, ...]:
    """The last incidents of one status page."""
    feed = feed_of(actor, feed_id)
    rows = IncidentRow.objects.filter(feed_id=feed.id)
    return tuple(incident_view(row) for row in _with_feeds(rows)[:most])


def _with_feeds(rows: QuerySet[IncidentRow]) -> QuerySet[IncidentRow]:
    mapped = Prefetch("feed__components", queryset=ComponentRow.objects.exclude(api_id=None))
    return rows.select_related("feed").prefetch_related(mapped)


def feed_view(row: FeedRow, *, open_incidents: int = 0) -> Feed:
    """A status page as its people see it."""
    components = tuple(
        FeedComponent(key=one.key, name=one.name, status=one.status, api_id=one.api_id) for one in row.components.all()
    )
    return Feed(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        kind=FeedKind(row.kind),
        url=row.url,
        state=FeedState.PAUSED if row.paused_at else FeedState(row.state),
        indicator=Impact(row.indicator),
        description=row.description,
        problem=row.problem,
        read_at=row.read_at,
        down_since=row.down_since,
        api_ids=tuple(UUID(one) for one in row.api_ids),
        components=components,
        open_incidents=open_incidents,
    )


def incident_view(row: IncidentRow) -> ProviderIncident:
    """An incident as its people see it."""
    feed = row.feed
    mapped = {one.key: one.api_id for one in feed.components.all() if one.api_id}
    return ProviderIncident(
        id=row.pk,
        feed_id=feed.pk,
        feed_name=feed.name,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        api_ids=rules.concerned(row.components, mapped, [UUID(one) for one in feed.api_ids]),
        title=row.title,
        stage=Stage(row.stage),
        impact=Impact(row.impact),
        url=row.url or feed.url,
        started_at=row.started_at,
        changed_at=row.changed_at,
        resolved_at=row.resolved_at,
        updates=tuple(
            UpdateSeen(stage=Stage(one["stage"]), text=one["text"], at=datetime.fromisoformat(one["at"])) for one in row.updates
        ),
        components=tuple(row.components),
    )
