"""The form that says of which visitors people want to hear."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.insights.intent.types import Wishes
from emporion.kernel.money import Money, exponent, round_half_away


class WishesForm(forms.Form):
    """Of whom to be told."""

    customers = forms.BooleanField(required=False, label=_("A customer is back"))
    paid = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
        label=_("who has paid at least"),
        help_text=_("In the currency of the website. Empty: any customer."),
    )
    likely = forms.BooleanField(required=False, label=_("Somebody is likely to buy"))
    likely_percent = forms.IntegerField(
        min_value=1, max_value=100, label=_("at least so likely, in percent"), help_text=_("Compare with the bands on this page.")
    )
    goals = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=_("Somebody reaches one of these goals")
    )

    def __init__(self, *args: object, goals: tuple[str, ...] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        known = dict.fromkeys((*goals, *(self.initial.get("goals") or ())))
        field = self.fields["goals"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in known]

    def wishes(self, currency: str) -> Wishes:
        """What was asked for."""
        data = self.cleaned_data
        return Wishes(
            customers=data["customers"],
            paid_minor=round_half_away((data["paid"] or Decimal(0)).scaleb(exponent(currency))),
            likely=data["likely"],
            likely_percent=data["likely_percent"],
            goals=tuple(data["goals"]),
        )


def initial_of(wishes: Wishes, currency: str) -> dict[str, object]:
    """A form's first values."""
    return {
        "customers": wishes.customers,
        "paid": Money(wishes.paid_minor, currency).major if wishes.paid_minor else None,
        "likely": wishes.likely,
        "likely_percent": wishes.likely_percent,
        "goals": list(wishes.goals),
    }
