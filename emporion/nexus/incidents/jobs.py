"""Listeners that write timelines, and what is done each minute: judge recovery, take routes back, remind of updates."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.accounts.actions import notify_people
from emporion.accounts.events import PersonDeleted
from emporion.gateway.routing.events import BudgetReached, RouteChanged
from emporion.nexus.alerts.events import ProblemAcknowledged, ProblemGrew, ProblemOpened, ProblemResolved
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.checks.events import CheckFailing, CheckRecovered
from emporion.nexus.incidents import mitigating, recovery, timeline
from emporion.nexus.incidents.declaring import problem_url
from emporion.nexus.incidents.events import IncidentDeclared
from emporion.nexus.incidents.models import (
    ActionItem,
    Incident,
    IncidentUpdate,
    Learning,
    Occurrence,
    ReportVersion,
    RoleHeld,
    TimelineEntry,
)
from emporion.nexus.incidents.types import About, EntryKind, Happening, IncidentRole
from emporion.nexus.providers.events import ProviderIncidentChanged, ProviderIncidentOpened, ProviderIncidentResolved
from emporion.nexus.signals.events import DeployMarked, HeartbeatMissed, HeartbeatReturned
from emporion.notify.types import Channel, Message, Topic
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import Actor, JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Which incident's recovery is judged."""

    incident_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Which update is due."""

    incident_id: UUID
    due_at: datetime


def each_minute(payload: Tick, *, job: JobContext) -> None:
    """Judge each open incident in a job of its own; take routes back; remind of updates that are due."""
    for incident in Incident.objects.open():
        enqueue("nexus.incidents.judge", Judge(incident_id=incident.pk), now=job.now)
        due = incident.next_update_at
        if due is not None and due <= job.now:
            key = f"nexus:remind:{incident.pk}:{due.isoformat()}"
            enqueue("nexus.incidents.remind", Remind(incident_id=incident.pk, due_at=due), now=job.now, key=key)
    mitigating.go_back(now=job.now)


def judge(payload: Judge, *, job: JobContext) -> None:
    """Judge the minutes of one incident."""
    recovery.judge(incident_id=payload.incident_id, now=job.now)


def remind(payload: Remind, *, job: JobContext) -> None:
    """Tell whoever writes the updates, or who leads, that one is due; not when it was posted in the meantime."""
    incident = Incident.objects.open().filter(pk=payload.incident_id, next_update_at=payload.due_at).first()
    if incident is None:
        return
    held = {role.role: role.person_id for role in incident.roles.all()}
    person_id = held.get(IncidentRole.UPDATES) or held.get(IncidentRole.LEAD)
    message = Message(
        topic=Topic.INCIDENT,
        title=_("INC-%(number)s: an update is due") % {"number": incident.number},
        body=_("People were promised to hear how it stands by now. One tap posts the draft."),
        url=f"/nexus/incidents/{incident.pk}/#update",
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        kind="nexus.incident.update_due",
        tag=f"incident-{incident.pk}",
    )
    notify_people(
        organisation_id=incident.organisation_id,
        project_id=incident.project_id,
        person_ids=(person_id,) if person_id else (),
        message=message,
        now=job.now,
    )


def forget_old(payload: Tick, *, job: JobContext) -> None:
    """Forget what happened long ago without an incident."""
    timeline.forget_old(now=job.now)


def tell_of_declaration(event: IncidentDeclared, *, job: JobContext) -> None:
    """Show it to the people who can act; who is called, and which channels hear of it, is the business of on-call."""
    incident = Incident.objects.open().filter(pk=event.incident_id).first()
    if incident is None:
        return  # taken back in the meantime
    message = Message(
        topic=Topic.INCIDENT,
        title=_("INC-%(number)s declared, severity %(severity)s") % {"number": event.number, "severity": event.severity},
        body=event.title,
        url=f"/nexus/incidents/{event.incident_id}/",
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        kind="nexus.incident.declared",
        facts={"incident": f"INC-{event.number}", "severity": str(event.severity), "by": event.declared_by},
        tag=f"incident-{event.incident_id}",
        channels=frozenset({Channel.IN_APP}),
    )
    notify_people(organisation_id=event.organisation_id, project_id=event.project_id, message=message, now=job.now)


def on_problem_opened(event: ProblemOpened, *, job: JobContext) -> None:
    """A fault was noticed."""
    sentence = problem_of(Actor.system(event.organisation_id), event.problem_id).sentence
    _problem(event, "opened", EntryKind.PROBLEM, event.title, sentence, job)


def on_problem_grew(event: ProblemGrew, *, job: JobContext) -> None:
    """A fault became more urgent."""
    _problem(event, f"grew:{event.at.isoformat()}", EntryKind.PROBLEM, _("More urgent: %s") % event.title, "", job)


def on_problem_acknowledged(event: ProblemAcknowledged, *, job: JobContext) -> None:
    """Somebody has it."""
    by = problem_of(Actor.system(event.organisation_id), event.problem_id).acknowledged_by
    Incident.objects.filter(problems__problem_id=event.problem_id, acknowledged_at=None).update(acknowledged_at=event.at)
    text = _("%(name)s has it") % {"name": by} if by else _("Somebody has it")
    _problem(event, f"acknowledged:{event.at.isoformat()}", EntryKind.ACKNOWLEDGED, text, event.title, job)


def on_problem_resolved(event: ProblemResolved, *, job: JobContext) -> None:
    """The alerts are quiet again."""
    _problem(event, f"resolved:{event.at.isoformat()}", EntryKind.RESOLVED, _("Alerts are quiet: %s") % event.title, "", job)


def on_deploy(event: DeployMarked, *, job: JobContext) -> None:
    """Something was put out, which may be the cause."""
    happening = Happening(
        key=f"deploy:{event.deploy_id}",
        kind=EntryKind.DEPLOY,
        at=event.at,
        text=_("Deploy %(service)s %(version)s") % {"service": event.service, "version": event.version},
        url="/nexus/deploys/",
    )
    about = About(organisation_id=event.organisation_id, project_id=event.project_id)
    timeline.record(happening=happening, about=about, now=job.now)


def on_provider_opened(event: ProviderIncidentOpened, *, job: JobContext) -> None:
    """The provider says so itself."""
    _provider(event, "opened", _("The provider confirms: %s") % event.title, job)


def on_provider_changed(event: ProviderIncidentChanged, *, job: JobContext) -> None:
    """The provider says more."""
    _provider(event, f"{event.stage}:{event.at.isoformat()}", _("The provider says: %s") % event.title, job)


def on_provider_resolved(event: ProviderIncidentResolved, *, job: JobContext) -> None:
    """The provider says that it is over."""
    _provider(event, "resolved", _("The provider says that it is over: %s") % event.title, job)


def on_check_failing(event: CheckFailing, *, job: JobContext) -> None:
    """A check fails."""
    _check(event, "failing", _("Check %s fails") % (event.name or event.check_id), job)


def on_check_recovered(event: CheckRecovered, *, job: JobContext) -> None:
    """A check holds again."""
    _check(event, "recovered", _("Check %s is green again") % (event.name or event.check_id), job)


def on_heartbeat_missed(event: HeartbeatMissed, *, job: JobContext) -> None:
    """A job of theirs did not report."""
    _beat(event, "missed", _("No sign of life from %s") % event.name, job)


def on_heartbeat_returned(event: HeartbeatReturned, *, job: JobContext) -> None:
    """It reports again."""
    _beat(event, "returned", _("%s reports again") % event.name, job)


def on_route_changed(event: RouteChanged, *, job: JobContext) -> None:
    """Somebody led calls elsewhere, or back."""
    mitigating.follow_route(event, now=job.now)


def on_budget_reached(event: BudgetReached, *, job: JobContext) -> None:
    """A budget is nearly spent, which may be why calls are refused."""
    if event.project_id is None:
        return
    happening = Happening(
        key=f"budget:{event.budget_id}:{event.share_percent}:{event.at.date()}",
        kind=EntryKind.BUDGET,
        at=event.at,
        text=_("%(share)s%% of a budget is spent") % {"share": event.share_percent},
        url="/nexus/gateway/budgets/",
    )
    about = About(organisation_id=event.organisation_id, project_id=event.project_id)
    timeline.record(happening=happening, about=about, now=job.now)


def forget_person(event: PersonDeleted, *, job: JobContext) -> None:
    """Shows another name where somebody acted who has left for good."""
    TimelineEntry.objects.filter(person_id=event.person_id).update(person_name=event.name)
    Occurrence.objects.filter(person_id=event.person_id).update(person_name=event.name)
    IncidentUpdate.objects.filter(person_id=event.person_id).update(person_name=event.name)
    RoleHeld.objects.filter(person_id=event.person_id).update(person_name=event.name)
    Incident.objects.filter(declared_by_id=event.person_id).update(declared_by=event.name)
    ReportVersion.objects.filter(author_id=event.person_id).update(author_name=event.name)
    Learning.objects.filter(author_id=event.person_id).update(author_name=event.name)
    ActionItem.objects.filter(owner_id=event.person_id).update(owner_name=event.name)


def _problem(
    event: ProblemOpened | ProblemGrew | ProblemAcknowledged | ProblemResolved,
    what: str,
    kind: EntryKind,
    text: str,
    detail: str,
    job: JobContext,
) -> None:
    if event.is_whole:  # an incident is of a project, and its people need not know
        return
    happening = Happening(
        key=f"problem:{event.problem_id}:{what}",
        kind=kind,
        at=event.at,
        text=text,
        detail=detail,
        url=problem_url(event.problem_id),
    )
    about = About(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        problem_id=event.problem_id,
        api_ids=(event.api_id,) if event.api_id else (),
    )
    timeline.record(happening=happening, about=about, now=job.now)


def _provider(
    event: ProviderIncidentOpened | ProviderIncidentChanged | ProviderIncidentResolved, what: str, text: str, job: JobContext
) -> None:
    happening = Happening(
        key=f"provider:{event.incident_id}:{what}",
        kind=EntryKind.PROVIDER,
        at=event.at,
        text=text,
        detail=_("Provider’s status page"),
        url=event.url if event.url.startswith(("https://", "http://")) else "",
    )
    about = About(organisation_id=event.organisation_id, project_id=event.project_id, api_ids=event.api_ids)
    timeline.record(happening=happening, about=about, now=job.now)


def _check(event: CheckFailing | CheckRecovered, what: str, text: str, job: JobContext) -> None:
    happening = Happening(
        key=f"check:{event.check_id}:{what}:{event.at.isoformat()}",
        kind=EntryKind.CHECK,
        at=event.at,
        text=text,
        detail=event.detail,
        url=f"/nexus/checks/{event.check_id}/",
    )
    api_ids = (event.api_id,) if event.api_id else ()
    about = About(organisation_id=event.organisation_id, project_id=event.project_id, api_ids=api_ids)
    timeline.record(happening=happening, about=about, now=job.now)


def _beat(event: HeartbeatMissed | HeartbeatReturned, what: str, text: str, job: JobContext) -> None:
    happening = Happening(
        key=f"heartbeat:{event.heartbeat_id}:{what}:{event.at.isoformat()}",
        kind=EntryKind.CHECK,
        at=event.at,
        text=text,
        url="/nexus/checks/",
    )
    api_ids = (event.api_id,) if event.api_id else ()
    about = About(organisation_id=event.organisation_id, project_id=event.project_id, api_ids=api_ids)
    timeline.record(happening=happening, about=about, now=job.now)
