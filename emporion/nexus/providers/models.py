"""Tables of providers' status pages: what is read, the parts of each, and the incidents that were told."""

from datetime import datetime
from typing import Self

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.providers.types import FeedKind, FeedState, Impact, Stage
from emporion.plumbing.types import Actor, ActorKind


class FeedQuerySet(models.QuerySet["FeedRow"]):
    """The vocabulary of feeds."""

    def of(self, actor: Actor) -> Self:
        """Those in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation_id)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)

    def due(self, now: datetime) -> Self:
        """Neither paused nor removed, and past the time of their next reading."""
        return self.filter(removed_at=None, paused_at=None, next_at__lte=now).order_by("next_at", "id")


class FeedRow(models.Model):
    """A status page that is read. `problems` counts failed readings in a row; `etag` lets the page say that nothing changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=[(one.value, one.value) for one in FeedKind])
    url = models.CharField(max_length=500)
    api_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in FeedState], default=FeedState.NEW)
    indicator = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Impact], default=Impact.NONE)
    description = models.CharField(max_length=300, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    problems = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    history_at = models.DateTimeField(null=True)  # when the list that also holds what is over was last read
    down_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "url"], condition=models.Q(removed_at=None), name="nexus_feed_once_a_project"
            )
        ]
        indexes = [models.Index(fields=["next_at"], name="nexus_feed_due")]

    def __str__(self) -> str:
        return self.name


class ComponentRow(models.Model):
    """A part of a provider's service, as it was last told."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(FeedRow, on_delete=models.CASCADE, related_name="components")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=30, default="operational")
    api_id = models.UUIDField(null=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["feed", "key"], name="nexus_component_once")]

    def __str__(self) -> str:
        return self.name


class IncidentRow(models.Model):
    """An incident of a provider, as it was last told."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(FeedRow, on_delete=models.CASCADE, related_name="incidents")
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    stage = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Stage])
    impact = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Impact])
    url = models.CharField(max_length=500, blank=True)
    components = models.JSONField(default=list)
    updates = models.JSONField(default=list)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["feed", "key"], name="nexus_incident_told_once")]
        indexes = [models.Index(fields=["project_id", "-started_at"], name="nexus_provider_incident_when")]

    def __str__(self) -> str:
        return self.title
