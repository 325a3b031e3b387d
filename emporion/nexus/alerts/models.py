"""The tables of alerting: rules, what they keep in mind, alerts, the problems they form, silences and what people regrouped."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from emporion.kernel.ids import new_id
from emporion.nexus.alerts.types import AlertState, Kind, Metric, ProblemState, RuleOrigin, Severity
from emporion.plumbing.types import Actor, ActorKind, Permission


def _choices(kinds: type[Kind | Metric | ProblemState | AlertState | Severity | RuleOrigin]) -> list[tuple[str, str]]:
    return [(one.value, one.value) for one in kinds]


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    """Vocabulary of rules."""

    def of(self, actor: Actor) -> Self:
        """The rules in the projects that the actor sees."""
        own = self.filter(organisation_id=actor.organisation, removed_at=None)
        return own if actor.kind is ActorKind.SYSTEM else own.filter(project_id__in=actor.project_ids)


class AlertRule(models.Model):
    """What is watched and when it speaks; without an API it watches each API of the project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(db_index=True)
    api_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    metric = models.CharField(max_length=20, choices=_choices(Metric), default=Metric.FAILURE_RATE)
    name = models.CharField(max_length=120)
    model = models.CharField(max_length=120, blank=True)
    feature = models.CharField(max_length=120, blank=True)
    team = models.CharField(max_length=120, blank=True)
    threshold = models.FloatField(default=0.0)
    objective = models.FloatField(default=0.0)
    for_minutes = models.PositiveSmallIntegerField(default=5)
    minimum_calls = models.PositiveIntegerField(default=0)
    severity = models.CharField(max_length=8, choices=_choices(Severity), default=Severity.TICKET)
    origin = models.CharField(max_length=12, choices=_choices(RuleOrigin), default=RuleOrigin.PERSON)
    default_key = models.CharField(max_length=60, null=True, blank=True)
    is_enabled = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            # Registering an API twice, or hearing of it twice, gives its default rules once, even those that were removed.
            models.UniqueConstraint(fields=["project_id", "default_key"], name="nexus_rule_default_once")
        ]

    def __str__(self) -> str:
        return self.name


class SeriesState(models.Model):
    """What detection keeps in mind of one series (an API, or a scope of a rule): bounded, whatever passes through."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(db_index=True)
    api_id = models.UUIDField(null=True, blank=True)
    key = models.CharField(max_length=64)
    state = models.BinaryField()
    seen_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "key"], name="nexus_series_once")]

    def __str__(self) -> str:
        return self.key


class ProblemQuerySet(models.QuerySet["Problem"]):
    """Vocabulary of problems."""

    def of(self, actor: Actor) -> Self:
        """The problems in the projects that the actor sees; those merged into another are gone.

        What is about the whole organisation is seen by who sees that.
        """
        own = self.filter(organisation_id=actor.organisation, merged_into=None)
        if actor.kind is ActorKind.SYSTEM:
            return own
        if not actor.may(Permission.MANAGE_PROJECTS):
            own = own.filter(is_whole=False)
        return own.filter(project_id__in=actor.project_ids)

    def unresolved(self) -> Self:
        """Those that are still there."""
        return self.exclude(state=ProblemState.RESOLVED)

    def between(self, since: datetime, until: datetime) -> Self:
        """Those that were there at some time of a period."""
        return self.filter(opened_at__lt=until).filter(Q(resolved_at=None) | Q(resolved_at__gte=since))


class Problem(models.Model):
    """One fault; `told` is the severity with which it was last told, empty while nobody was told.

    `is_whole`: it is about the whole organisation, such as its budget, and in this project only because it has to be in one.
    `said` is what its most telling alert noticed; `title` and `sentence` are that in the words of when it was written.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveIntegerField()
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    api_id = models.UUIDField(null=True, blank=True)
    provider = models.CharField(max_length=60, blank=True)
    is_whole = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    sentence = models.CharField(max_length=500, blank=True)
    said = models.JSONField(default=dict, blank=True)
    severity = models.CharField(max_length=8, choices=_choices(Severity))
    state = models.CharField(max_length=12, choices=_choices(ProblemState), default=ProblemState.OPEN)
    priority = models.PositiveSmallIntegerField(default=4)
    why = models.JSONField(default=list, blank=True)
    labels = models.JSONField(default=dict, blank=True)
    impact = models.JSONField(default=dict, blank=True)
    impact_at = models.DateTimeField(null=True, blank=True)
    told = models.CharField(max_length=8, blank=True)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    quiet_since = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    incident_id = models.UUIDField(null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-number"]
        indexes = [
            models.Index(fields=["project_id", "state"], name="nexus_problem_state"),
            models.Index(fields=["project_id", "opened_at"], name="nexus_problem_opened"),
        ]
        constraints = [models.UniqueConstraint(fields=["project_id", "number"], name="nexus_problem_number")]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class AlertQuerySet(models.QuerySet["Alert"]):
    """Vocabulary of alerts."""

    def firing(self, project_id: UUID) -> Self:
        """What a project is told of now."""
        return self.filter(project_id=project_id, state=AlertState.FIRING)


class Alert(models.Model):
    """One thing that was noticed, with the fingerprint by which it is the same thing when it is noticed again.

    `said` is what was noticed, empty in old rows and where somebody else wrote the words, which are `title` and `sentence`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="alerts", null=True, blank=True)
    rule = models.ForeignKey(AlertRule, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    api_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    state = models.CharField(max_length=8, choices=_choices(AlertState), default=AlertState.FIRING)
    severity = models.CharField(max_length=8, choices=_choices(Severity))
    title = models.CharField(max_length=200)
    sentence = models.CharField(max_length=500, blank=True)
    said = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=32)
    labels = models.JSONField(default=dict, blank=True)
    value = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    count = models.PositiveIntegerField(default=1)
    is_silenced = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [models.Index(fields=["project_id", "state", "last_seen_at"], name="nexus_alert_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "fingerprint"], condition=Q(state=AlertState.FIRING), name="nexus_alert_firing_once"
            )
        ]

    def __str__(self) -> str:
        return self.title


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Vocabulary of silences."""

    def at(self, moment: datetime) -> Self:
        """Those that hold at a time."""
        return self.filter(starts_at__lte=moment, ends_at__gt=moment, removed_at=None)


class Silence(models.Model):
    """A time in which matching alerts tell nobody: a maintenance window, or "not this one, I know"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(db_index=True)
    api_id = models.UUIDField(null=True, blank=True)
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="silences", null=True, blank=True)
    is_maintenance = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]

    def __str__(self) -> str:
        return self.reason or str(self.pk)


class Regrouping(models.Model):
    """What a person merged or split, so that it can be taken back; `moves` holds each alert with the problem it left."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8)
    source = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="+")
    moves = models.JSONField(default=list)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.kind


def number_of_next(project_id: UUID) -> int:
    """The number that a new problem of a project gets; the caller's transaction and the constraint keep it single."""
    last = Problem.objects.filter(project_id=project_id).aggregate(last=models.Max("number"))["last"]
    return (last or 0) + 1
