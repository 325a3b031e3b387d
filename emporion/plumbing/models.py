"""Tables of the plumbing: jobs (also the outbox) and remembered idempotency keys."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models

from emporion.kernel.ids import new_id


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobQuerySet(models.QuerySet["Job"]):
    """The vocabulary of jobs."""

    def due(self, now: datetime) -> Self:
        """Waiting and past their time, oldest first."""
        return self.filter(state=JobState.WAITING, run_at__lte=now).order_by("run_at", "id")

    def abandoned(self, now: datetime) -> Self:
        """Running, but nobody has renewed the lease: the worker was killed."""
        return self.filter(state=JobState.RUNNING, lease_until__lt=now)


class Job(models.Model):
    """One handler to run once, enqueued in the transaction of the fact that caused it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    handler = models.CharField(max_length=200)
    payload = models.TextField()
    key = models.CharField(max_length=200, null=True, unique=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "run_at", "id"], name="job_due"),
            models.Index(fields=["name", "created_at"], name="job_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class IdempotencyKey(models.Model):
    """A key that came with a request, with what was answered: for ever where it moved money, for minutes where it was a form."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = models.TextField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


LEASE = timedelta(seconds=30)
