"""Forms of registration; allauth takes its own from settings."""

import zoneinfo
from typing import cast

from allauth.account.forms import LoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from emporion.accounts.actions import complete_registration
from emporion.accounts.models import Person
from emporion.accounts.registration import INVITATION
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.ui.forms import BrowserZoneField, NameField

PASSWORD_HINT = _("At least 10 characters. A few unrelated words work well.")


class LogInForm(LoginForm):
    """Logging in with e-mail and password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _say_once(self)


def _say_once(form: forms.Form) -> None:
    """Our word for the address, and no placeholders: they repeat the label and vanish when one types."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in {"login", "email"}:
            field.label = _("E-mail")
        if name == "password1":
            field.help_text = PASSWORD_HINT


class SignupForm(AllauthSignupForm):
    """Registration by e-mail and password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _say_once(self)

    def save(self, request: HttpRequest) -> Person:
        """The person with their organisation and project, all or nothing."""
        with transaction.atomic():
            person = cast("Person", super().save(request))
            invitation = request.session.pop(INVITATION, "")
            complete_registration(person_id=person.pk, invitation=invitation, now=utcnow())
        return person


class JoinForm(forms.Form):
    """What a new person adds to an invitation."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail"), disabled=True)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    time_zone = BrowserZoneField()

    def refuse(self, error: DomainError) -> None:
        """Say a refusal at its field."""
        field = str(error.facts.get("field", ""))
        self.add_error(field if field in self.fields else None, f"{error.message} {error.step}")


class ProfileForm(forms.Form):
    """What a person says of themselves."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())],
        help_text=_("Times on pages and in mails are shown in it."),
    )
