"""What people add to reports: notes on the timeline, links that show a website's figures, reports that come by mail."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models

from emporion.insights.sites.models import Site
from emporion.kernel.ids import new_id


class NoteQuerySet(models.QuerySet["Note"]):
    """Vocabulary of notes."""

    def between(self, site_id: UUID, start: datetime, end: datetime) -> Self:
        """The notes of a period that were not deleted."""
        return self.filter(site_id=site_id, at__gte=start, at__lt=end, removed_at=None)


class Note(models.Model):
    """A line on the timeline; `key` tells an automatic note from its repetition."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=200)
    origin = models.CharField(max_length=10)
    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=150, blank=True)
    url = models.URLField(max_length=500, blank=True)
    key = models.CharField(max_length=120, null=True, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["at", "created_at"]
        indexes = [models.Index(fields=["site", "at"], name="insights_note_by_time")]
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="insights_note_once")]

    def __str__(self) -> str:
        return self.text


class Share(models.Model):
    """A secret link to a website's figures; the token is found by its digest and shown again from its sealed form."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    token_sealed = models.TextField()
    password_hash = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Schedule(models.Model):
    """A report that one address receives again and again, in its own time zone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    person_id = models.UUIDField()
    email = models.EmailField()
    rhythm = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=10, default="en")
    token_digest = models.CharField(max_length=64, unique=True)
    token_sealed = models.TextField()
    next_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["email", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "email", "rhythm"], condition=models.Q(stopped_at=None), name="insights_report_once_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rhythm} → {self.email}"
