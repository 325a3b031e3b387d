"""What was learnt of each website, of whom its people want to hear, and of whom they were told."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from emporion.insights.intent.types import Occasion
from emporion.insights.sites.models import Site
from emporion.kernel.ids import new_id


class Learnt(models.Model):
    """What a website's past says; `fitted` is empty while there are too few purchases."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, primary_key=True, related_name="+")
    made_at = models.DateTimeField()
    visits = models.PositiveIntegerField()
    buyers = models.PositiveIntegerField()
    worth_minor = models.BigIntegerField(default=0)
    fitted = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.buyers} of {self.visits}"


class Watch(models.Model):
    """Of which visitors a website's people want to hear."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, primary_key=True, related_name="+")
    customers = models.BooleanField(default=False)
    paid_minor = models.BigIntegerField(default=0)
    likely = models.BooleanField(default=False)
    likely_percent = models.PositiveSmallIntegerField(default=20)
    goals = models.JSONField(default=list)
    is_on = models.BooleanField(default=False, db_index=True)

    def __str__(self) -> str:
        return "on" if self.is_on else "off"


class ToldQuerySet(models.QuerySet["Told"]):
    """Vocabulary of what was told."""

    def of_site(self, site_id: UUID) -> "ToldQuerySet":
        """Of one website, the newest first."""
        return self.filter(site_id=site_id).order_by("-at", "-id")


class Told(models.Model):
    """A visitor of whom people were told, once a day; `was_sent` is false where there were too many within the hour."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    visitor_id = models.UUIDField()
    day = models.DateField()
    at = models.DateTimeField()
    occasion = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Occasion])
    page = models.CharField(max_length=500, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    was_sent = models.BooleanField(default=True)

    objects = ToldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["site", "visitor_id", "day"], name="insights_told_once_a_day")]
        indexes: ClassVar = [models.Index(fields=["site", "-at"], name="insights_told_newest")]

    def __str__(self) -> str:
        return f"{self.occasion} {self.visitor_id}"
