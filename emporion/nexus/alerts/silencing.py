"""Maintenance windows and other times in which alerts of an API, or of a rule, are kept but tell nobody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.gateway.routing.queries import api_of
from emporion.nexus.alerts.actions import LONGEST_SILENCE
from emporion.nexus.alerts.errors import SilenceInvalid, SilenceNotFound
from emporion.nexus.alerts.models import Silence
from emporion.nexus.alerts.types import SilenceView
from emporion.plumbing.types import Actor, Permission

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSilence:
    """A time of quiet; without an API it covers the whole project."""

    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    api_id: UUID | None = None
    rule_id: UUID | None = None
    is_maintenance: bool = True


def silences_of(actor: Actor, project_id: UUID, now: datetime) -> list[SilenceView]:
    """The silences of a project that hold now or will, soonest first."""
    actor.require(Permission.VIEW, project_id)
    rows = Silence.objects.filter(organisation_id=actor.organisation, project_id=project_id, removed_at=None, ends_at__gt=now)
    return [_view(row) for row in rows.filter(problem=None)[:SHOWN]]


def add_silence(*, project_id: UUID, silence: NewSilence, actor: Actor, now: datetime) -> SilenceView:
    """Adds a time of quiet. SilenceInvalid where it is no stretch, is over, or is longer than 30 days."""
    actor.require(Permission.CONFIGURE, project_id)
    if not silence.starts_at < silence.ends_at <= silence.starts_at + LONGEST_SILENCE or silence.ends_at <= now:
        raise SilenceInvalid(field="ends_at")
    if silence.api_id is not None:
        api_of(actor, silence.api_id)
    row = Silence.objects.create(
        organisation_id=actor.organisation,
        project_id=project_id,
        api_id=silence.api_id,
        rule_id=silence.rule_id,
        is_maintenance=silence.is_maintenance,
        reason=" ".join(silence.reason.split())[:200],
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        created_by=actor.name[:150],
        created_at=now,
    )
    return _view(row)


def remove_silence(*, silence_id: UUID, actor: Actor, now: datetime) -> SilenceView:
    """Ends a silence, or takes it off the plan; `restore_silence` brings it back."""
    return _change(silence_id, actor, removed_at=now)


def restore_silence(*, silence_id: UUID, actor: Actor) -> SilenceView:
    """Undoes a removal."""
    return _change(silence_id, actor, removed_at=None)


def _change(silence_id: UUID, actor: Actor, *, removed_at: datetime | None) -> SilenceView:
    with transaction.atomic():
        row = Silence.objects.filter(organisation_id=actor.organisation, pk=silence_id).first()
        if row is None:
            raise SilenceNotFound(silence_id=silence_id)
        actor.require(Permission.CONFIGURE, row.project_id)
        row.removed_at = removed_at
        row.save(update_fields=["removed_at"])
    return _view(row)


def _view(row: Silence) -> SilenceView:
    return SilenceView(
        id=row.pk,
        project_id=row.project_id,
        api_id=row.api_id,
        rule_id=row.rule_id,
        problem_id=row.problem_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        created_by=row.created_by,
        is_maintenance=row.is_maintenance,
    )
