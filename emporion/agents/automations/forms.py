"""What people fill in about an automation: the inputs that the listing asks for, and when it runs."""

from collections.abc import Iterable, Mapping
from datetime import time
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.agents.automations.types import AutomationView, Every, InputSpec, Schedule, Settings

EVERY = ((Every.DAILY, _("Every day")), (Every.WEEKLY, _("Every week")), (Every.HOURLY, _("Every hour")))
DAYS = enumerate((_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")))
INPUT_PREFIX = "input_"


def zones() -> list[str]:
    """The time zones that people know by a city."""
    known = (zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    return [*sorted(known), "UTC"]


class SetUpForm(forms.Form):
    """The fields of one automation; `agents` are the choices of an input that names an agent."""

    every = forms.ChoiceField(label=_("Runs"), choices=EVERY)
    weekday = forms.TypedChoiceField(label=_("On"), choices=tuple(DAYS), coerce=int, help_text=_("Counts for every week only."))
    at = forms.TimeField(label=_("At"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(
        self, data: Mapping[str, object] | None, *, automation: AutomationView, agents: Iterable[tuple[str, str]] = ()
    ) -> None:
        schedule = automation.schedule
        initial: dict[str, object] = {f"{INPUT_PREFIX}{key}": value for key, value in automation.inputs.items()}
        initial |= {"every": schedule.every, "weekday": schedule.weekday, "at": schedule.at, "time_zone": schedule.time_zone}
        super().__init__(data, initial=initial)
        chosen = self.fields["time_zone"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(zone, zone.replace("_", " ")) for zone in zones()]
        asked = {f"{INPUT_PREFIX}{spec.key}": _field(spec, tuple(agents)) for spec in automation.input_specs}
        self.fields = {**asked, **self.fields}

    def settings(self) -> Settings:
        """What was filled in."""
        values = self.cleaned_data
        inputs = {name.removeprefix(INPUT_PREFIX): str(value) for name, value in values.items() if name.startswith(INPUT_PREFIX)}
        at = values["at"] or time(0, 0)
        schedule = Schedule(every=Every(values["every"]), at=at, weekday=values["weekday"], time_zone=values["time_zone"])
        return Settings(inputs=inputs, schedule=schedule)

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the inputs."""
        return [self[name] for name in self.fields if name.startswith(INPUT_PREFIX)]


def _field(spec: InputSpec, agents: tuple[tuple[str, str], ...]) -> forms.Field:
    match spec.type:
        case "url":
            return forms.URLField(
                label=spec.label, required=spec.is_required, help_text=spec.help, assume_scheme="https", max_length=500
            )
        case "email":
            return forms.EmailField(label=spec.label, required=spec.is_required, help_text=spec.help)
        case "number":
            return forms.IntegerField(label=spec.label, required=spec.is_required, help_text=spec.help)
        case "agent":
            choices = [("", _("Choose an agent")), *agents]
            return forms.ChoiceField(label=spec.label, required=spec.is_required, help_text=spec.help, choices=choices)
        case _:
            return forms.CharField(label=spec.label, required=spec.is_required, help_text=spec.help, max_length=500)
