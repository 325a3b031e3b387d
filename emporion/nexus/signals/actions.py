"""Verbs of signals: mark a deploy, make and change heartbeats and addresses for alerts, take in another system's alerts."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing import queries as gateway
from emporion.nexus.signals import rules
from emporion.nexus.signals.deploy_shapes import checked
from emporion.nexus.signals.errors import DeployNotFound, HeartbeatNotFound, ReceiverNotFound, TooManyWatches
from emporion.nexus.signals.events import DeployMarked, HeartbeatsChanged
from emporion.nexus.signals.models import DeployMark, HeartbeatRow, Receiver
from emporion.nexus.signals.queries import deploy_view, heartbeat_view, receiver_view
from emporion.nexus.signals.types import AlertReceiver, BeatState, Deploy, HeartbeatWatch, NewDeploy, NewHeartbeat
from emporion.plumbing.actions import publish
from emporion.plumbing.secrets import digest, encrypt, new_token
from emporion.plumbing.types import Actor, Permission

BEAT_PREFIX = "hb_"
RECEIVER_PREFIX = "in_"


def mark_deploy(*, deploy: NewDeploy, project_id: UUID, actor: Actor, now: datetime) -> Deploy:
    """Notes that a version went live; the same `key` again gives the deploy that is there. DeployUnreadable."""
    actor.require(Permission.USE, project_id)
    checked(deploy, now)
    values = {
        "organisation_id": actor.organisation,
        "service": deploy.service.strip()[:120],
        "version": deploy.version.strip()[:120],
        "environment": deploy.environment.strip()[:60],
        "who": (deploy.who.strip() or actor.name)[:120],
        "link": deploy.link,
        "change": deploy.change.strip()[:1000],
        "source": deploy.source,
        "at": deploy.at or now,
        "created_at": now,
    }
    with transaction.atomic():
        if deploy.key:
            row, is_new = DeployMark.objects.get_or_create(project_id=project_id, key=deploy.key[:200], defaults=values)
        else:
            row, is_new = DeployMark.objects.create(project_id=project_id, **values), True
        if is_new:
            publish(
                DeployMarked(
                    deploy_id=row.pk,
                    organisation_id=row.organisation_id,
                    project_id=project_id,
                    service=row.service,
                    version=row.version,
                    at=row.at,
                ),
                now=now,
            )
    return deploy_view(row)


def remove_deploy(*, deploy_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes a deploy out of the list and off the charts; it can come back."""
    row = _deploy(deploy_id, actor, is_removed=False)
    row.removed_at = now
    row.save(update_fields=["removed_at"])


def restore_deploy(*, deploy_id: UUID, actor: Actor) -> None:
    """Brings a removed deploy back."""
    row = _deploy(deploy_id, actor, is_removed=True)
    row.removed_at = None
    row.save(update_fields=["removed_at"])


