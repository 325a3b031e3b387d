"""What registration asks beyond an address and a password; apart from `forms`, because allauth's forms are built on it."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from emporion.accounts.models import Person
from emporion.ui.forms import BrowserZoneField, NameField

INVITATION = "invitation"  # the session's key for the token of the invitation that somebody followed


class NameForm(forms.Form):
    """The name."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}))
    time_zone = BrowserZoneField()
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: Person) -> None:  # noqa: ARG002 - allauth calls it so
        """The adapter keeps the name; here is kept where the person is."""
        user.time_zone = self.cleaned_data["time_zone"]
        user.save(update_fields=["time_zone"])
