"""Reading deploys, heartbeats and the alerts of other systems; every question begins at the actor, except the data plane's."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from emporion.nexus.signals import rules
from emporion.nexus.signals.beating import pulse_of
from emporion.nexus.signals.errors import HeartbeatNotFound
from emporion.nexus.signals.models import DeployMark, HeartbeatRow, ReceivedAlert, Receiver
from emporion.nexus.signals.seen import signals_seen, unregistered
from emporion.nexus.signals.types import (
    AlertReceiver,
    BeatGrant,
    BeatState,
    Deploy,
    DeploySource,
    ExternalAlert,
    HeartbeatWatch,
)
from emporion.plumbing.secrets import decrypt
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "beat_grants",
    "deploy_view",
    "deploys",
    "external_alerts",
    "heartbeat_of",
    "heartbeat_view",
    "heartbeats_of",
    "receiver_view",
    "receivers_of",
    "removed_deploy",
    "removed_heartbeat",
    "removed_receiver",
    "signals_seen",
    "unregistered",
]

MOST_DEPLOYS = 500
MOST_ALERTS = 200
_WORST = {state: place for place, state in enumerate((BeatState.MISSING, BeatState.FAILED, BeatState.LATE, BeatState.RUNNING))}


def deploys(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> tuple[Deploy, ...]:
    """The deploys of a stretch of time (`until` excluded), newest first, at most 500."""
    actor.require(Permission.VIEW, project_id)
    rows = DeployMark.objects.of(actor).filter(project_id=project_id, removed_at=None, at__gte=since, at__lt=until)
    return tuple(deploy_view(row) for row in rows[:MOST_DEPLOYS])


def removed_deploy(actor: Actor, deploy_id: UUID | None) -> Deploy | None:
    """A deploy that was taken out and could come back."""
    if deploy_id is None or actor.organisation_id is None:
        return None
    row = DeployMark.objects.of(actor).filter(pk=deploy_id).exclude(removed_at=None).first()
    return deploy_view(row) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def heartbeats_of(actor: Actor, project_id: UUID, *, now: datetime) -> tuple[HeartbeatWatch, ...]:
    """The heartbeats of a project, those that need somebody first."""
    actor.require(Permission.VIEW, project_id)
    rows = HeartbeatRow.objects.of(actor).filter(project_id=project_id, removed_at=None)
    views = [heartbeat_view(row, now=now) for row in rows]
    return tuple(sorted(views, key=lambda view: (_WORST.get(view.state, len(_WORST)), view.name.lower())))


def heartbeat_of(actor: Actor, heartbeat_id: UUID, *, now: datetime) -> HeartbeatWatch:
    """One heartbeat that the actor sees; HeartbeatNotFound otherwise. Its address only for who may configure."""
    row = HeartbeatRow.objects.of(actor).filter(pk=heartbeat_id, removed_at=None).first()
    if row is None:
        raise HeartbeatNotFound(heartbeat_id=heartbeat_id)
    return heartbeat_view(row, now=now, shows_address=actor.may(Permission.CONFIGURE, row.project_id))


def removed_heartbeat(actor: Actor, heartbeat_id: UUID | None, *, now: datetime) -> HeartbeatWatch | None:
    """A heartbeat that was taken away and could come back."""
    if heartbeat_id is None or actor.organisation_id is None:
        return None
    row = HeartbeatRow.objects.of(actor).filter(pk=heartbeat_id).exclude(removed_at=None).first()
    return heartbeat_view(row, now=now) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def receivers_of(actor: Actor, project_id: UUID) -> tuple[AlertReceiver, ...]:
    """The addresses for alerts of a project; shown as they are to who may configure."""
    actor.require(Permission.VIEW, project_id)
    rows = Receiver.objects.of(actor).filter(project_id=project_id, removed_at=None)
    firing = dict(rows.annotate(firing=Count("alerts", filter=Q(alerts__is_firing=True))).values_list("pk", "firing"))
    shows = actor.may(Permission.CONFIGURE, project_id)
    return tuple(receiver_view(row, firing=firing[row.pk], shows_address=shows) for row in rows)


def removed_receiver(actor: Actor, receiver_id: UUID | None) -> AlertReceiver | None:
    """An address that was taken away and could come back."""
    if receiver_id is None or actor.organisation_id is None:
        return None
    row = Receiver.objects.of(actor).filter(pk=receiver_id).exclude(removed_at=None).first()
    return receiver_view(row) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def external_alerts(actor: Actor, project_id: UUID, *, since: datetime) -> tuple[ExternalAlert, ...]:
    """Alerts of other systems: those that fire, then those that ended since then, newest first."""
    actor.require(Permission.VIEW, project_id)
    rows = ReceivedAlert.objects.of(actor).filter(project_id=project_id, receiver__removed_at=None)
    rows = rows.filter(Q(is_firing=True) | Q(ends_at__gte=since)).order_by("-is_firing", "-starts_at")
    return tuple(_alert_view(row) for row in rows[:MOST_ALERTS])


def beat_grants() -> tuple[BeatGrant, ...]:
    """What the data plane is told: every heartbeat that is waited for, whoever owns it."""
    rows = HeartbeatRow.objects.filter(removed_at=None).values_list("pk", "digest", "organisation_id", "project_id")
    return tuple(
        BeatGrant(heartbeat_id=pk, digest=digest, organisation_id=organisation_id, project_id=project_id)
        for pk, digest, organisation_id, project_id in rows
    )


def deploy_view(row: DeployMark) -> Deploy:
    """A deploy as its people see it."""
    return Deploy(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        service=row.service,
        version=row.version,
        environment=row.environment,
        who=row.who,
        link=row.link,
        change=row.change,
        source=DeploySource(row.source),
        at=row.at,
    )


def heartbeat_view(row: HeartbeatRow, *, now: datetime, shows_address: bool = False) -> HeartbeatWatch:
    """A heartbeat as its people see it."""
    return HeartbeatWatch(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        api_id=row.api_id,
        name=row.name,
        period_seconds=row.period_seconds,
        grace_seconds=row.grace_seconds,
        state=rules.shown_state(pulse_of(row), is_paused=row.paused_at is not None, now=now),
        address=f"{settings.ENVIRONMENT.site_url}/beat/{decrypt(row.token)}" if shows_address else "",
        created_at=row.created_at,
        last_at=row.last_at,
        due_at=row.due_at,
        since=row.since,
        detail=row.detail,
        last_duration_ms=row.last_duration_ms,
    )


def receiver_view(row: Receiver, *, firing: int = 0, shows_address: bool = False) -> AlertReceiver:
    """An address for alerts as its people see it."""
    address = f"{settings.ENVIRONMENT.site_url}/api/nexus/alertmanager/{decrypt(row.token)}/" if shows_address else ""
    return AlertReceiver(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        address=address,
        created_at=row.created_at,
        last_at=row.last_at,
        firing=firing,
    )


def _alert_view(row: ReceivedAlert) -> ExternalAlert:
    return ExternalAlert(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        receiver_id=row.receiver_id,
        fingerprint=row.fingerprint,
        name=row.name,
        severity=row.severity,
        is_firing=row.is_firing,
        summary=row.summary,
        url=row.url,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        labels=row.labels,
        annotations=row.annotations,
    )