def _deploy(deploy_id: UUID, actor: Actor, *, is_removed: bool) -> DeployMark:
    row = DeployMark.objects.of(actor).filter(pk=deploy_id, removed_at__isnull=not is_removed).first()
    if row is None:
        raise DeployNotFound(deploy_id=deploy_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def add_heartbeat(*, heartbeat: NewHeartbeat, project_id: UUID, actor: Actor, now: datetime) -> HeartbeatWatch:
    """Waits for a job from its first sign of life on; TooManyWatches."""
    actor.require(Permission.CONFIGURE, project_id)
    if HeartbeatRow.objects.filter(project_id=project_id, removed_at=None).count() >= rules.MOST_HEARTBEATS:
        raise TooManyWatches(most=rules.MOST_HEARTBEATS)
    _require_api(actor, heartbeat.api_id, project_id)
    token = new_token(BEAT_PREFIX)
    with transaction.atomic():
        row = HeartbeatRow.objects.create(
            organisation_id=actor.organisation,
            project_id=project_id,
            api_id=heartbeat.api_id,
            name=heartbeat.name.strip()[:120],
            digest=digest(token),
            token=encrypt(token),
            period_seconds=heartbeat.period_seconds,
            grace_seconds=heartbeat.grace_seconds,
            created_at=now,
        )
        _tell_heartbeat(row, "add", actor=actor, now=now)
    return heartbeat_view(row, now=now)


def change_heartbeat(*, heartbeat_id: UUID, heartbeat: NewHeartbeat, actor: Actor, now: datetime) -> HeartbeatWatch:
    """Changes how often a job is to report; counted from the last time that it did."""
    with transaction.atomic():
        row = _heartbeat(heartbeat_id, actor)
        _require_api(actor, heartbeat.api_id, row.project_id)
        row.name, row.api_id = heartbeat.name.strip()[:120], heartbeat.api_id
        row.period_seconds, row.grace_seconds = heartbeat.period_seconds, heartbeat.grace_seconds
        if row.due_at is not None and row.last_at is not None and row.started_at is None:
            row.due_at = row.last_at + timedelta(seconds=row.period_seconds + row.grace_seconds)
        row.save()
        _tell_heartbeat(row, "change", actor=actor, now=now)
    return heartbeat_view(row, now=now)


def pause_heartbeat(*, heartbeat_id: UUID, actor: Actor, now: datetime) -> None:
    """Waits for nothing until it is resumed; signs of life are still taken in."""
    with transaction.atomic():
        row = _heartbeat(heartbeat_id, actor)
        row.paused_at = row.paused_at or now
        row.save(update_fields=["paused_at"])
        _tell_heartbeat(row, "pause", actor=actor, now=now)


def resume_heartbeat(*, heartbeat_id: UUID, actor: Actor, now: datetime) -> None:
    """Waits again, for a whole turn from now."""
    with transaction.atomic():
        row = _heartbeat(heartbeat_id, actor)
        row.paused_at = None
        if row.last_at is not None:
            row.state, row.since, row.started_at = BeatState.ALIVE, now, None
            row.due_at = now + timedelta(seconds=row.period_seconds + row.grace_seconds)
        row.save()
        _tell_heartbeat(row, "resume", actor=actor, now=now)


def remove_heartbeat(*, heartbeat_id: UUID, actor: Actor, now: datetime) -> None:
    """Waits no longer; its address answers that it is gone. It can come back."""
    with transaction.atomic():
        row = _heartbeat(heartbeat_id, actor)
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        _tell_heartbeat(row, "remove", actor=actor, now=now)


def restore_heartbeat(*, heartbeat_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed heartbeat back under its old address; it waits for a whole turn from now."""
    with transaction.atomic():
        row = _heartbeat(heartbeat_id, actor, is_removed=True)
        row.removed_at = None
        if row.due_at is not None:
            row.due_at = now + timedelta(seconds=row.period_seconds + row.grace_seconds)
        row.save(update_fields=["removed_at", "due_at"])
        _tell_heartbeat(row, "restore", actor=actor, now=now)


def add_receiver(*, name: str, project_id: UUID, actor: Actor, now: datetime) -> AlertReceiver:
    """An address at which another system's webhooks are taken in; TooManyWatches."""
    actor.require(Permission.CONFIGURE, project_id)
    if Receiver.objects.filter(project_id=project_id, removed_at=None).count() >= rules.MOST_RECEIVERS:
        raise TooManyWatches(most=rules.MOST_RECEIVERS)
    token = new_token(RECEIVER_PREFIX)
    with transaction.atomic():
        row = Receiver.objects.create(
            organisation_id=actor.organisation,
            project_id=project_id,
            name=name.strip()[:120],
            digest=digest(token),
            token=encrypt(token),
            created_at=now,
        )
        record_audit(actor=actor, verb="add", object_type="alert_receiver", object_id=row.pk, detail=row.name, now=now)
    return receiver_view(row)


def remove_receiver(*, receiver_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes in nothing more at this address; it can come back."""
    _set_receiver(receiver_id, actor, verb="remove", removed_at=now, now=now)


def restore_receiver(*, receiver_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed address back."""
    _set_receiver(receiver_id, actor, verb="restore", removed_at=None, now=now)


def _set_receiver(receiver_id: UUID, actor: Actor, *, verb: str, removed_at: datetime | None, now: datetime) -> None:
    with transaction.atomic():
        row = Receiver.objects.of(actor).filter(pk=receiver_id, removed_at__isnull=removed_at is not None).first()
        if row is None:
            raise ReceiverNotFound(receiver_id=receiver_id)
        actor.require(Permission.CONFIGURE, row.project_id)
        row.removed_at = removed_at
        row.save(update_fields=["removed_at"])
        record_audit(actor=actor, verb=verb, object_type="alert_receiver", object_id=row.pk, detail=row.name, now=now)


def _heartbeat(heartbeat_id: UUID, actor: Actor, *, is_removed: bool = False) -> HeartbeatRow:
    """The heartbeat, where the actor may configure its project; HeartbeatNotFound, Denied."""
    rows = HeartbeatRow.objects.select_for_update().of(actor).filter(removed_at__isnull=not is_removed)
    row = rows.filter(pk=heartbeat_id).first()
    if row is None:
        raise HeartbeatNotFound(heartbeat_id=heartbeat_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _require_api(actor: Actor, api_id: UUID | None, project_id: UUID) -> None:
    """Refuses another project's API."""
    if api_id is not None and gateway.api_of(actor, api_id).project_id != project_id:
        raise HeartbeatNotFound(api_id=api_id)


def _tell_heartbeat(row: HeartbeatRow, verb: str, *, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="heartbeat", object_id=row.pk, detail=row.name, now=now)
    publish(HeartbeatsChanged(heartbeat_id=row.pk), now=now)
