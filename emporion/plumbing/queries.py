"""What operators ask of the plumbing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from emporion.plumbing.models import Job, JobState
from emporion.plumbing.types import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as an operator sees it."""

    id: UUID
    name: str
    state: str
    attempts: int
    run_at: datetime
    error: str


def has_jobs() -> bool:
    """Whether this installation has ever had anything to do: false only on its very first start."""
    return Job.objects.exists()


def pending_migrations() -> int:
    """How many steps the tables are behind this version."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def failed_jobs(actor: Actor) -> tuple[JobView, ...]:
    """Jobs that gave up, newest first, for the system itself; nobody else sees payloads of other organisations."""
    actor.require(Permission.MANAGE_ORGANISATION)
    if actor.organisation_id is not None:
        return ()
    jobs = Job.objects.filter(state=JobState.FAILED).order_by("-created_at")[:100]
    return tuple(
        JobView(id=job.id, name=job.name, state=job.state, attempts=job.attempts, run_at=job.run_at, error=job.error)
        for job in jobs
    )
