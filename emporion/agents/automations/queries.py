"""What can be asked about automations; every question begins at the actor."""

from uuid import UUID

import msgspec

from emporion.agents.automations import rules
from emporion.agents.automations.access import automations_of, seen
from emporion.agents.automations.errors import AutomationNotFound
from emporion.agents.automations.models import Automation, Run
from emporion.agents.automations.telling import view_of
from emporion.agents.automations.types import (
    AutomationView,
    Every,
    Finding,
    FindingView,
    InputSpec,
    Kind,
    RunState,
    RunView,
    Schedule,
)
from emporion.plumbing.types import Actor, Permission

HISTORY = 30


def automations(actor: Actor) -> tuple[AutomationView, ...]:
    """All automations that the actor sees, newest first, each with its last run; two queries."""
    rows = list(automations_of(actor).order_by("-created_at"))
    latest: dict[UUID, Run] = {}
    runs = Run.objects.filter(automation__in=[row.id for row in rows]).order_by("automation_id", "-due_at", "-id")
    for run in runs.defer("findings", "baseline"):
        latest.setdefault(run.automation_id, run)
    return tuple(_view(row, latest.get(row.id)) for row in rows)


def automation(actor: Actor, automation_id: UUID, permission: Permission = Permission.VIEW) -> AutomationView:
    """One automation, by its subscription's id."""
    row = seen(actor, automation_id, permission)
    return _view(row, row.runs.defer("findings", "baseline").first())


def runs_of(actor: Actor, automation_id: UUID, *, limit: int = HISTORY) -> tuple[RunView, ...]:
    """The newest runs of an automation."""
    runs = seen(actor, automation_id).runs.defer("findings", "baseline")[:limit]
    return tuple(_run(run) for run in runs)


def run(actor: Actor, automation_id: UUID, run_id: UUID) -> tuple[RunView, tuple[FindingView, ...]]:
    """One run with everything that it found."""
    row = seen(actor, automation_id).runs.filter(id=run_id).first()
    if row is None:
        raise AutomationNotFound("This run is not here.")
    return _run(row), findings_of(row)


def findings_of(row: Run) -> tuple[FindingView, ...]:
    """What a run found."""
    return tuple(view_of(finding) for finding in msgspec.json.decode(row.findings, type=tuple[Finding, ...]))


def schedule_of(row: Automation) -> Schedule:
    """When an automation runs."""
    return Schedule(every=Every(row.every), at=row.at, weekday=row.weekday, time_zone=row.time_zone)


def _view(row: Automation, last: Run | None) -> AutomationView:
    return AutomationView(
        id=row.id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        kind=Kind(row.kind),
        name=row.name,
        icon=row.blueprint.icon,
        input_specs=tuple(InputSpec(**one) for one in row.blueprint.inputs),
        inputs=row.inputs,
        schedule=schedule_of(row),
        is_on=row.is_on,
        is_set_up=rules.is_complete(Kind(row.kind), row.inputs),
        has_ended=row.ended_at is not None,
        next_run_at=row.next_run_at,
        last_run=_run(last) if last else None,
    )


def _run(row: Run) -> RunView:
    return RunView(
        id=row.id,
        state=RunState(row.state),
        is_by_hand=row.is_by_hand,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        summary=row.summary,
        problem=row.problem,
        next_step=row.next_step,
        finding_count=row.finding_count,
    )
