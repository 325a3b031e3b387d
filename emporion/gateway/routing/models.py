"""The APIs that calls go to, the keys that open them, and what is decided about calls: routes, caches, budgets."""

from datetime import datetime
from typing import Self

from django.db import models

from emporion.gateway.routing.types import BudgetPeriod, BudgetScope, Protocol, RouteMode
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor, ActorKind


class ApiQuerySet(models.QuerySet["Api"]):
    """Vocabulary of APIs."""

    def of(self, actor: Actor) -> Self:
        """The APIs in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation, removed_at=None)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)


class Api(models.Model):
    """An API that somebody depends on; `secret` is what opens it, encrypted, `secret_hint` its last signs.

    `is_platform` marks the operator's model that the agents of a project call; nobody but the operator changes it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    template = models.CharField(max_length=30)
    protocol = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Protocol])
    base_url = models.CharField(max_length=500)
    provider = models.CharField(max_length=40, blank=True)
    secret = models.TextField(blank=True)
    secret_hint = models.CharField(max_length=8, blank=True)
    auth_header = models.CharField(max_length=60, blank=True)
    auth_prefix = models.CharField(max_length=20, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    timeout_seconds = models.PositiveSmallIntegerField(default=120)
    body_days = models.PositiveSmallIntegerField(default=0)
    status_page_url = models.CharField(max_length=500, blank=True)
    is_platform = models.BooleanField(default=False)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True)
    first_call_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ApiQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "slug"], condition=models.Q(removed_at=None), name="gateway_api_slug_once_a_project"
            )
        ]

    def __str__(self) -> str:
        return self.name


class GatewayKey(models.Model):
    """A key that opens APIs of a project for a program; only its digest is kept. `api_ids` empty opens every one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    team = models.CharField(max_length=60, blank=True)
    feature = models.CharField(max_length=60, blank=True)
    environment = models.CharField(max_length=30, blank=True)
    api_ids = models.JSONField(default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(default=0)
    tokens_per_minute = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class RouteQuerySet(models.QuerySet["Route"]):
    """Vocabulary of routes."""

    def in_force(self, now: datetime) -> Self:
        """The routes that calls meet now."""
        return self.filter(models.Q(until=None) | models.Q(until__gt=now), withdrawn_at=None)


class Route(models.Model):
    """What happens to the calls of an API, or of one of its models or features; ends by itself at `until`, where set."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="routes")
    mode = models.CharField(max_length=10, choices=[(one.value, one.value) for one in RouteMode])
    model = models.CharField(max_length=120, blank=True)
    feature = models.CharField(max_length=60, blank=True)
    targets = models.JSONField(default=list, blank=True)
    percent = models.PositiveSmallIntegerField(default=100)
    per_minute = models.PositiveIntegerField(default=0)
    wait_seconds = models.PositiveSmallIntegerField(default=10)
    until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    set_by = models.CharField(max_length=150, blank=True)
    set_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaced_id = models.UUIDField(null=True, blank=True)  # the route in whose place it came, which undoing brings back

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering = ["-set_at"]

    def __str__(self) -> str:
        return f"{self.mode} {self.api_id}"


class Cache(models.Model):
    """How long the same question to an API, or to one of its features, gets the same answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="caches")
    feature = models.CharField(max_length=60, blank=True)
    seconds = models.PositiveIntegerField()
    set_by = models.CharField(max_length=150, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["set_at"]
        constraints = [models.UniqueConstraint(fields=["api", "feature"], name="gateway_cache_once_a_feature")]

    def __str__(self) -> str:
        return f"{self.seconds} s"


class Budget(models.Model):
    """How much may be spent in a period, and how much was; `value` is the key, team, feature or API that it limits.

    `project_id` is None for the whole organisation. `spent_picos` is what the calls since `period_start` cost, as last counted;
    `told_percent` is the highest share that was told in this period.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(null=True, blank=True, db_index=True)
    scope = models.CharField(max_length=14, choices=[(one.value, one.value) for one in BudgetScope])
    value = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=8, choices=[(one.value, one.value) for one in BudgetPeriod])
    limit_picos = models.DecimalField(max_digits=30, decimal_places=0)
    is_hard = models.BooleanField(default=False)
    shares = models.JSONField(default=list)
    spent_picos = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    period_start = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    told_percent = models.PositiveSmallIntegerField(default=0)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.scope} {self.value}"


class CallDay(models.Model):
    """How many calls of a project's APIs were recorded on a day, as last counted; the last days are counted again."""

    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField()
    day = models.DateField()
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "day"], name="gateway_call_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.calls}"


class CallImport(models.Model):
    """A file of calls of the past that was brought in; the same file is brought in once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(db_index=True)
    project_id = models.UUIDField(db_index=True)
    api = models.ForeignKey(Api, on_delete=models.CASCADE, related_name="imports")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    calls = models.PositiveIntegerField()
    cost_picos = models.DecimalField(max_digits=30, decimal_places=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    imported_by = models.CharField(max_length=150, blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["-imported_at"]
        constraints = [models.UniqueConstraint(fields=["api", "digest"], name="gateway_file_once_an_api")]

    def __str__(self) -> str:
        return self.name
