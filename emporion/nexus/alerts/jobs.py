"""What runs by itself: looking at every project, and taking in what others noticed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from emporion.gateway.routing import queries as routing
from emporion.gateway.routing.events import ApiRegistered, BudgetReached
from emporion.nexus.alerts import ruling, saying, watching
from emporion.nexus.alerts.gathering import Ground, fingerprint, gather
from emporion.nexus.alerts.memory import Memory
from emporion.nexus.alerts.models import AlertRule
from emporion.nexus.alerts.types import Kind, Observation, Said, Severity
from emporion.nexus.alerts.watching import Project, graph_of
from emporion.nexus.checks.events import CheckFailing, CheckRecovered
from emporion.nexus.providers.events import ProviderIncidentChanged, ProviderIncidentOpened, ProviderIncidentResolved
from emporion.nexus.signals.events import ExternalAlertReceived, HeartbeatMissed, HeartbeatReturned
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import Actor, JobContext

EVERY_SECONDS = 15
_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.PAGE,
    "page": Severity.PAGE,
    "emergency": Severity.PAGE,
    "high": Severity.PAGE,
    "info": Severity.INFO,
    "none": Severity.INFO,
    "low": Severity.INFO,
}


def watch_all(tick: Tick, *, job: JobContext) -> None:
    """Has each project with rules looked at, each by a job of its own, so that a slow one delays no other."""
    projects = AlertRule.objects.filter(removed_at=None, is_enabled=True).values_list("organisation_id", "project_id")
    slot = int(tick.at.timestamp() // EVERY_SECONDS)
    for organisation_id, project_id in projects.order_by("project_id").distinct():
        project = Project(organisation_id=organisation_id, project_id=project_id)
        enqueue("nexus.watch_project", project, now=job.now, key=f"watch:{project_id}:{slot}")


def watch_project(project: Project, *, job: JobContext) -> None:
    """Looks at one project once; what failed is not tried again, as the next look is due in seconds."""
    if job.attempt == 1:
        watching.watch(project, now=job.now)


def furnish_api(event: ApiRegistered, *, job: JobContext) -> None:
    """Gives a new API its default rules."""
    actor = Actor.system(event.organisation_id)
    ruling.furnish(project_id=event.project_id, api_id=event.api_id, name=event.name, actor=actor, now=job.now)


def take_budget(event: BudgetReached, *, job: JobContext) -> None:
    """A share of a budget is spent; of one of the whole organisation only who sees the whole hears."""
    project_id = event.project_id or _first_project(Actor.system(event.organisation_id))
    if project_id is None:
        return
    spent, limit = event.spent_picos / 10**12, event.limit_picos / 10**12
    noticed = _observation(
        Said(what=Kind.BUDGET.value, share=event.share_percent, value=spent, limit=limit),
        key=f"{event.budget_id}:{event.share_percent}:{event.at:%Y-%m-%d}",
        severity=Severity.TICKET if event.share_percent >= 100 else Severity.INFO,
        labels={"budget": str(event.budget_id)},
        at=event.at,
    )
    noticed = replace(noticed, is_whole=event.project_id is None)
    _take(_ground(event.organisation_id, project_id, job.now), noticed, job.now)


def take_failing_check(event: CheckFailing, *, job: JobContext) -> None:
    """A synthetic check fails."""
    noticed = _observation(
        Said(what=Kind.CHECK.value, name=event.name, detail=event.detail),
        key=str(event.check_id),
        severity=Severity.PAGE,
        labels={"check": event.name},
        at=event.at,
    )
    _take(_ground(event.organisation_id, event.project_id, job.now), replace(noticed, api_id=event.api_id), job.now)


def end_check(event: CheckRecovered, *, job: JobContext) -> None:
    """A check does as expected again."""
    _end(_ground(event.organisation_id, event.project_id, job.now), Kind.CHECK, str(event.check_id), job.now)


def take_missed_heartbeat(event: HeartbeatMissed, *, job: JobContext) -> None:
    """A job did not report."""
    last = event.last_at.isoformat() if event.last_at else ""
    noticed = _observation(
        Said(what=Kind.HEARTBEAT.value, name=event.name, reason=event.reason, at=last, detail=event.detail),
        key=str(event.heartbeat_id),
        severity=Severity.PAGE,
        labels={"job": event.name},
        at=event.at,
    )
    _take(_ground(event.organisation_id, event.project_id, job.now), replace(noticed, api_id=event.api_id), job.now)


def end_heartbeat(event: HeartbeatReturned, *, job: JobContext) -> None:
    """A job reports again."""
    _end(_ground(event.organisation_id, event.project_id, job.now), Kind.HEARTBEAT, str(event.heartbeat_id), job.now)


def take_provider_incident(event: ProviderIncidentOpened, *, job: JobContext) -> None:
    """A provider says that something is broken."""
    _take_provider(event, job.now)


def take_provider_change(event: ProviderIncidentChanged, *, job: JobContext) -> None:
    """A provider says more about what is broken."""
    _take_provider(event, job.now)


def end_provider_incident(event: ProviderIncidentResolved, *, job: JobContext) -> None:
    """A provider says that it is over."""
    _end(_ground(event.organisation_id, event.project_id, job.now), Kind.PROVIDER, str(event.incident_id), job.now)


def take_external(event: ExternalAlertReceived, *, job: JobContext) -> None:
    """Another system's alert fires, or is over."""
    ground = _ground(event.organisation_id, event.project_id, job.now)
    key = f"{event.receiver_id}:{event.fingerprint}"
    if not event.is_firing:
        _end(ground, Kind.EXTERNAL, key, job.now)
        return
    _take(ground, external(event, key, ground), job.now)


