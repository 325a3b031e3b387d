"""What people say when they bring something in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AgreeForm(forms.Form):
    """Whether days that were measured here come too."""

    takes_covered = forms.BooleanField(
        required=False,
        label=_("Also take the days on which this website was measured here"),
        help_text=_("Visitors of those days then count twice: once as here, once as in the file."),
    )
