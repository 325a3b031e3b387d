"""Forms of goals and funnels."""

from collections.abc import Iterator

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.insights.goals.types import FunnelStep, NewFunnel, NewGoal, StepKind, Window
from emporion.kernel.money import exponent, round_half_away
from emporion.ui.forms import NameField

MOST_STEPS = 8
FIRST_SHOWN = 3
KINDS = [(StepKind.PAGE.value, _("Page")), (StepKind.GOAL.value, _("Goal")), (StepKind.PURCHASE.value, _("Purchase"))]
WINDOWS = [(Window.HOUR.value, _("1 hour")), (Window.DAY.value, _("1 day")), (Window.WEEK.value, _("1 week"))]


class GoalForm(forms.Form):
    """A goal to set up."""

    name = forms.CharField(
        max_length=64, label=_("Name in the code"), help_text=_("Small letters, digits, - and _, such as newsletter_signup.")
    )
    label = NameField(max_length=80, required=False, label=_("Name to read"))
    value = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=4,
        label=_("Worth"),
        help_text=_("What one completion is worth to you."),
    )

    def goal(self, currency: str) -> NewGoal:
        """The goal that was asked for; a worth finer than the currency is rounded."""
        data = self.cleaned_data
        value = None if data["value"] is None else round_half_away(data["value"].scaleb(exponent(currency)))
        return NewGoal(name=data["name"], label=data["label"], value_minor=value)


class StepForm(forms.Form):
    """One step; an empty one is left out."""

    kind = forms.ChoiceField(choices=KINDS, required=False, label=_("Step"))
    pattern = forms.CharField(max_length=500, required=False, label=_("Path or goal"))

    def step(self) -> FunnelStep | None:
        """The step, if there is one."""
        kind = StepKind(self.cleaned_data["kind"] or StepKind.PAGE)
        pattern = self.cleaned_data["pattern"].strip()
        if not pattern and kind is not StepKind.PURCHASE:
            return None
        return FunnelStep(kind=kind, pattern=pattern)


Steps = forms.formset_factory(StepForm, extra=MOST_STEPS, max_num=MOST_STEPS, validate_max=True)


class FunnelForm(forms.Form):
    """A funnel to save."""

    name = NameField(max_length=80, label=_("Name"))
    window = forms.ChoiceField(choices=WINDOWS, initial=Window.DAY.value, label=_("Within"))

    def funnel(self, steps: Iterator[StepForm]) -> NewFunnel:
        """The funnel that was asked for."""
        found = tuple(step for step in (form.step() for form in steps) if step is not None)
        return NewFunnel(name=self.cleaned_data["name"], steps=found, window=Window(self.cleaned_data["window"]))
