"""Tables of signals: deploys, heartbeats and when they were last heard of, receivers of alerts and the alerts as they stand."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.signals.types import BeatState, DeploySource
from emporion.plumbing.types import Actor, ActorKind

Row = TypeVar("Row", bound=models.Model)


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows of a project, as an actor may see them."""

    def of(self, actor: Actor) -> Self:
        """Those in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation_id)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)


class DeployQuerySet(OwnedQuerySet["DeployMark"]):
    """The vocabulary of deploys."""


class DeployMark(models.Model):
    """A version of a service that went live; `key` makes the same one told twice one row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    service = models.CharField(max_length=120)
    version = models.CharField(max_length=120)
    environment = models.CharField(max_length=60, blank=True)
    who = models.CharField(max_length=120, blank=True)
    link = models.CharField(max_length=500, blank=True)
    change = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=10, choices=[(one.value, one.value) for one in DeploySource])
    key = models.CharField(max_length=200, null=True)
    at = models.DateTimeField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = DeployQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["project_id", "key"], name="nexus_deploy_told_once")]
        indexes = [models.Index(fields=["project_id", "-at"], name="nexus_deploy_when")]

    def __str__(self) -> str:
        return f"{self.service} {self.version}"


class HeartbeatQuerySet(OwnedQuerySet["HeartbeatRow"]):
    """The vocabulary of heartbeats."""

    def overdue(self, now: datetime) -> Self:
        """Expected before now and not heard of."""
        return self.filter(removed_at=None, paused_at=None, due_at__lte=now).exclude(state__in=[BeatState.MISSING])


class HeartbeatRow(models.Model):
    """A job that is expected to report. `due_at` is when it counts as missed; the token itself is not kept in clear."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    api_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    token = models.TextField()  # encrypted: the page shows the address again, as long as the person may configure
    period_seconds = models.PositiveIntegerField()
    grace_seconds = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in BeatState], default=BeatState.NEW)
    since = models.DateTimeField(null=True)  # when the present state began
    last_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=500, blank=True)
    last_duration_ms = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["due_at"], name="nexus_heartbeat_due"),
            models.Index(fields=["project_id", "name"], name="nexus_heartbeat_of"),
        ]

    def __str__(self) -> str:
        return self.name


class Watchfulness(models.Model):
    """When we last looked for missing heartbeats: who did not listen cannot say that nobody spoke."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()
    listening_since = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.looked_at)


class ReceiverQuerySet(OwnedQuerySet["Receiver"]):
    """The vocabulary of addresses for alerts."""


class Receiver(models.Model):
    """An address for the alerts of another system."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    token = models.TextField()
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = ReceiverQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class ReceivedQuerySet(OwnedQuerySet["ReceivedAlert"]):
    """The vocabulary of other systems' alerts."""


class ReceivedAlert(models.Model):
    """An alert of another system as it stands now."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    is_firing = models.BooleanField()
    name = models.CharField(max_length=200)
    severity = models.CharField(max_length=40, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    objects = ReceivedQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["receiver", "fingerprint"], name="nexus_received_alert_once")]
        indexes = [models.Index(fields=["project_id", "is_firing", "-starts_at"], name="nexus_received_when")]

    def __str__(self) -> str:
        return self.name
