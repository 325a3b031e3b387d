"""What a declaration works out by itself: since when, how bad, what it is called, what has to recover, what happened before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from emporion.gateway.routing.queries import apis_of
from emporion.nexus.alerts import actions as alerts
from emporion.nexus.alerts.types import ProblemView
from emporion.nexus.apis.figures import impact
from emporion.nexus.apis.standing import failing_since
from emporion.nexus.apis.types import Impact, Scope
from emporion.nexus.incidents import rules, timeline
from emporion.nexus.incidents.errors import TitleMissing
from emporion.nexus.incidents.events import IncidentDeclared
from emporion.nexus.incidents.models import Affected, Incident, LinkedProblem, RoleHeld
from emporion.nexus.incidents.types import OPEN_STATES, EntryKind, Happening, IncidentRole, Severity
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, ActorKind

MOST_FEATURES = 8  # of one API whose recovery is proven one by one; beyond them the API as a whole has to recover


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """What is declared: `severity` and `title` are proposed from the problem where they are not given."""

    organisation_id: UUID
    project_id: UUID
    title: str = ""
    severity: Severity | None = None
    problem: ProblemView | None = None
    api_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """Since when the trouble is there, and who feels it, by API; counted before the transaction begins."""

    began_at: datetime
    impacts: Mapping[UUID, Impact]

    @property
    def features(self) -> tuple[str, ...]:
        """The features that people miss, most missed first."""
        found = [one for impact in self.impacts.values() for one in impact.features if one.name]
        return tuple(dict.fromkeys(one.name for one in sorted(found, key=lambda one: (-one.customers, -one.failed_calls))))


def felt_by(wanted: NewIncident, actor: Actor, now: datetime) -> Felt:
    """Who feels it, from the calls since it began."""
    scopes = {api_id: Scope(project_id=wanted.project_id, api_id=api_id) for api_id in wanted.api_ids}
    noticed_at = began_at = began(wanted.problem, now)
    if wanted.problem:
        began_at = min((noticed_at, *(failing_since(actor, scope, noticed_at) for scope in scopes.values())))
    since = began_at - timedelta(minutes=1)  # the minute in which it was noticed is not the one in which it began
    return Felt(
        began_at=began_at,
        impacts={api_id: impact(actor, scope, since, now) for api_id, scope in scopes.items()},
    )


def began(problem: ProblemView | None, now: datetime) -> datetime:
    """When the trouble was noticed: in the minute of the first alert of the problem."""
    if problem is None:
        return _floor(now)
    return _floor(min((problem.opened_at, *(alert.started_at for alert in problem.alerts))))


def open_incident(problem: ProblemView | None) -> Incident | None:
    """The incident that a problem is already in."""
    if problem is None:
        return None
    return Incident.objects.filter(problems__problem_id=problem.id, state__in=OPEN_STATES).first()


def proposals(wanted: NewIncident, felt: Felt) -> tuple[str, Severity]:
    """The title and the severity, as given or as proposed. TitleMissing by hand without one."""
    problem = wanted.problem
    title = " ".join(wanted.title.split())[:200] or (rules.proposed_title(problem.title, felt.features) if problem else "")
    if not title:
        raise TitleMissing(field="title")
    customers = max((impact.customers for impact in felt.impacts.values()), default=0)
    active = max((impact.active_customers for impact in felt.impacts.values()), default=0)
    severity = wanted.severity or rules.proposed_severity(problem.priority if problem else Severity.MINOR, customers, active)
    return title, severity


def declared(wanted: NewIncident, felt: Felt, actor: Actor, now: datetime) -> Incident:
    """Writes the incident with everything that is known of it, in the caller's transaction."""
    title, severity = proposals(wanted, felt)
    problem = wanted.problem
    last = Incident.objects.filter(project_id=wanted.project_id).aggregate(last=Max("number"))["last"] or 0
    incident = Incident.objects.create(
        organisation_id=wanted.organisation_id,
        project_id=wanted.project_id,
        number=last + 1,
        title=title,
        severity=severity,
        began_at=felt.began_at,
        watch_from=felt.began_at - rules.LOOKS_BACK,
        declared_at=now,
        declared_by_id=actor.id if actor.kind is ActorKind.PERSON else None,
        declared_by=actor.name[:150],
        acknowledged_at=problem.acknowledged_at if problem else None,
        next_update_at=rules.next_update(severity, now),
    )
    if problem is not None:
        LinkedProblem.objects.create(incident=incident, problem_id=problem.id, linked_at=now)
        alerts.link_incident(problem_id=problem.id, incident_id=incident.pk, actor=actor)
    _touch(incident, wanted, felt, actor)
    if actor.kind is ActorKind.PERSON and actor.id is not None:
        RoleHeld.objects.create(
            incident=incident, role=IncidentRole.LEAD, person_id=actor.id, person_name=actor.name[:150], since=now
        )
    _first_lines(incident, problem, actor, now)
    _tell(incident, (problem.id,) if problem else (), now)
    return incident


def _tell(incident: Incident, problem_ids: tuple[UUID, ...], now: datetime) -> None:
    event = IncidentDeclared(
        incident_id=incident.pk,
        number=incident.number,
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        severity=incident.severity,
        title=incident.title,
        at=now,
        problem_ids=problem_ids,
        declared_by=incident.declared_by,
    )
    publish(event, now=now)


def _touch(incident: Incident, wanted: NewIncident, felt: Felt, actor: Actor) -> None:
    names = {api.id: api.name for api in apis_of(actor, wanted.project_id)}
    for api_id, felt_there in felt.impacts.items():
        features = [one.name for one in felt_there.features if one.name and one.failed_calls][:MOST_FEATURES]
        for feature in features or [""]:
            Affected.objects.create(
                incident=incident,
                api_id=api_id,
                api_name=names.get(api_id, _("A removed API"))[:120],
                feature=feature,
                since=felt.began_at,
            )


def _first_lines(incident: Incident, problem: ProblemView | None, actor: Actor, now: datetime) -> None:
    if problem is not None:
        lines = [
            Happening(
                key=f"problem:{problem.id}:opened",
                kind=EntryKind.PROBLEM,
                at=problem.opened_at,
                text=problem.title,
                detail=problem.sentence,
                url=problem_url(problem.id),
            )
        ]
        if len(problem.alerts) > 1:
            lines.append(
                Happening(
                    key=f"problem:{problem.id}:grouped",
                    kind=EntryKind.GROUPED,
                    at=min(max(alert.started_at for alert in problem.alerts), now),
                    text=_("%(count)s alerts grouped into one") % {"count": len(problem.alerts)},
                    detail=rules.listed(problem.why),
                    url=problem_url(problem.id),
                )
            )
        for line in lines:
            timeline.write(incident, line, now=now)
    text = _("Incident declared, severity %(severity)s") % {"severity": incident.severity}
    said = Happening(
        key="declared",
        kind=EntryKind.DECLARED,
        at=now,
        text=text,
        person_id=actor.id if actor.kind is ActorKind.PERSON else None,
        person_name=actor.name,
    )
    timeline.write(incident, said, now=now)
    timeline.gather(incident, now=now)


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def problem_url(problem_id: UUID) -> str:
    """Where a problem is."""
    return f"/nexus/alerts/{problem_id}/"
