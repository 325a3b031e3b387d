"""The websites that are measured."""

from typing import Self

from django.db import models

from emporion.insights.sites.types import AttributionModel, PlanPause
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor, ActorKind


class SiteQuerySet(models.QuerySet["Site"]):
    """Vocabulary of websites."""

    def of(self, actor: Actor) -> Self:
        """The websites in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation_id, removed_at=None)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)


class Site(models.Model):
    """A website; `public_id` is what its script carries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    public_id = models.CharField(max_length=40, unique=True)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    domain = models.CharField(max_length=253)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    attribution_days = models.PositiveSmallIntegerField(default=30)
    attribution_model = models.CharField(
        max_length=20, default=AttributionModel.LAST_CLICK, choices=[(one.value, one.value) for one in AttributionModel]
    )
    hostnames = models.JSONField(default=list, blank=True)
    excluded_addresses = models.JSONField(default=list, blank=True)
    excluded_paths = models.JSONField(default=list, blank=True)
    allows_localhost = models.BooleanField(default=False)
    pause_reason = models.CharField(max_length=60, blank=True)
    plan_pause = models.CharField(max_length=8, blank=True, choices=[(one.value, one.value) for one in PlanPause])
    trial_told = models.PositiveSmallIntegerField(default=0)  # how much of the trial was used when its people were last told
    is_demo = models.BooleanField(default=False)
    measures_installation = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    first_event_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    payments_skipped_at = models.DateTimeField(null=True, blank=True)
    payments_known_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["domain", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "domain"], condition=models.Q(removed_at=None), name="insights_site_once_a_project"
            ),
            models.UniqueConstraint(
                fields=["measures_installation"],
                condition=models.Q(measures_installation=True),
                name="insights_one_site_measures_installation",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.domain


class SiteDay(models.Model):
    """How many events a website had on a day, as last counted; days that can still receive late events are counted again.

    `imported` of what lies on the day came from elsewhere by an import and is no part of `events`.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    events = models.PositiveBigIntegerField(default=0)
    imported = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="insights_site_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.events}"
