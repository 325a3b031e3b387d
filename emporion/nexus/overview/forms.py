"""What a person types about an API: its targets, and the allowance that was bought."""

from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.nexus.apis.types import Allowed, Watch
from emporion.ui.forms import NameField


class WatchForm(forms.Form):
    """What is expected of an API."""

    target = forms.DecimalField(
        label=_("Calls that have to succeed, in percent"), min_value=50, max_value=Decimal("99.999"), decimal_places=3
    )
    latency = forms.DecimalField(
        label=_("Slowest acceptable p95, in seconds"),
        required=False,
        min_value=0,
        max_value=600,
        decimal_places=1,
        help_text=_("Empty: twice what is usual at this hour."),
    )
    quota_name = NameField(
        label=_("Name of what you bought"), required=False, max_length=60, help_text=_("For example “Monthly credits”.")
    )
    quota_calls = forms.IntegerField(label=_("Calls that you bought"), required=False, min_value=0, max_value=10**15)
    quota_period = forms.ChoiceField(
        label=_("Given anew"),
        choices=[(Allowed.MONTH.value, _("each month")), (Allowed.DAY.value, _("each day"))],
        required=False,
    )
    depends = forms.CharField(label=_("Who depends on it"), required=False, max_length=200)

    @classmethod
    def of(cls, watch: Watch) -> "WatchForm":
        """The form as it stands."""
        percent = Decimal(str(round(watch.target * 100, 4))).normalize()
        return cls(
            initial={
                "target": f"{percent:f}",
                "latency": f"{watch.latency_ms / 1000:g}" if watch.latency_ms else "",
                "quota_name": watch.quota_name,
                "quota_calls": watch.quota_calls or "",
                "quota_period": watch.quota_period.value,
                "depends": watch.depends,
            }
        )

    def watch(self, api_id: UUID) -> Watch:
        """What was typed."""
        typed = self.cleaned_data
        return Watch(
            api_id=api_id,
            target=float(typed["target"] / 100),
            latency_ms=int((typed["latency"] or 0) * 1000),
            quota_name=typed["quota_name"],
            quota_calls=typed["quota_calls"] or 0,
            quota_period=Allowed(typed["quota_period"] or Allowed.MONTH),
            depends=typed["depends"],
        )
