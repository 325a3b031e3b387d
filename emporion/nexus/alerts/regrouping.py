"""Merging and splitting problems by hand, each with a way back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.nexus.alerts import telling
from emporion.nexus.alerts.actions import locked
from emporion.nexus.alerts.errors import GroupingInvalid, RegroupingNotFound, RegroupingStale
from emporion.nexus.alerts.models import Alert, Problem, Regrouping, number_of_next
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.alerts.types import AlertState, ProblemState, ProblemView
from emporion.plumbing.types import Actor, Permission


def merge(*, problem_id: UUID, into_id: UUID, actor: Actor, now: datetime) -> UUID:
    """Makes one problem of two: the alerts of the first move into the second. Returns what takes it back."""
    with transaction.atomic():
        source, target = locked(actor, problem_id), locked(actor, into_id)
        is_same = source.project_id == target.project_id and source.is_whole == target.is_whole
        if source.pk == target.pk or not is_same:
            raise GroupingInvalid
        moves = _move(Alert.objects.filter(problem=source), target)
        source.merged_into, source.state, source.resolved_at = target, ProblemState.RESOLVED, now
        source.save(update_fields=["merged_into", "state", "resolved_at"])
        target.why = [*target.why, f"merged by {actor.name}"[:200]]
        _describe(target, now)
        return _note("merge", (source, target), moves, actor, now)


def split(*, problem_id: UUID, alert_ids: Sequence[UUID], actor: Actor, now: datetime) -> UUID:
    """Makes a problem of its own of some alerts. Nobody is told again. Returns what takes it back."""
    with transaction.atomic():
        source = locked(actor, problem_id)
        chosen = list(Alert.objects.filter(problem=source, pk__in=alert_ids))
        if not chosen or len(chosen) == source.alerts.count():
            raise GroupingInvalid
        target = Problem(
            number=number_of_next(source.project_id),
            organisation_id=source.organisation_id,
            project_id=source.project_id,
            provider=source.provider,
            is_whole=source.is_whole,
            title=chosen[0].title,
            severity=chosen[0].severity,
            told=source.told,
            why=[f"split off #{source.number} by {actor.name}"[:200]],
            opened_at=min(one.started_at for one in chosen),
            last_seen_at=now,
        )
        target.save(force_insert=True)
        moves = _move(chosen, target)
        _describe(target, now)
        _describe(source, now)
        return _note("split", (source, target), moves, actor, now)


def undo(*, regrouping_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Takes a merge or a split back; RegroupingStale when its alerts have been moved again since."""
    with transaction.atomic():
        found = Regrouping.objects.filter(organisation_id=actor.organisation, pk=regrouping_id, undone_at=None).first()
        if found is None:
            raise RegroupingNotFound(regrouping_id=regrouping_id)
        actor.require(Permission.USE, found.project_id)
        rows = list(Problem.objects.select_for_update().filter(pk__in=[found.source_id, found.target_id]))
        source, target = (next(one for one in rows if one.pk == pk) for pk in (found.source_id, found.target_id))
        moved = Alert.objects.filter(pk__in=found.moves, problem=target)
        if moved.count() != len(found.moves):
            raise RegroupingStale
        _move(moved, source)
        _part(found, source, target, now)
        found.undone_at = now
        found.save(update_fields=["undone_at"])
    return problem_of(actor, source.pk)


def _part(found: Regrouping, source: Problem, target: Problem, now: datetime) -> None:
    """Lets both stand alone again."""
    if found.kind == "merge":
        source.merged_into, source.resolved_at = None, None
        source.state = ProblemState.OPEN
        target.why = target.why[:-1]
        source.save(update_fields=["merged_into", "resolved_at", "state"])
        target.save(update_fields=["why"])
        _describe(target, now)
    else:
        target.merged_into, target.state, target.resolved_at = source, ProblemState.RESOLVED, now
        target.save(update_fields=["merged_into", "state", "resolved_at"])
    _describe(source, now)


def _describe(problem: Problem, now: datetime) -> None:
    alerts = list(problem.alerts.all())
    if not alerts:
        return
    firing = [one for one in alerts if one.state == AlertState.FIRING] or alerts
    problem.severity = min(firing, key=lambda one: ["page", "ticket", "info"].index(one.severity)).severity
    telling.describe(problem, alerts, None, now)


def _move(alerts: Iterable[Alert], target: Problem) -> list[str]:
    moved = [str(one.pk) for one in alerts]
    Alert.objects.filter(pk__in=moved).update(problem=target)
    return moved


def _note(kind: str, problems: tuple[Problem, Problem], moves: list[str], actor: Actor, now: datetime) -> UUID:
    source, target = problems
    noted = Regrouping.objects.create(
        organisation_id=source.organisation_id,
        project_id=source.project_id,
        kind=kind,
        source=source,
        target=target,
        moves=moves,
        created_by=actor.name[:150],
        created_at=now,
    )
    return noted.pk
