"""Makes `{{ form }}` and `{{ form.email.as_field_group }}` look like the rest: labels, hints and errors from our components."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """The form renderer of the product (setting FORM_RENDERER)."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
