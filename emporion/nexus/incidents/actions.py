"""Verbs of people on incidents: declare and take back, change, give roles, note what one sees, close."""

from contextlib import suppress
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from emporion.kernel.ids import new_id
from emporion.nexus.alerts import actions as alerts
from emporion.nexus.alerts.errors import ProblemClosed
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.incidents import declaring, rules, timeline
from emporion.nexus.incidents.errors import (
    IncidentNotFound,
    IncidentOver,
    NoteMissing,
    NotRecovered,
    PersonNotHere,
    TitleMissing,
    TooLateToUndo,
)
from emporion.nexus.incidents.events import IncidentChanged, IncidentClosed
from emporion.nexus.incidents.models import Incident, RoleHeld
from emporion.nexus.incidents.queries import incident_of, people_of, problem_ids_of, view_of
from emporion.nexus.incidents.recovery import missing_proof, proven_at
from emporion.nexus.incidents.types import (
    OPEN_STATES,
    EntryKind,
    Happening,
    IncidentRole,
    IncidentState,
    IncidentView,
    Severity,
)
from emporion.nexus.incidents.wording import ROLES
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, ActorKind, Permission, Role

ATTEMPTS = 5


def declare(*, problem_id: UUID, title: str = "", severity: Severity | None = None, actor: Actor, now: datetime) -> IncidentView:
    """Declares an incident from a problem and takes that on; the same problem twice is one incident."""
    problem = problem_of(actor, problem_id)
    api_ids = tuple(dict.fromkeys((*problem.api_ids, *((problem.api_id,) if problem.api_id else ()))))
    wanted = declaring.NewIncident(
        organisation_id=problem.organisation_id,
        project_id=problem.project_id,
        title=title,
        severity=severity,
        problem=problem,
        api_ids=api_ids,
    )
    declared = declare_incident(wanted=wanted, actor=actor, now=now)
    with suppress(ProblemClosed):  # it may be over, and is worth an incident all the same
        alerts.acknowledge(problem_id=problem_id, actor=actor, now=now)
    return declared


def declare_incident(*, wanted: declaring.NewIncident, actor: Actor, now: datetime) -> IncidentView:
    """Declares an incident, from a problem or by hand about some APIs. TitleMissing."""
    actor.require(Permission.USE, wanted.project_id)
    felt = declaring.felt_by(wanted, actor, now)
    for _attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                incident = declaring.open_incident(wanted.problem) or declaring.declared(wanted, felt, actor, now)
        except IntegrityError:  # somebody took the number in the same moment, perhaps for the same problem
            continue
        return view_of(incident)
    raise IncidentNotFound


def undo_declaration(*, incident_id: UUID, actor: Actor, now: datetime) -> IncidentView:
    """Takes a declaration back for a while, as long as nobody was told of it by an update. TooLateToUndo."""
    with transaction.atomic():
        incident = open_locked(actor, incident_id)
        if now > incident.declared_at + rules.UNDO_FOR or incident.updates.exists():
            raise TooLateToUndo
        incident.state, incident.closed_at, incident.closed_by = IncidentState.WITHDRAWN, now, actor.name[:150]
        incident.save(update_fields=["state", "closed_at", "closed_by"])
        timeline.write(incident, said(actor, EntryKind.CHANGED, _("Declaration taken back"), now), now=now)
        for problem_id in problem_ids_of(incident):
            alerts.link_incident(problem_id=problem_id, incident_id=None, actor=actor)
        publish_change(incident, now)
    return view_of(incident)


def change_incident(*, incident_id: UUID, title: str, severity: Severity, actor: Actor, now: datetime) -> IncidentView:
    """Gives an incident another title or severity. TitleMissing."""
    words = " ".join(title.split())[:200]
    if not words:
        raise TitleMissing(field="title")
    with transaction.atomic():
        incident = open_locked(actor, incident_id)
        lines = []
        if severity != incident.severity:
            lines.append(_("Severity %(before)s → %(after)s") % {"before": incident.severity, "after": int(severity)})
        if words != incident.title:
            lines.append(_("Renamed to “%(title)s”") % {"title": words})
        for line in lines:
            timeline.write(incident, said(actor, EntryKind.CHANGED, line, now), now=now)
        incident.title, incident.severity = words, severity
        incident.save(update_fields=["title", "severity"])
        publish_change(incident, now)
    return view_of(incident)


