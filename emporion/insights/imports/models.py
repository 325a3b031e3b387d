"""What was brought in, or is about to be: an import, its files, and the totals of days that tell of no visitor."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from emporion.insights.imports.types import FileState, Source, State, Total
from emporion.insights.sites.models import Site
from emporion.kernel.ids import new_id


class ImportQuerySet(models.QuerySet["Import"]):
    """Vocabulary of imports."""

    def of_site(self, site_id: UUID) -> "ImportQuerySet":
        """Of one website, the newest first."""
        return self.filter(site_id=site_id).order_by("-created_at", "-id")

    def kept(self) -> "ImportQuerySet":
        """Those whose rows are, or are about to be, among the figures."""
        return self.filter(state__in=[one for one in State if one.is_kept])

    def open(self) -> "ImportQuerySet":
        """Those that are neither done nor given up: no second one begins beside them."""
        return self.filter(state__in=[one for one in State if one.is_open])


class Import(models.Model):
    """One going through some files; the counts are those of the last reading."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Source])
    state = models.CharField(max_length=10, default=State.READING, choices=[(one.value, one.value) for one in State])
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=140, blank=True)
    takes_covered = models.BooleanField(default=False)
    rows = models.PositiveBigIntegerField(default=0)
    taken = models.PositiveBigIntegerField(default=0)
    covered = models.PositiveBigIntegerField(default=0)
    pageviews = models.PositiveBigIntegerField(default=0)
    goals = models.PositiveBigIntegerField(default=0)
    visitors = models.PositiveBigIntegerField(default=0)
    visits = models.PositiveBigIntegerField(default=0)
    is_at_least = models.BooleanField(default=False)
    addresses = models.PositiveSmallIntegerField(default=0)
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    # By reason: how many, and examples. By day: how many events. The first rows as a page shows them.
    left = models.JSONField(default=dict)
    days = models.JSONField(default=dict)
    covered_days = models.JSONField(default=dict)
    samples = models.JSONField(default=list)
    problem = models.CharField(max_length=500, blank=True)
    # How far storing is, so that a stopped process goes on where it was: the files that are done, and rows of the next.
    stored_files = models.PositiveIntegerField(default=0)
    stored_rows = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(default=0)
    stored = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "-created_at"], name="insights_import_newest")]

    def __str__(self) -> str:
        return f"{self.source} {self.state}"


class ImportFile(models.Model):
    """A file of an import; its content is kept only until it is brought in, its fingerprint for ever."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    stored_name = models.CharField(max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=8, default=FileState.WAITING, choices=[(one.value, one.value) for one in FileState])
    problem = models.CharField(max_length=500, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    taken = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "number"], name="insights_import_file_number")]

    def __str__(self) -> str:
        return self.name


class ImportedDay(models.Model):
    """What another product counted on a day for a value of a dimension, or for the whole website."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    dimension = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Total])
    value = models.CharField(max_length=1_000, blank=True)
    visitors = models.PositiveBigIntegerField(default=0)
    visits = models.PositiveBigIntegerField(default=0)
    pageviews = models.PositiveBigIntegerField(default=0)
    bounces = models.PositiveBigIntegerField(default=0)
    duration_seconds = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["site", "dimension", "day"], name="insights_imported_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension} {self.value}"
