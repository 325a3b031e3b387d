"""Makes `{{ form }}` and `{{ form.email.as_field_group }}` look like the rest: labels, hints and errors from our components."""

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from emporion.kernel.names import NameUnreadable, written


class Renderer(TemplatesSetting):
    """The form renderer of the product (setting FORM_RENDERER)."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


class NameField(forms.CharField):
    """A name that people read: one that hides a sign is refused at its field."""

    def to_python(self, value: Any) -> str:
        """The name as it is kept."""
        text = super().to_python(value) or ""
        try:
            return written(text, longest=len(text))
        except NameUnreadable as error:
            raise ValidationError(f"{error.message} {error.step}") from error


class BrowserZoneField(forms.CharField):
    """The browser's time zone, which it tells unasked; whoever tells none that there is begins in UTC and can change it."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput(attrs={"data-zone": ""}))

    def clean(self, value: Any) -> str:
        """A zone that there is."""
        zone = str(super().clean(value))
        return zone if zone in zoneinfo.available_timezones() else "UTC"


def begin_in_zone(form: forms.Form, known: str = "") -> None:
    """Has the field of a time zone that nobody has chosen begin with the one that is known, else with the browser's."""
    if form.is_bound:
        return
    form.initial["time_zone"] = zone = known or "UTC"
    if zone == "UTC":
        form.fields["time_zone"].widget.attrs["data-zone"] = ""
