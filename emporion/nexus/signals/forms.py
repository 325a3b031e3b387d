"""Forms of the pages of signals."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.gateway.routing.types import ApiView
from emporion.nexus.signals.types import DeploySource, HeartbeatWatch, NewDeploy, NewHeartbeat
from emporion.ui.forms import NameField

MINUTE, HOUR, DAY = 60, 3_600, 86_400
PERIODS = [
    (MINUTE, _("Every minute")),
    (5 * MINUTE, _("Every 5 minutes")),
    (10 * MINUTE, _("Every 10 minutes")),
    (15 * MINUTE, _("Every 15 minutes")),
    (30 * MINUTE, _("Every 30 minutes")),
    (HOUR, _("Every hour")),
    (2 * HOUR, _("Every 2 hours")),
    (6 * HOUR, _("Every 6 hours")),
    (12 * HOUR, _("Every 12 hours")),
    (DAY, _("Every day")),
    (7 * DAY, _("Every week")),
    (31 * DAY, _("Every month")),
]
GRACES = [
    (30, _("30 seconds")),
    (MINUTE, _("1 minute")),
    (5 * MINUTE, _("5 minutes")),
    (15 * MINUTE, _("15 minutes")),
    (30 * MINUTE, _("30 minutes")),
    (HOUR, _("1 hour")),
    (3 * HOUR, _("3 hours")),
    (12 * HOUR, _("12 hours")),
    (DAY, _("1 day")),
]


class ApiChoice(forms.TypedChoiceField):
    """One of the project's APIs, or none."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(coerce=UUID, empty_value=None, required=False, **kwargs)  # type: ignore[arg-type]

    def offer(self, apis: Sequence[ApiView]) -> None:
        """The choices of a request."""
        self.choices = [("", _("No API")), *((str(api.id), api.name) for api in apis)]


class HeartbeatForm(forms.Form):
    """What is asked of a job that is to report."""

    name = NameField(
        max_length=120,
        label=_("Name"),
        widget=forms.TextInput(attrs={"placeholder": _("Nightly invoice export")}),
    )
    period = forms.TypedChoiceField(choices=PERIODS, coerce=int, initial=HOUR, label=_("How often it runs"))
    grace = forms.TypedChoiceField(
        choices=GRACES,
        coerce=int,
        initial=5 * MINUTE,
        label=_("How late it may be"),
        help_text=_("Also how long it may take, where it says when it starts."),
    )
    api = ApiChoice(label=_("API that it depends on"), help_text=_("When it goes missing, that API's page says so."))

    def __init__(self, *args: object, apis: Sequence[ApiView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["api"]
        assert isinstance(field, ApiChoice)
        field.offer(apis)

    def heartbeat(self) -> NewHeartbeat:
        """What the form says."""
        data = self.cleaned_data
        return NewHeartbeat(
            name=data["name"], period_seconds=data["period"], grace_seconds=data["grace"], api_id=data["api"] or None
        )


def initial_of(heartbeat: HeartbeatWatch) -> dict[str, object]:
    """What the form shows of a heartbeat that is there."""
    return {
        "name": heartbeat.name,
        "period": heartbeat.period_seconds,
        "grace": heartbeat.grace_seconds,
        "api": str(heartbeat.api_id or ""),
    }


class DeployForm(forms.Form):
    """A deploy that a person notes by hand."""

    service = forms.CharField(max_length=120, label=_("Service"), widget=forms.TextInput(attrs={"placeholder": "checkout-api"}))
    version = forms.CharField(max_length=120, label=_("Version"), widget=forms.TextInput(attrs={"placeholder": "2.14.3"}))
    change = forms.CharField(max_length=1000, required=False, label=_("What changed"))
    link = forms.URLField(max_length=500, required=False, assume_scheme="https", label=_("Link"))

    def deploy(self) -> NewDeploy:
        """What the form says."""
        data = self.cleaned_data
        return NewDeploy(
            service=data["service"],
            version=data["version"],
            change=data["change"],
            link=data["link"],
            source=DeploySource.PAGE,
        )


class ReceiverForm(forms.Form):
    """A name for an address that takes in another system's alerts."""

    name = NameField(
        max_length=120, label=_("Name"), widget=forms.TextInput(attrs={"placeholder": _("Alertmanager of production")})
    )
