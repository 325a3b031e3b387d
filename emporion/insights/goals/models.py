"""The goals and funnels of websites."""

from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id


class GoalQuerySet(models.QuerySet["Goal"]):
    """Vocabulary of goals."""

    def of_site(self, site_id: UUID) -> Self:
        """The goals that a website has now."""
        return self.filter(site_id=site_id, removed_at=None)


class FunnelQuerySet(models.QuerySet["Funnel"]):
    """Vocabulary of funnels."""

    def of_site(self, site_id: UUID) -> Self:
        """The funnels that a website has now."""
        return self.filter(site_id=site_id, removed_at=None)


class Goal(models.Model):
    """A goal that a person set up; events of other names count just as well."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=64)
    label = models.CharField(max_length=80, blank=True)
    value_minor = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site_id", "name"], condition=models.Q(removed_at=None), name="insights_goal_once_a_site"
            )
        ]

    def __str__(self) -> str:
        return self.label or self.name


class Funnel(models.Model):
    """A saved funnel; `steps` is a list of kind, pattern and label."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=80)
    steps = models.JSONField()
    window = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = FunnelQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name
