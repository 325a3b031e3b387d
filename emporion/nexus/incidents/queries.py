"""Reading incidents; every question begins at the actor."""

from datetime import datetime
from uuid import UUID

from emporion.accounts.queries import members_of
from emporion.accounts.types import MemberView
from emporion.nexus.incidents import rules
from emporion.nexus.incidents.errors import IncidentNotFound
from emporion.nexus.incidents.models import (
    Affected,
    Incident,
    IncidentQuerySet,
    IncidentUpdate,
    Learning,
    Mitigation,
    TimelineEntry,
)
from emporion.nexus.incidents.types import (
    AffectedView,
    Audience,
    EntryKind,
    EntryView,
    IncidentRole,
    IncidentState,
    IncidentView,
    LearningView,
    MitigationView,
    RoleView,
    Severity,
    UpdateView,
)
from emporion.plumbing.types import Actor, Permission, Role

SHOWN = 100


def incidents_of(actor: Actor, project_id: UUID, *, until: datetime | None = None) -> tuple[IncidentView, ...]:
    """The incidents of a project, those that go on first, then the newest; without the ones taken back."""
    actor.require(Permission.VIEW, project_id)
    rows = Incident.objects.of(actor).filter(project_id=project_id).exclude(state=IncidentState.WITHDRAWN)
    rows = rows.filter(declared_at__lt=until) if until else rows
    views = _views(rows.order_by("-declared_at")[:SHOWN])
    return tuple(sorted(views, key=lambda one: (not one.is_open, -one.declared_at.timestamp())))


def open_incidents(actor: Actor, project_id: UUID) -> tuple[IncidentView, ...]:
    """Those that go on."""
    actor.require(Permission.VIEW, project_id)
    return tuple(_views(Incident.objects.of(actor).open().filter(project_id=project_id)))


def incident_of(actor: Actor, incident_id: UUID) -> IncidentView:
    """One incident that the actor sees; IncidentNotFound otherwise."""
    row = Incident.objects.of(actor).filter(pk=incident_id).first()
    if row is None:
        raise IncidentNotFound(incident_id=incident_id)
    actor.require(Permission.VIEW, row.project_id)
    return view_of(row)


def incident_about(actor: Actor, problem_id: UUID) -> IncidentView | None:
    """The open incident that a problem is in."""
    row = Incident.objects.of(actor).open().filter(problems__problem_id=problem_id).first()
    return view_of(row) if row else None


def timeline_of(actor: Actor, incident_id: UUID) -> tuple[EntryView, ...]:
    """What happened, oldest first."""
    incident = incident_of(actor, incident_id)
    return tuple(_entry(row) for row in TimelineEntry.objects.filter(incident_id=incident.id).order_by("at", "id"))


def updates_of(actor: Actor, incident_id: UUID) -> tuple[UpdateView, ...]:
    """What people were told, newest first."""
    incident = incident_of(actor, incident_id)
    return tuple(
        UpdateView(
            id=row.pk,
            audience=Audience(row.audience),
            stage=row.stage,
            text=row.text,
            posted_at=row.posted_at,
            person_name=row.person_name,
            places=tuple(row.places),
        )
        for row in IncidentUpdate.objects.filter(incident_id=incident.id)
    )


def affected_of(actor: Actor, incident_id: UUID) -> tuple[AffectedView, ...]:
    """What has to recover."""
    incident = incident_of(actor, incident_id)
    return tuple(
        AffectedView(id=row.pk, api_id=row.api_id, feature=row.feature, name=str(row), since=row.since)
        for row in Affected.objects.filter(incident_id=incident.id)
    )


def mitigations_of(actor: Actor, incident_id: UUID) -> tuple[MitigationView, ...]:
    """What was done through the gateway."""
    incident = incident_of(actor, incident_id)
    return tuple(
        MitigationView(
            id=row.pk,
            route_id=row.route_id,
            api_id=row.api_id,
            to_api_id=row.to_api_id,
            verb=row.verb,
            text=row.text,
            applied_at=row.applied_at,
            applied_by=row.applied_by,
            until=row.until,
            withdrawn_at=row.withdrawn_at,
        )
        for row in Mitigation.objects.filter(incident_id=incident.id)
    )


def learnings_of(actor: Actor, project_id: UUID, *, search: str = "") -> tuple[LearningView, ...]:
    """What incidents taught, newest first; `search` are words that all have to be in it or in the incident's title."""
    actor.require(Permission.VIEW, project_id)
    rows = Learning.objects.filter(organisation_id=actor.organisation, project_id=project_id, removed_at=None)
    for word in search.split()[:8]:
        rows = rows.filter(text__icontains=word) | rows.filter(incident__title__icontains=word)
    return tuple(
        LearningView(
            id=row.pk,
            text=row.text,
            incident_id=row.incident_id,
            incident_code=f"INC-{row.incident.number}",
            incident_title=row.incident.title,
            at=row.created_at,
        )
        for row in rows.select_related("incident").order_by("-created_at")[:SHOWN]
    )


def people_of(actor: Actor, project_id: UUID) -> tuple[MemberView, ...]:
    """Who can have a role: the people who see the project."""
    everywhere = {Role.OWNER, Role.MANAGER}
    return tuple(
        member
        for member in members_of(actor)
        if member.role in everywhere or any(project.id == project_id for project in member.projects)
    )


def problem_ids_of(incident: Incident) -> tuple[UUID, ...]:
    """The problems that an incident is about."""
    return tuple(incident.problems.order_by("linked_at", "id").values_list("problem_id", flat=True))


def view_of(row: Incident) -> IncidentView:
    """An incident as its people see it."""
    return IncidentView(
        id=row.pk,
        number=row.number,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        title=row.title,
        severity=Severity(row.severity),
        state=IncidentState(row.state),
        began_at=row.began_at,
        declared_at=row.declared_at,
        declared_by=row.declared_by,
        acknowledged_at=row.acknowledged_at,
        mitigated_at=row.mitigated_at,
        recovered_at=row.recovered_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        close_reason=row.close_reason,
        next_update_at=row.next_update_at,
        recovery_minutes=row.recovery_minutes,
        undo_until=row.declared_at + rules.UNDO_FOR,
        problem_ids=tuple(sorted(one.problem_id for one in row.problems.all())),
        api_ids=tuple(dict.fromkeys(one.api_id for one in row.affected.all())),
        roles=tuple(
            sorted(
                (RoleView(role=IncidentRole(one.role), person_id=one.person_id, name=one.person_name) for one in row.roles.all()),
                key=lambda one: list(IncidentRole).index(one.role),
            )
        ),
    )


def _views(rows: IncidentQuerySet) -> list[IncidentView]:
    return [view_of(row) for row in rows.prefetch_related("problems", "affected", "roles")]


def _entry(row: TimelineEntry) -> EntryView:
    return EntryView(
        id=row.pk,
        kind=EntryKind(row.kind),
        at=row.at,
        text=row.text,
        detail=row.detail,
        url=row.url,
        person_id=row.person_id,
        person_name=row.person_name,
    )
