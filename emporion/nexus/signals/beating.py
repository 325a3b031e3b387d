"""Follows heartbeats: takes what the data plane has heard, and looks for those that should have been heard and were not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emporion.nexus.signals import rules
from emporion.nexus.signals.events import HeartbeatMissed, HeartbeatReturned
from emporion.nexus.signals.models import HeartbeatRow, Watchfulness
from emporion.nexus.signals.rules import Pulse
from emporion.nexus.signals.types import BeatState
from emporion.plumbing.actions import publish
from emporion.store.backlog import backlog
from emporion.store.schemas import Heartbeat

_FIELDS = ["state", "since", "last_at", "started_at", "due_at", "detail", "last_duration_ms"]


def take(beats: Sequence[Heartbeat]) -> None:
    """Signs of life that are in the store now; told twice, they change nothing the second time."""
    for beat in sorted(beats, key=lambda one: one.occurred_at):
        with transaction.atomic():
            row = HeartbeatRow.objects.select_for_update().filter(pk=beat.heartbeat_id, removed_at=None).first()
            if row is not None:
                _hear(row, beat)


def _hear(row: HeartbeatRow, beat: Heartbeat) -> None:
    before = pulse_of(row)
    after = rules.after_beat(before, word=beat.state, at=beat.occurred_at, detail=beat.detail[:500])
    if after is before or after == before:
        return
    _keep(row, after, at=beat.occurred_at)
    if row.paused_at is not None:
        return
    if after.state is BeatState.FAILED and not before.state.is_down:
        _tell_missed(row, reason="failed", at=beat.occurred_at)
    elif after.state is BeatState.ALIVE and before.state.is_down:
        publish(
            HeartbeatReturned(
                heartbeat_id=row.pk,
                api_id=row.api_id,
                organisation_id=row.organisation_id,
                project_id=row.project_id,
                name=row.name,
                at=beat.occurred_at,
            ),
            now=beat.occurred_at,
        )


def look(*, now: datetime) -> int:
    """Tells of every heartbeat that is overdue, once; returns of how many. Who did not listen does not judge."""
    was_deaf = _note_look(now)
    if backlog(Path(settings.SPOOL_DIR)).is_late:
        return 0  # what was heard waits for the event store; it is judged when it has arrived
    overdue = list(HeartbeatRow.objects.overdue(now).values_list("pk", flat=True))
    return sum(_judge(heartbeat_id, was_deaf=was_deaf, now=now) for heartbeat_id in overdue)


def _note_look(now: datetime) -> bool:
    """Whether we were away since the last look."""
    with transaction.atomic():
        row = Watchfulness.objects.select_for_update().filter(pk=1).first()
        was_deaf = rules.was_deaf(row.looked_at if row else None, now)
        since = now if row is None or was_deaf else row.listening_since
        Watchfulness.objects.update_or_create(pk=1, defaults={"looked_at": now, "listening_since": since})
    return was_deaf


@transaction.atomic
def _judge(heartbeat_id: UUID, *, was_deaf: bool, now: datetime) -> bool:
    row = HeartbeatRow.objects.select_for_update().overdue(now).filter(pk=heartbeat_id).first()
    if row is None:
        return False
    before = pulse_of(row)
    if was_deaf:
        _keep(row, rules.after_deafness(before, now=now), at=now)
        return False
    _keep(row, rules.after_silence(before, now=now), at=now)
    if before.state.is_down:
        return False  # it has been told that it failed, and has been silent since
    _tell_missed(row, reason="unfinished" if before.started_at else "missing", at=now)
    return True


def pulse_of(row: HeartbeatRow) -> Pulse:
    """What the rules need to know of a heartbeat."""
    return Pulse(
        period=timedelta(seconds=row.period_seconds),
        grace=timedelta(seconds=row.grace_seconds),
        state=BeatState(row.state),
        last_at=row.last_at,
        started_at=row.started_at,
        due_at=row.due_at,
        duration=timedelta(milliseconds=row.last_duration_ms),
        detail=row.detail,
    )


def _keep(row: HeartbeatRow, pulse: Pulse, *, at: datetime) -> None:
    if row.state != pulse.state:
        row.state, row.since = pulse.state, at
    row.last_at, row.started_at, row.due_at = pulse.last_at, pulse.started_at, pulse.due_at
    row.detail, row.last_duration_ms = pulse.detail, int(pulse.duration.total_seconds() * 1000)
    row.save(update_fields=_FIELDS)


def _tell_missed(row: HeartbeatRow, *, reason: str, at: datetime) -> None:
    publish(
        HeartbeatMissed(
            heartbeat_id=row.pk,
            api_id=row.api_id,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            name=row.name,
            reason=reason,
            at=at,
            last_at=row.last_at,
            detail=row.detail,
        ),
        now=at,
    )
