"""The keys of programs, and how often each was used."""

from typing import Self
from uuid import UUID

from django.db import models

from emporion.insights.api.types import KeyKind
from emporion.kernel.ids import new_id


class SiteKeyQuerySet(models.QuerySet["SiteKey"]):
    """Vocabulary of keys."""

    def opening(self, *, organisation_id: UUID, site_id: UUID) -> Self:
        """The living keys that open a website: its own and those of the whole account."""
        return self.ever(organisation_id=organisation_id, site_id=site_id).filter(revoked_at=None)

    def ever(self, *, organisation_id: UUID, site_id: UUID) -> Self:
        """The same with those that were revoked."""
        one_or_all = models.Q(site_id=site_id) | models.Q(site_id=None)
        return self.filter(one_or_all, organisation_id=organisation_id)


class SiteKey(models.Model):
    """A key; only a digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    site_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in KeyKind])
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    can_write = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SiteKeyQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}"


class KeyDay(models.Model):
    """How many requests a key made in a day, and in the busiest of its minutes."""

    key = models.ForeignKey(SiteKey, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    requests = models.PositiveIntegerField(default=0)
    busiest_minute = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="insights_key_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.requests}"
