"""Reads the one form of the checkout; an answer that is missing is named at its field."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.accounts.queries import why_refused
from emporion.kernel.errors import DomainError
from emporion.ui.forms import BrowserZoneField, NameField


class AccountForm(forms.Form):
    """Who is buying, for somebody who is not signed in: new, or back again."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 10 characters. Your order stays here while you sign in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )
    time_zone = BrowserZoneField()
    messages_for: ClassVar = {
        "name": _("Enter your name, so that we know what to call you."),
        "email": _("Enter your e-mail address: the receipt goes there."),
        "password": _("Choose a password of at least 10 characters."),
    }

    def __init__(self, *args: object, is_new: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        for name, message in self.messages_for.items():
            self.fields[name].error_messages["required"] = message
        if not is_new:
            self.fields["name"].required = False
            self.fields["password"].error_messages["required"] = _("Enter your password.")
        self.is_new = is_new

    def clean(self) -> dict[str, str]:
        """Refuse the password of a new account with everything else that is wrong, not when the account is made."""
        entered: dict[str, str] = super().clean() or self.cleaned_data
        if self.is_new and (password := entered.get("password")):
            why = why_refused(password, name=entered.get("name", ""), email=entered.get("email", ""))
            if why:
                self.add_error("password", why)
        return entered


class DetailsForm(forms.Form):
    """How an organisation wants to be named on its receipts."""

    name = NameField(
        label=_("Name"), max_length=160, required=False, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = forms.CharField(
        label=_("Country"), max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "country-name"})
    )
    tax_number = forms.CharField(label=_("VAT or tax number"), max_length=40, required=False)


class AskForm(forms.Form):
    """A request for a plan that is sold by hand."""

    name = NameField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    message = forms.CharField(
        label=_("What do you need?"),
        max_length=4000,
        help_text=_("How many calls a month, which systems, by when."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def refuse(form: forms.Form, error: DomainError) -> bool:
    """Show a refusal at the field that it names; `False` when the form has no such field."""
    field = error.facts.get("field")
    if not isinstance(field, str) or field not in form.fields:
        return False
    form.add_error(field, f"{error.message} {error.step}".strip())
    return True
