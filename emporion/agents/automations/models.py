"""Tables of automations: what is on sale, what was bought, each run, and the pages as they were last read."""

from datetime import datetime
from typing import Self

from django.db import models

from emporion.agents.automations.types import Every, Kind, RunState
from emporion.kernel.ids import new_id


class Blueprint(models.Model):
    """An automation on sale; its id is the offering's."""

    id = models.UUIDField(primary_key=True, editable=False)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    icon = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    schedule = models.CharField(max_length=40)
    inputs = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class AutomationQuerySet(models.QuerySet["Automation"]):
    """The vocabulary of automations."""

    def due(self, now: datetime) -> Self:
        """Turned on, set up, and past the time of their next run."""
        return self.filter(is_on=True, ended_at=None, next_run_at__lte=now)


class Automation(models.Model):
    """A bought automation; its id is its subscription's, so that one address serves both."""

    id = models.UUIDField(primary_key=True, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="+")
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    name = models.CharField(max_length=120)
    inputs = models.JSONField(default=dict)
    every = models.CharField(max_length=10, choices=[(every.value, every.value) for every in Every])
    at = models.TimeField()
    weekday = models.PositiveSmallIntegerField(default=0)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_on = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = AutomationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["is_on", "next_run_at"], name="automation_due"),
            models.Index(fields=["organisation_id", "project_id"], name="automation_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One run; `slot` makes it the only one of its time, however often the schedule is looked at."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="runs")
    slot = models.CharField(max_length=60)
    is_by_hand = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in RunState])
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    summary = models.CharField(max_length=300, blank=True)
    findings = models.TextField(default="[]")
    finding_count = models.PositiveIntegerField(default=0)
    baseline = models.TextField(blank=True)  # what the sources of an agent were before they were read again
    problem = models.CharField(max_length=500, blank=True)
    next_step = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["automation", "slot"], name="automation_run_once")]
        indexes = [models.Index(fields=["automation", "-due_at"], name="automation_history")]

    def __str__(self) -> str:
        return f"{self.slot} {self.state}"


class Snapshot(models.Model):
    """The words of a watched page when they were last read; `text_hash` tells at once whether they changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="snapshots")
    address_hash = models.CharField(max_length=64)
    address = models.TextField()
    title = models.CharField(max_length=300)
    blocks = models.JSONField(default=list)
    text_hash = models.CharField(max_length=64)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["automation", "address_hash"], name="automation_page_once")]

    def __str__(self) -> str:
        return self.address
