"""Tables of on call: rotations and who took over, how pages escalate, quiet hours, pages and who was told."""

from datetime import time
from typing import Self

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.oncall.types import PageState, StepKind
from emporion.plumbing.types import Actor, ActorKind


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    """The vocabulary of rotations."""

    def of(self, actor: Actor) -> Self:
        """Those in the projects that the actor sees, not removed."""
        own = self.filter(organisation_id=actor.organisation_id, removed_at=None)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)


class Schedule(models.Model):
    """A weekly rotation; `first_day` is the local day on which the first of the people began."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64)
    people = models.JSONField(default=list)
    handover_time = models.TimeField(default=time(9))
    weeks_each = models.PositiveSmallIntegerField(default=1)
    first_day = models.DateField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Override(models.Model):
    """Somebody has a stretch of a schedule instead of whoever's turn it is; of several the newest holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    person_id = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="nexus_override_has_length")
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"


class Policy(models.Model):
    """How pages of a project escalate; a project without one follows the default."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(unique=True)
    rounds = models.PositiveSmallIntegerField(default=3)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"policy of {self.project_id}"


class PolicyStep(models.Model):
    """One step of a policy."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in StepKind])
    schedule = models.ForeignKey(Schedule, null=True, on_delete=models.SET_NULL)
    person_id = models.UUIDField(null=True)
    wait_minutes = models.PositiveSmallIntegerField(default=5)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["policy", "position"], name="nexus_policy_step_once")]

    def __str__(self) -> str:
        return f"{self.position}: {self.kind}"


class Quiet(models.Model):
    """When a person is left alone; it is the person's own and holds in every organisation."""

    person_id = models.UUIDField(primary_key=True)
    starts = models.TimeField(default=time(22))
    ends = models.TimeField(default=time(7))
    is_on = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.starts} to {self.ends}"


class PageQuerySet(models.QuerySet["Page"]):
    """The vocabulary of pages."""

    def of(self, actor: Actor) -> Self:
        """Those of the projects that the actor sees, newest first."""
        own = self.filter(organisation_id=actor.organisation_id).order_by("-id")
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)

    def live(self) -> Self:
        """Those whose trouble is not over, taken or not."""
        return self.filter(ended_at=None)


class Page(models.Model):
    """A call for somebody to come, about one problem or one incident; `next_at` is when the next step is due."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    problem_id = models.UUIDField(null=True)
    incident_id = models.UUIDField(null=True)
    title = models.CharField(max_length=200)
    sentence = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, choices=[(state, state) for state in PageState], default=PageState.OPEN)
    step = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    declared_at = models.DateTimeField(null=True)  # by a signed link, which declares once
    is_test = models.BooleanField(default=False)

    objects = PageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project_id", "-id"], name="nexus_page_of_project")]
        constraints = [
            models.UniqueConstraint(fields=[about], condition=models.Q(ended_at=None), name=f"nexus_page_once_a_{about[:-3]}")
            for about in ("problem_id", "incident_id")
        ]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """One person told of a page by one channel in one step."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="notices")
    person_id = models.UUIDField()
    channel = models.CharField(max_length=10)
    step = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["page", "person_id", "channel", "step", "round"], name="nexus_notice_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.person_id}"
