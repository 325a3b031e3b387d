"""Prices of one's own, the list prices that were seen, and the corrections of costs that were worked out with a wrong price."""

from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor


def _price() -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(max_digits=24, decimal_places=12, null=True, blank=True)


class PriceOverrideQuerySet(models.QuerySet["PriceOverride"]):
    """Vocabulary of own prices."""

    def of(self, actor: Actor) -> Self:
        """Those of the actor's organisation that were not removed."""
        return self.filter(organisation_id=actor.organisation, removed_at=None)


class PriceOverride(models.Model):
    """What a contract says instead of the list: own prices in USD a million tokens, or percent off. A change is a new row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120)
    input = _price()
    output = _price()
    cache_read = _price()
    cache_write = _price()
    per_call = _price()
    discount_percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateTimeField()
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PriceOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-created_at"]

    def __str__(self) -> str:
        return f"{self.provider or '*'} {self.model}"


class ListedPrice(models.Model):
    """What a list said a model costs when it was looked at; a row is added only when that differs from the row before."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=200)
    prices = models.JSONField()  # kind -> USD for `per` units, decimals as text
    version = models.CharField(max_length=60)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["provider", "model", "-seen_at"], name="gateway_listed_price")]

    def __str__(self) -> str:
        return f"{self.provider} {self.model}"


class CorrectionQuerySet(models.QuerySet["PriceCorrection"]):
    """Vocabulary of corrections."""

    def within(self, project_id: UUID, since: datetime, until: datetime) -> Self:
        """The corrections that touch calls of a stretch of time."""
        return self.filter(project_id=project_id, since__lt=until, until__gt=since)


class PriceCorrection(models.Model):
    """Calls that were priced again from what the provider said they used; the calls keep the cost that they were stored with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    provider = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    calls = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    delta_picos = models.DecimalField(max_digits=38, decimal_places=0, default=0)
    started_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.reason