def assign(*, incident_id: UUID, role: IncidentRole, person_id: UUID, actor: Actor, now: datetime) -> IncidentView:
    """Gives a role to somebody of the project; whoever had it has it no more. PersonNotHere."""
    shown = incident_of(actor, incident_id)
    name = next((one.name or one.email for one in people_of(actor, shown.project_id) if one.person_id == person_id), "")
    if not name:
        raise PersonNotHere(field="person_id")
    with transaction.atomic():
        incident = open_locked(actor, incident_id)
        held = {"person_id": person_id, "person_name": name[:150], "since": now}
        RoleHeld.objects.update_or_create(incident=incident, role=role, defaults=held)
        text = _("%(role)s: %(name)s") % {"role": ROLES[role], "name": name}
        timeline.write(incident, said(actor, EntryKind.ROLE, text, now), now=now)
        publish_change(incident, now)
    return view_of(incident)


def add_note(*, incident_id: UUID, text: str, actor: Actor, now: datetime) -> IncidentView:
    """Writes a line on the timeline, also after the incident is closed. NoteMissing."""
    words = " ".join(text.split())[:500]
    if not words:
        raise NoteMissing(field="text")
    with transaction.atomic():
        incident = locked(actor, incident_id)
        timeline.write(incident, said(actor, EntryKind.NOTE, words, now), now=now)
    return view_of(incident)


def close(*, incident_id: UUID, reason: str = "", actor: Actor, now: datetime) -> IncidentView:
    """Closes an incident whose recovery is proven; an owner also without, by saying why. NotRecovered says what is missing."""
    words = " ".join(reason.split())[:500]
    shown = incident_of(actor, incident_id)
    actor.require(Permission.USE, shown.project_id)
    missing = missing_proof(actor, shown, now)
    if missing and not (words and may_override(actor)):
        raise NotRecovered(missing=missing, field="reason")
    with transaction.atomic():
        incident = open_locked(actor, incident_id)
        incident.state, incident.closed_at, incident.closed_by = IncidentState.CLOSED, now, actor.name[:150]
        incident.close_reason, incident.next_update_at = words if missing else "", None
        incident.recovered_at = None if missing else (incident.recovered_at or proven_at(incident) or now)
        incident.save()
        text = _("Incident closed without proof of recovery") if missing else _("Incident closed, recovery proven")
        line = said(actor, EntryKind.CLOSED, text, now, detail=words if missing else "")
        timeline.write(incident, line, now=now)
        problem_ids = problem_ids_of(incident)
        publish(IncidentClosed(**facts_of(incident, now), problem_ids=problem_ids, is_proven=not missing), now=now)
    return view_of(incident)


def may_override(actor: Actor) -> bool:
    """Whether the actor may close without proof: an owner, who answers for it."""
    return actor.kind is ActorKind.PERSON and actor.role is Role.OWNER


def locked(actor: Actor, incident_id: UUID) -> Incident:
    """An incident that the actor may act on, locked for this transaction; IncidentNotFound."""
    found = Incident.objects.of(actor).select_for_update().filter(pk=incident_id).first()
    if found is None:
        raise IncidentNotFound(incident_id=incident_id)
    actor.require(Permission.USE, found.project_id)
    return found


def open_locked(actor: Actor, incident_id: UUID) -> Incident:
    """The same, as long as it goes on; IncidentOver."""
    found = locked(actor, incident_id)
    if found.state not in OPEN_STATES:
        raise IncidentOver(number=found.number)
    return found


def said(actor: Actor, kind: EntryKind, text: str, now: datetime, *, detail: str = "") -> Happening:
    """A line about something that an actor did just now."""
    return Happening(
        key=f"{kind}:{new_id()}",
        kind=kind,
        at=now,
        text=text,
        detail=detail,
        person_id=actor.id if actor.kind is ActorKind.PERSON else None,
        person_name=actor.name,
    )


class Facts(TypedDict):
    """What every event of an incident says."""

    incident_id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    severity: int
    title: str
    at: datetime


def facts_of(incident: Incident, now: datetime) -> Facts:
    """What is said of an incident to those who listen."""
    return Facts(
        incident_id=incident.pk,
        number=incident.number,
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        severity=incident.severity,
        title=incident.title,
        at=now,
    )


def publish_change(incident: Incident, now: datetime) -> None:
    """Tells those who listen that an incident is not as it was, in the caller's transaction."""
    ids = problem_ids_of(incident)
    publish(IncidentChanged(**facts_of(incident, now), state=incident.state, problem_ids=ids), now=now)
