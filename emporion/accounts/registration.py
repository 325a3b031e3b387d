"""What registration asks beyond an address and a password; apart from `forms`, because allauth's forms are built on it."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from emporion.accounts.models import Person
from emporion.ui.forms import NameField

INVITATION = "invitation"  # the session's key for the token of the invitation that somebody followed


class NameForm(forms.Form):
    """The name."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}))
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Nothing more: the adapter keeps the name."""
