"""Forms of rules and silences; people write percent, seconds and dollars, rules keep shares and milliseconds."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.nexus.alerts.silencing import NewSilence
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Severity
from emporion.ui.forms import NameField

KINDS = (
    (Kind.THRESHOLD.value, _("A figure goes past a limit")),
    (Kind.ANOMALY.value, _("A figure is not what it usually is")),
    (Kind.BURN_RATE.value, _("The error budget burns too fast")),
    (Kind.OUTAGE.value, _("Most calls fail")),
    (Kind.SILENCE.value, _("Calls stop coming")),
    (Kind.QUOTA.value, _("The quota runs out")),
)
METRICS = (
    (Metric.FAILURE_RATE.value, _("Failure rate, in percent")),
    (Metric.P95_MS.value, _("p95 of the answer time, in seconds")),
    (Metric.FIRST_TOKEN_MS.value, _("Time to the first token, in seconds")),
    (Metric.THROTTLED_SHARE.value, _("Throttled calls, in percent")),
    (Metric.COST_PER_HOUR.value, _("Cost an hour, in US$")),
    (Metric.CALLS_PER_MINUTE.value, _("Calls a minute")),
    (Metric.QUOTA_LEFT.value, _("Quota that is left, in percent")),
)
SEVERITIES = (
    (Severity.PAGE.value, _("Wake somebody")),
    (Severity.TICKET.value, _("For this week")),
    (Severity.INFO.value, _("For information")),
)
LENGTHS = ((1, _("1 hour")), (4, _("4 hours")), (24, _("1 day")), (168, _("1 week")))


def scale(metric: Metric) -> float:
    """By how much what people write is more than what rules keep."""
    if metric.is_share:
        return 100.0
    return 0.001 if metric in {Metric.P95_MS, Metric.FIRST_TOKEN_MS} else 1.0


class RuleForm(forms.Form):
    """A rule to add or to change."""

    name = NameField(max_length=120, label=_("Name"), help_text=_("What people read in the list, such as Summaries fail."))
    kind = forms.ChoiceField(choices=KINDS, initial=Kind.THRESHOLD.value, label=_("It speaks when"))
    metric = forms.ChoiceField(choices=METRICS, initial=Metric.FAILURE_RATE.value, label=_("Figure"))
    threshold = forms.FloatField(
        required=False, min_value=0, label=_("Limit"), help_text=_("In the unit of the figure. Empty where no limit is needed.")
    )
    for_minutes = forms.IntegerField(min_value=1, max_value=180, initial=5, label=_("For how many minutes"))
    objective = forms.FloatField(
        required=False,
        min_value=50,
        max_value=99.999,
        label=_("Objective, in percent"),
        help_text=_("For the error budget. Empty takes the target on the API's page."),
    )
    minimum_calls = forms.IntegerField(required=False, min_value=0, label=_("Calls at least"))
    api = forms.ChoiceField(required=False, label=_("API"))
    model = forms.CharField(required=False, max_length=120, label=_("Model"))
    feature = forms.CharField(required=False, max_length=120, label=_("Feature"))
    team = forms.CharField(required=False, max_length=120, label=_("Team"))
    severity = forms.ChoiceField(choices=SEVERITIES, initial=Severity.TICKET.value, label=_("It is"))

    def __init__(
        self, data: Mapping[str, str] | None, *, names: Mapping[UUID, str], initial: dict[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["api"].choices = choices(names)  # type: ignore[attr-defined]

    def spec(self) -> RuleSpec:
        """The rule that was asked for."""
        data = self.cleaned_data
        metric = Metric(data["metric"])
        return RuleSpec(
            kind=Kind(data["kind"]),
            name=data["name"],
            metric=metric,
            api_id=UUID(data["api"]) if data["api"] else None,
            model=data["model"],
            feature=data["feature"],
            team=data["team"],
            threshold=(data["threshold"] or 0.0) / scale(metric),
            objective=(data["objective"] or 0.0) / 100,
            for_minutes=data["for_minutes"],
            minimum_calls=data["minimum_calls"] or 0,
            severity=Severity(data["severity"]),
        )


def choices(names: Mapping[UUID, str]) -> Iterable[tuple[str, object]]:
    """The APIs to choose from."""
    return [("", _("Every API")), *((str(key), name) for key, name in sorted(names.items(), key=lambda one: one[1].lower()))]


def initial_of(spec: RuleSpec) -> dict[str, object]:
    """A rule as its form shows it."""
    return {
        "name": spec.name,
        "kind": spec.kind.value,
        "metric": spec.metric.value,
        "threshold": round(spec.threshold * scale(spec.metric), 6) or None,
        "for_minutes": spec.for_minutes,
        "objective": round(spec.objective * 100, 6) or None,
        "minimum_calls": spec.minimum_calls or None,
        "api": str(spec.api_id or ""),
        "model": spec.model,
        "feature": spec.feature,
        "team": spec.team,
        "severity": spec.severity.value,
    }


class QuietForm(forms.Form):
    """For how long a problem tells nobody."""

    hours = forms.TypedChoiceField(choices=LENGTHS, coerce=int, initial=1, label=_("For"))
    reason = forms.CharField(required=False, max_length=200, label=_("Why"))


class MaintenanceForm(forms.Form):
    """A maintenance window; its times are UTC."""

    starts_at = forms.DateTimeField(label=_("From (UTC)"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=_("Until (UTC)"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    api = forms.ChoiceField(required=False, label=_("API"))
    reason = forms.CharField(required=False, max_length=200, label=_("Why"))

    def __init__(self, data: Mapping[str, str] | None, *, names: Mapping[UUID, str]) -> None:
        super().__init__(data)
        self.fields["api"].choices = choices(names)  # type: ignore[attr-defined]

    def silence(self) -> NewSilence:
        """The window that was asked for."""
        data = self.cleaned_data
        return NewSilence(
            starts_at=_utc(data["starts_at"]),
            ends_at=_utc(data["ends_at"]),
            reason=data["reason"],
            api_id=UUID(data["api"]) if data["api"] else None,
        )


def _utc(moment: datetime) -> datetime:
    """What was written, taken as UTC, whatever zone the reader lives in."""
    return moment.replace(tzinfo=UTC)