def external(event: ExternalAlertReceived, key: str, ground: Ground) -> Observation:
    """What another system's alert says to us; its labels may name one of our APIs."""
    labels = {str(name)[:60]: str(value)[:200] for name, value in list(event.labels.items())[:40]}
    labels.pop("apis", None)  # names ids of ours among our own alerts, and anything at all in somebody else's
    named = {name.lower(): api_id for api_id, name in ground.graph.name_of.items()}
    return Observation(
        kind=Kind.EXTERNAL,
        key=key,
        severity=_SEVERITIES.get(event.severity.lower(), Severity.TICKET),
        title=event.summary or event.name,
        sentence=event.name if event.summary else "",
        api_id=named.get(labels.get("api", "").lower()),
        labels=labels,
        started_at=min(event.at, max(event.starts_at, event.at - watching.LOOK_BACK)),
    )


def _take_provider(event: ProviderIncidentOpened | ProviderIncidentChanged, now: datetime) -> None:
    noticed = _observation(
        Said(what=Kind.PROVIDER.value, name=event.title),
        key=str(event.incident_id),
        severity=Severity.TICKET if event.impact in {"major", "critical"} else Severity.INFO,
        labels={"apis": " ".join(str(one) for one in event.api_ids[:50]), "url": event.url[:200], "impact": event.impact},
        at=event.at,
    )
    noticed = replace(noticed, api_id=event.api_ids[0] if event.api_ids else None)
    _take(_ground(event.organisation_id, event.project_id, now), noticed, now)


def _observation(said: Said, *, key: str, severity: Severity, labels: Mapping[str, str], at: datetime) -> Observation:
    """What others noticed, with its words of now for those who do not make them anew."""
    words = saying.said_in_words(said)
    return Observation(
        kind=Kind(said.what),
        key=key,
        severity=severity,
        title=words.title,
        sentence=words.sentence,
        labels={name: value for name, value in labels.items() if value},
        started_at=at,
        said=said,
    )


def _take(ground: Ground, noticed: Observation, now: datetime) -> None:
    gather(ground, [noticed], now=now)


def _end(ground: Ground, kind: Kind, key: str, now: datetime) -> None:
    gather(ground, (), over=[fingerprint(kind, key)], now=now)


def _ground(organisation_id: UUID, project_id: UUID, now: datetime) -> Ground:
    apis = routing.apis_of(Actor.system(organisation_id), project_id)
    noted = Memory(organisation_id, project_id, now).noted()
    return Ground(organisation_id=organisation_id, project_id=project_id, graph=graph_of(apis, noted))


def _first_project(actor: Actor) -> UUID | None:
    """Where what is about the whole organisation is kept: the project that watched first."""
    return AlertRule.objects.of(actor).order_by("created_at", "id").values_list("project_id", flat=True).first()
