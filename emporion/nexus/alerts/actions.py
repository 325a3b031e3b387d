"""Verbs of people on problems: take it, close it, open it again, have it silent for a while, tie it to its incident."""

from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.db import transaction

from emporion.nexus.alerts.errors import ProblemClosed, ProblemNotFound, SilenceInvalid, SilenceNotFound
from emporion.nexus.alerts.events import ProblemAcknowledged, ProblemOpened, ProblemResolved
from emporion.nexus.alerts.models import Alert, Problem, Silence
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.alerts.types import AlertState, ProblemState, ProblemView, Severity
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

LONGEST_SILENCE = timedelta(days=30)


def acknowledge(*, problem_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Takes a problem on, so that nobody else is woken; once is enough. ProblemClosed when it is resolved."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if problem.state == ProblemState.RESOLVED:
            raise ProblemClosed(number=problem.number)
        if problem.state == ProblemState.OPEN:
            problem.state = ProblemState.ACKNOWLEDGED
            problem.acknowledged_at, problem.acknowledged_by = now, actor.name[:150]
            problem.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
            publish(ProblemAcknowledged(**facts(problem, now)), now=now)
    return problem_of(actor, problem_id)


def release(*, problem_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Gives a problem back that was taken on by mistake."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if problem.state == ProblemState.ACKNOWLEDGED:
            problem.state, problem.acknowledged_at, problem.acknowledged_by = ProblemState.OPEN, None, ""
            problem.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    return problem_of(actor, problem_id)


def resolve(*, problem_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Closes a problem and its alerts by a person's word; what still holds opens a new one. `reopen` takes it back."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if problem.state != ProblemState.RESOLVED:
            Alert.objects.filter(problem=problem, state=AlertState.FIRING).update(state=AlertState.RESOLVED, resolved_at=now)
            close(problem, by=actor.name[:150], now=now)
    return problem_of(actor, problem_id)


def reopen(*, problem_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Opens a resolved problem again, and tells of it again."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if problem.state == ProblemState.RESOLVED:
            restart(problem, now=now)
            publish(ProblemOpened(**facts(problem, now)), now=now)
    return problem_of(actor, problem_id)


def silence(*, problem_id: UUID, until: datetime, reason: str, actor: Actor, now: datetime) -> ProblemView:
    """Keeps a problem from telling anybody until a time; it still gathers alerts. SilenceInvalid past 30 days."""
    if not now < until <= now + LONGEST_SILENCE:
        raise SilenceInvalid(field="until")
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if problem.state == ProblemState.RESOLVED:
            raise ProblemClosed(number=problem.number)
        Silence.objects.create(
            organisation_id=problem.organisation_id,
            project_id=problem.project_id,
            problem=problem,
            reason=" ".join(reason.split())[:200],
            starts_at=now,
            ends_at=until,
            created_by=actor.name[:150],
            created_at=now,
        )
    return problem_of(actor, problem_id)


def unsilence(*, problem_id: UUID, actor: Actor, now: datetime) -> ProblemView:
    """Lets a problem speak again."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        if not Silence.objects.at(now).filter(problem=problem).update(removed_at=now):
            raise SilenceNotFound(problem_id=problem_id)
    return problem_of(actor, problem_id)


def link_incident(*, problem_id: UUID, incident_id: UUID | None, actor: Actor) -> ProblemView:
    """Ties a problem to the incident that was declared from it, or unties it with `None`."""
    with transaction.atomic():
        problem = locked(actor, problem_id)
        problem.incident_id = incident_id
        problem.save(update_fields=["incident_id"])
    return problem_of(actor, problem_id)


def locked(actor: Actor, problem_id: UUID) -> Problem:
    """A problem that the actor may act on, locked for this transaction; a merged one is what it became."""
    shown = problem_of(actor, problem_id)
    actor.require(Permission.USE, shown.project_id)
    found = Problem.objects.select_for_update().filter(pk=shown.id).first()
    if found is None:
        raise ProblemNotFound(problem_id=problem_id)
    return found


def close(problem: Problem, *, by: str, now: datetime) -> None:
    """Marks a problem resolved and tells of it, in the caller's transaction."""
    problem.state, problem.resolved_at, problem.resolved_by = ProblemState.RESOLVED, now, by
    problem.save(update_fields=["state", "resolved_at", "resolved_by"])
    publish(ProblemResolved(**facts(problem, now)), now=now)


def restart(problem: Problem, *, now: datetime) -> None:
    """Marks a resolved problem open again, in the caller's transaction."""
    problem.state, problem.resolved_at, problem.resolved_by = ProblemState.OPEN, None, ""
    problem.acknowledged_at, problem.acknowledged_by = None, ""
    problem.reopened, problem.last_seen_at, problem.quiet_since = problem.reopened + 1, now, None
    problem.save()


class Facts(TypedDict):
    """What every event of a problem says."""

    problem_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID | None
    severity: Severity
    title: str
    at: datetime
    is_whole: bool


def facts(problem: Problem, now: datetime) -> Facts:
    """What is said of a problem to those who listen."""
    return Facts(
        problem_id=problem.pk,
        organisation_id=problem.organisation_id,
        project_id=problem.project_id,
        api_id=problem.api_id,
        severity=Severity(problem.severity),
        title=problem.title,
        at=now,
        is_whole=problem.is_whole,
    )
