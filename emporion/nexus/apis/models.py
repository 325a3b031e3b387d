"""What people say of an API: what they expect of it, and what happened on its timeline."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.apis.types import Allowed


class ApiWatch(models.Model):
    """What is expected of an API, one row an API; without one the defaults of `types.Watch` hold."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    api_id = models.UUIDField(unique=True)
    target = models.DecimalField(max_digits=7, decimal_places=6)
    latency_ms = models.PositiveIntegerField(default=0)
    status_feed_url = models.CharField(max_length=500, blank=True)
    quota_name = models.CharField(max_length=60, blank=True)
    quota_calls = models.PositiveBigIntegerField(default=0)
    quota_period = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Allowed], default=Allowed.MONTH)
    depends = models.CharField(max_length=200, blank=True)
    set_by = models.CharField(max_length=150, blank=True)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.api_id} {self.target}"


class ApiNoteQuerySet(models.QuerySet["ApiNote"]):
    """Vocabulary of notes."""

    def between(self, api_id: UUID, since: datetime, until: datetime) -> Self:
        """The notes of a stretch that were not deleted, oldest first."""
        return self.filter(api_id=api_id, at__gte=since, at__lt=until, removed_at=None)


class ApiNote(models.Model):
    """A line on the timeline of an API."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    api_id = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    text = models.CharField(max_length=200)
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ApiNoteQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text
