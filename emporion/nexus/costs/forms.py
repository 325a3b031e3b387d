"""Forms of prices: one's own, and which calls to price again."""

from datetime import UTC, date, datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.gateway.pricing.orders import NewCorrection
from emporion.gateway.pricing.types import NewPrice
from emporion.nexus.costs.periods import midnight

LAST_DAY = date.max - timedelta(days=1)  # after it there is another


def _dollars(label: object, hint: object = "") -> forms.DecimalField:
    return forms.DecimalField(required=False, min_value=0, max_digits=24, decimal_places=12, label=label, help_text=hint)  # type: ignore[arg-type]


def _day(label: object, hint: object = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=hint, widget=forms.DateInput({"type": "date"}))  # type: ignore[arg-type]


class PriceForm(forms.Form):
    """A price or a discount of one's own."""

    provider = forms.CharField(max_length=40, required=False, label=_("Provider"), help_text=_("Empty: any of them."))
    model = forms.CharField(max_length=120, label=_("Model"), help_text=_("A name, or a pattern such as gpt-5* or *."))
    input = _dollars(_("Input"), _("USD for a million tokens"))
    output = _dollars(_("Output"), _("USD for a million tokens"))
    cache_read = _dollars(_("Input from the cache"), _("Empty: costs like other input"))
    cache_write = _dollars(_("Input written to the cache"), _("Empty: costs like other input"))
    per_call = _dollars(_("Each call"), _("USD, for APIs that charge by the call"))
    discount_percent = forms.DecimalField(
        required=False, max_digits=6, decimal_places=3, label=_("Discount"), help_text=_("Percent off the list price, instead")
    )
    valid_from = _day(_("From"), _("The first day, UTC, that it holds for."))
    note = forms.CharField(max_length=200, required=False, label=_("Note"), help_text=_("The contract, for example."))

    def price(self) -> NewPrice:
        """The price that was entered."""
        data = dict(self.cleaned_data)
        data["valid_from"] = midnight(data["valid_from"])
        return NewPrice(**data)


class RepriceForm(forms.Form):
    """Which calls to price again, and why."""

    since = _day(_("From"))
    until = _day(_("To, included"))
    repriced_model = forms.CharField(
        max_length=200, required=False, label=_("Model"), help_text=_("A name or pattern; empty for all.")
    )
    reason = forms.CharField(max_length=300, label=_("Why"), help_text=_("Shown beside every figure that changes."))

    def correction(self) -> NewCorrection:
        """What was asked for."""
        data = self.cleaned_data
        return NewCorrection(
            since=midnight(data["since"]),
            until=midnight(min(data["until"], LAST_DAY) + timedelta(days=1)),
            model=data["repriced_model"],
            reason=data["reason"],
        )


def first_of_month(now: datetime) -> date:
    """The day that a new price is first offered from."""
    return now.astimezone(UTC).date().replace(day=1)
