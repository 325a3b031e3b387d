"""Tables of public status pages. What the public reads is kept apart from the incidents inside: nothing else can leak."""

from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.statuspage.types import OVER, ComponentStatus, Indicator, Stage
from emporion.plumbing.types import Actor, ActorKind


class StatusPageQuerySet(models.QuerySet["StatusPage"]):
    """Vocabulary of status pages."""

    def of(self, actor: Actor) -> Self:
        """Those of the projects that the actor sees."""
        if actor.organisation_id is None:
            return self.none()
        mine = self.filter(organisation_id=actor.organisation_id)
        return mine if actor.kind is ActorKind.SYSTEM else mine.filter(project_id__in=actor.project_ids)


class StatusPage(models.Model):
    """The one status page of a project; private until `published_at` is set. `version` grows with whatever it shows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(unique=True)
    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    support_url = models.URLField(max_length=300, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects = StatusPageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Component(models.Model):
    """Something that customers know by name; its status follows an API where one is named, and what is posted about it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="components")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    api_id = models.UUIDField(null=True)
    feature = models.CharField(max_length=120, blank=True)
    follows = models.BooleanField(default=False)
    status = models.CharField(max_length=24, choices=[(one, one) for one in ComponentStatus], default=ComponentStatus.OPERATIONAL)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "created_at"]

    def __str__(self) -> str:
        return self.name


class ComponentDay(models.Model):
    """How a component did on a day of UTC, from the figures of its API and its checks, and from what was posted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="days")
    on = models.DateField()
    seen_minutes = models.PositiveSmallIntegerField(default=0)
    bad_minutes = models.PositiveSmallIntegerField(default=0)
    worst = models.CharField(max_length=24, choices=[(one, one) for one in ComponentStatus], default=ComponentStatus.OPERATIONAL)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["component", "on"], name="status_day_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.worst}"


class StatusIncidentQuerySet(models.QuerySet["StatusIncident"]):
    """Vocabulary of public incidents."""

    def unresolved(self) -> Self:
        """Those that go on or are still to come."""
        return self.exclude(stage__in=OVER)

    def public_of(self, page_id: UUID) -> Self:
        """What a page shows, newest first."""
        return self.filter(page_id=page_id).order_by("-began_at")


class StatusIncident(models.Model):
    """An incident or a maintenance in words for the public; `incident_id` is known to us alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="incidents")
    incident_id = models.UUIDField(null=True, unique=True)
    name = models.CharField(max_length=200)
    stage = models.CharField(max_length=16, choices=[(one, one) for one in Stage])
    impact = models.CharField(max_length=12, choices=[(one, one) for one in Indicator])
    began_at = models.DateTimeField()
    scheduled_for = models.DateTimeField(null=True)
    scheduled_until = models.DateTimeField(null=True)
    monitoring_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = StatusIncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        indexes = [models.Index(fields=["page", "-began_at"], name="status_incident_newest")]

    def __str__(self) -> str:
        return self.name


class IncidentComponent(models.Model):
    """A component that a public incident is about, and the status that it shows while that goes on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(StatusIncident, on_delete=models.CASCADE, related_name="touched")
    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=24, choices=[(one, one) for one in ComponentStatus])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "component"], name="status_incident_component_once")]

    def __str__(self) -> str:
        return f"{self.component} {self.status}"


class StatusUpdate(models.Model):
    """Something that was said on the page about an incident."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(StatusIncident, on_delete=models.CASCADE, related_name="updates")
    stage = models.CharField(max_length=16, choices=[(one, one) for one in Stage])
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text[:80]


class Subscriber(models.Model):
    """An address that hears of updates once it has confirmed that it wants to; `token` is found by its digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="subscribers")
    email = models.EmailField()
    token_digest = models.CharField(max_length=64, unique=True)
    token_sealed = models.TextField()
    locale = models.CharField(max_length=10, default="en")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(fields=["page", "email"], name="status_subscriber_once")]

    def __str__(self) -> str:
        return self.email
