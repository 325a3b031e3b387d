"""Makes `{{ form }}` and `{{ form.email.as_field_group }}` look like the rest: labels, hints and errors from our components."""

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
