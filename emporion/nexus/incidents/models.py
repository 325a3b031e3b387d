"""Tables of incidents: what was declared, who does what, what happened, was said and done, and what proves the recovery."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models

from emporion.kernel.ids import new_id
from emporion.nexus.incidents.types import OPEN_STATES, RECOVERY_MINUTES, Audience, EntryKind, IncidentRole, IncidentState
from emporion.plumbing.types import Actor, ActorKind


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Vocabulary of incidents."""

    def of(self, actor: Actor) -> Self:
        """Those of the projects that the actor sees."""
        if actor.organisation_id is None:
            return self.none()
        mine = self.filter(organisation_id=actor.organisation_id)
        return mine if actor.kind is ActorKind.SYSTEM else mine.filter(project_id__in=actor.project_ids)

    def open(self) -> Self:
        """Those that go on."""
        return self.filter(state__in=OPEN_STATES)

    def about(self, project_id: UUID, at: datetime) -> Self:
        """The open ones of a project that something of that moment may belong to."""
        return self.open().filter(project_id=project_id, watch_from__lte=at)


class Incident(models.Model):
    """An incident. `began_at` is when the trouble began, `watch_from` from when on what happened may be its cause."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=[(one, one) for one in IncidentState], default=IncidentState.DECLARED)
    began_at = models.DateTimeField()
    watch_from = models.DateTimeField()
    declared_at = models.DateTimeField()
    declared_by_id = models.UUIDField(null=True)
    declared_by = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    mitigated_at = models.DateTimeField(null=True)
    recovered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    close_reason = models.CharField(max_length=500, blank=True)
    next_update_at = models.DateTimeField(null=True)
    recovery_minutes = models.PositiveSmallIntegerField(default=RECOVERY_MINUTES)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-declared_at"]
        constraints = [models.UniqueConstraint(fields=["project_id", "number"], name="incident_number_once")]
        indexes = [models.Index(fields=["organisation_id", "project_id", "-declared_at"], name="incident_newest")]

    def __str__(self) -> str:
        return f"INC-{self.number} {self.title}"


class LinkedProblem(models.Model):
    """A problem that an incident is about; it is in one incident that is open at most."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="problems")
    problem_id = models.UUIDField(db_index=True)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "problem_id"], name="incident_problem_once")]

    def __str__(self) -> str:
        return str(self.problem_id)


class Affected(models.Model):
    """An API that an incident is about, or one feature that calls it: what has to recover before the incident may close."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="affected")
    api_id = models.UUIDField()
    api_name = models.CharField(max_length=120)
    feature = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [models.UniqueConstraint(fields=["incident", "api_id", "feature"], name="incident_affected_once")]

    def __str__(self) -> str:
        return self.feature or self.api_name


class RoleHeld(models.Model):
    """Who has a role in an incident."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=12, choices=[(one, one) for one in IncidentRole])
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=150)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "role"], name="incident_role_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.person_name}"


class Occurrence(models.Model):
    """Something that happened in a project and may belong on a timeline, kept so that an incident declared later has it, too.

    It belongs to the incidents of its problem, of its APIs or of its own `incident_id`; with none of them, to all of the time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=14, choices=[(one, one) for one in EntryKind])
    at = models.DateTimeField()
    text = models.CharField(max_length=500)
    detail = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    person_id = models.UUIDField(null=True)
    person_name = models.CharField(max_length=150, blank=True)
    problem_id = models.UUIDField(null=True)
    incident_id = models.UUIDField(null=True)
    api_ids = models.JSONField(default=list)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["project_id", "key"], name="incident_occurrence_once")]
        indexes = [models.Index(fields=["project_id", "at"], name="incident_occurrence_by_time")]

    def __str__(self) -> str:
        return self.text


class TimelineEntry(models.Model):
    """A line of the timeline: only ever added, once for each `key`; the database refuses anything else but a forgotten name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=14, choices=[(one, one) for one in EntryKind])
    at = models.DateTimeField()
    text = models.CharField(max_length=500)
    detail = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    person_id = models.UUIDField(null=True)
    person_name = models.CharField(max_length=150, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["incident", "key"], name="incident_entry_once")]
        indexes = [models.Index(fields=["incident", "at"], name="incident_entry_by_time")]

    def __str__(self) -> str:
        return self.text


class IncidentUpdate(models.Model):
    """An update that was posted; `places` are where it went, such as status-page, mail, webhook."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    audience = models.CharField(max_length=12, choices=[(one, one) for one in Audience])
    stage = models.CharField(max_length=16)
    text = models.TextField()
    posted_at = models.DateTimeField()
    person_id = models.UUIDField(null=True)
    person_name = models.CharField(max_length=150, blank=True)
    places = models.JSONField(default=list)

    class Meta:
        ordering = ["-posted_at"]

    def __str__(self) -> str:
        return self.text[:80]


class UpdateTemplate(models.Model):
    """A project's own words for updates, where they differ from ours; `{placeholders}` fill themselves from what is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    audience = models.CharField(max_length=12, choices=[(one, one) for one in Audience])
    stage = models.CharField(max_length=16)
    text = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project_id", "audience", "stage"], name="incident_template_once")]

    def __str__(self) -> str:
        return f"{self.audience} {self.stage}"


class Mitigation(models.Model):
    """A route of the gateway that was applied during an incident: who did it, until when, and when it went back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="mitigations")
    route_id = models.UUIDField(unique=True)
    api_id = models.UUIDField()
    to_api_id = models.UUIDField(null=True)
    verb = models.CharField(max_length=12)
    text = models.CharField(max_length=200)
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=150, blank=True)
    until = models.DateTimeField(null=True)
    goes_back = models.BooleanField(default=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["applied_at"]

    def __str__(self) -> str:
        return self.text


class RecoveryCell(models.Model):
    """One minute of one affected thing: within bounds or not, with the figures that say so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    affected = models.ForeignKey(Affected, on_delete=models.CASCADE, related_name="cells")
    minute = models.DateTimeField()
    is_ok = models.BooleanField()
    calls = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    p95_ms = models.FloatField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["minute"]
        constraints = [models.UniqueConstraint(fields=["affected", "minute"], name="incident_cell_once")]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {'in' if self.is_ok else 'out of'} bounds"


class Report(models.Model):
    """The post-incident report; its words are in its versions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="report")
    version = models.PositiveIntegerField(default=1)
    drafted_in_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Report of {self.incident}"


class ReportVersion(models.Model):
    """The words of a report as somebody saved them; version 1 is the draft."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    author_id = models.UUIDField(null=True)
    author_name = models.CharField(max_length=150, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="incident_report_version_once")]

    def __str__(self) -> str:
        return f"Version {self.number}"


class ActionItem(models.Model):
    """What is to be done so that it does not happen again; `key` keeps a proposal of the draft from coming twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="items")
    text = models.CharField(max_length=300)
    owner_id = models.UUIDField(null=True)
    owner_name = models.CharField(max_length=150, blank=True)
    due_on = models.DateField(null=True)
    key = models.CharField(max_length=80, null=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["incident", "key"], name="incident_item_once")]

    def __str__(self) -> str:
        return self.text


class Learning(models.Model):
    """What an incident taught; searched across the incidents of a project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    project_id = models.UUIDField()
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="learnings")
    text = models.CharField(max_length=500)
    author_id = models.UUIDField(null=True)
    author_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["project_id", "-created_at"], name="incident_learning_newest")]

    def __str__(self) -> str:
        return self.text[:80]
