"""Reading problems; every question begins at the actor."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from emporion.nexus.alerts import saying, wording
from emporion.nexus.alerts.errors import ProblemNotFound
from emporion.nexus.alerts.models import Alert, Problem, Silence
from emporion.nexus.alerts.payloads import WebhookPayload, payload
from emporion.nexus.alerts.types import AlertState, AlertView, FeltBy, Kind, ProblemState, ProblemView, Severity
from emporion.nexus.apis.types import Felt, Impact
from emporion.plumbing.types import Actor, Permission

COUNTED_FOR_SECONDS = 5
SHOWN = 200  # problems of a list, and alerts of a problem


def open_problems(actor: Actor, project_id: UUID) -> list[ProblemView]:
    """The problems of a project that are not resolved, most important first, with their alerts."""
    actor.require(Permission.VIEW, project_id)
    rows = list(Problem.objects.of(actor).filter(project_id=project_id).unresolved()[:SHOWN])
    return sorted(_views(rows), key=lambda problem: (problem.priority, problem.severity.rank, -problem.opened_at.timestamp()))


def open_count(actor: Actor, project_id: UUID) -> int:
    """How many problems of a project are not resolved; as of the last seconds, because every page shows it."""
    actor.require(Permission.VIEW, project_id)
    sees_whole = actor.may(Permission.MANAGE_PROJECTS)
    key = f"nexus.open_problems:{project_id}:{sees_whole}"  # those of the whole organisation count for who sees them
    if (known := cache.get(key)) is None:
        known = Problem.objects.of(actor).filter(project_id=project_id).unresolved().count()
        cache.set(key, known, COUNTED_FOR_SECONDS)
    return int(known)


def problems(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> list[ProblemView]:
    """The problems of a project that were there at some time of a period, newest first, with their alerts."""
    actor.require(Permission.VIEW, project_id)
    return _views(Problem.objects.of(actor).filter(project_id=project_id).between(since, until)[:SHOWN])


def problem_of(actor: Actor, problem_id: UUID) -> ProblemView:
    """One problem that the actor sees, with its alerts; ProblemNotFound otherwise. A merged one answers as what it became."""
    found = Problem.objects.of(actor).filter(pk=problem_id).first() or _merged(actor, problem_id)
    if found is None:
        raise ProblemNotFound(problem_id=problem_id)
    actor.require(Permission.VIEW, found.project_id)
    return _views([found])[0]


def webhook_payload(actor: Actor, problem_id: UUID, site: str) -> WebhookPayload:
    """A problem as Alertmanager would tell it (version 4); `site` is the address of this installation."""
    return payload(problem_of(actor, problem_id), site)


def _merged(actor: Actor, problem_id: UUID) -> Problem | None:
    target = Problem.objects.filter(pk=problem_id, organisation_id=actor.organisation).values_list("merged_into", flat=True)
    return Problem.objects.of(actor).filter(pk__in=target).first()


def _views(rows: Iterable[Problem]) -> list[ProblemView]:
    found = list(rows)
    alerts: dict[UUID, list[Alert]] = {problem.pk: [] for problem in found}
    for alert in Alert.objects.filter(problem__in=found):
        if alert.problem_id is not None and len(alerts[alert.problem_id]) < SHOWN:
            alerts[alert.problem_id].append(alert)
    silenced: dict[UUID, datetime] = {}
    for problem_id, ends_at in Silence.objects.filter(problem__in=found, removed_at=None).values_list("problem", "ends_at"):
        silenced[problem_id] = max(ends_at, silenced.get(problem_id, ends_at))
    return [view_of(problem, alerts[problem.pk], silenced.get(problem.pk)) for problem in found]


def view_of(problem: Problem, alerts: Iterable[Alert] = (), silenced_until: datetime | None = None) -> ProblemView:
    """A problem as its people see it."""
    shown, impact = tuple(alert_view(alert) for alert in alerts), problem.impact
    words = wording.of_problem(saying.words(problem.said, problem.title, problem.sentence), impact_of(problem))
    return ProblemView(
        id=problem.pk,
        number=problem.number,
        organisation_id=problem.organisation_id,
        project_id=problem.project_id,
        api_id=problem.api_id,
        title=words.title,
        sentence=words.sentence,
        severity=Severity(problem.severity),
        state=ProblemState(problem.state),
        priority=problem.priority,
        opened_at=problem.opened_at,
        last_seen_at=problem.last_seen_at,
        acknowledged_at=problem.acknowledged_at,
        acknowledged_by=problem.acknowledged_by,
        resolved_at=problem.resolved_at,
        resolved_by=problem.resolved_by,
        alerts=shown,
        alert_count=len(shown),
        why=tuple(problem.why),
        provider=problem.provider,
        api_ids=tuple(dict.fromkeys(alert.api_id for alert in shown if alert.api_id)),
        features=_felt(impact.get("features", [])),
        top_customers=_felt(impact.get("top_customers", [])),
        customers=impact.get("customers", 0),
        active_customers=impact.get("active_customers", 0),
        failed_calls=impact.get("failed_calls", 0),
        cost_picos_per_minute=impact.get("cost_picos_per_minute", 0),
        impact_at=problem.impact_at,
        incident_id=problem.incident_id,
        silenced_until=silenced_until,
        is_whole=problem.is_whole,
    )


def impact_of(problem: Problem) -> Impact | None:
    """The impact that was counted last."""
    stored = problem.impact
    if not stored or problem.impact_at is None:
        return None
    return Impact(
        since=problem.opened_at,
        until=problem.impact_at,
        calls=stored["calls"],
        failed_calls=stored["failed_calls"],
        customers=stored["customers"],
        active_customers=stored["active_customers"],
        cost_picos_per_minute=stored["cost_picos_per_minute"],
        features=_felt_of(stored["features"]),
        top_customers=_felt_of(stored["top_customers"]),
    )


def _felt_of(rows: Iterable[tuple[str, int, int]]) -> tuple[Felt, ...]:
    return tuple(Felt(name=name, customers=people, failed_calls=calls) for name, people, calls in rows)


def _felt(rows: list[list[object]]) -> tuple[FeltBy, ...]:
    return tuple(FeltBy(name=str(name), customers=int(str(people)), failed_calls=int(str(calls))) for name, people, calls in rows)


def alert_view(alert: Alert) -> AlertView:
    """An alert as its people see it, in the language that is active."""
    words = saying.words(alert.said, alert.title, alert.sentence)
    return AlertView(
        id=alert.pk,
        problem_id=alert.problem_id,
        rule_id=alert.rule_id,
        api_id=alert.api_id,
        kind=Kind(alert.kind),
        state=AlertState(alert.state),
        severity=Severity(alert.severity),
        title=words.title,
        sentence=words.sentence,
        fingerprint=alert.fingerprint,
        labels=dict(alert.labels),
        started_at=alert.started_at,
        last_seen_at=alert.last_seen_at,
        resolved_at=alert.resolved_at,
        count=alert.count,
        value=alert.value,
        threshold=alert.threshold,
        is_silenced=alert.is_silenced,
    )
