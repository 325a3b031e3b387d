"""Tables of synthetic checks: what they ask, how they stand, and how each of their hours was."""

from datetime import datetime
from typing import Self

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.checks.types import CheckState
from emporion.plumbing.types import Actor, ActorKind


class CheckQuerySet(models.QuerySet["CheckRow"]):
    """The vocabulary of checks."""

    def of(self, actor: Actor) -> Self:
        """Those in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation_id)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)

    def due(self, now: datetime) -> Self:
        """Neither paused nor removed, and past the time of their next run, those that have waited longest first."""
        return self.filter(removed_at=None, paused_at=None, next_at__lte=now).order_by("next_at", "id")


class CheckRow(models.Model):
    """A check. `headers` are encrypted, because one of them is usually a key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    api_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=2000)
    method = models.CharField(max_length=7, default="GET")
    headers = models.TextField(blank=True)
    body = models.TextField(blank=True)
    interval_seconds = models.PositiveIntegerField(default=60)
    timeout_seconds = models.PositiveSmallIntegerField(default=10)
    retries = models.PositiveSmallIntegerField(default=1)
    assertions = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in CheckState], default=CheckState.NEW)
    since = models.DateTimeField(null=True)  # when it began to fail, or to do as expected
    failures = models.PositiveIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(default=0)
    last_us = models.PositiveBigIntegerField(null=True)
    last_problem = models.CharField(max_length=500, blank=True)
    certificate_days = models.IntegerField(null=True)
    asked_from = models.CharField(max_length=60, blank=True)  # the region that asks; empty for any
    region = models.CharField(max_length=60, blank=True)  # the one that asked last
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["next_at"], name="nexus_check_due"),
            models.Index(fields=["project_id", "name"], name="nexus_check_of"),
        ]

    def __str__(self) -> str:
        return self.name


class Station(models.Model):
    """A region from which checks are asked, and when a process there was last heard of."""

    region = models.CharField(max_length=60, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.region


class CheckHour(models.Model):
    """How often a check ran in an hour, how often it failed, and how long its answers took together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    check_of = models.ForeignKey(CheckRow, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    runs = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    answered_us = models.PositiveBigIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_of", "hour"], name="nexus_check_hour_once")]

    def __str__(self) -> str:
        return f"{self.hour}: {self.failures}/{self.runs}"
