"""Forms of the keys' page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.insights.api.types import KeyKind, NewKey
from emporion.ui.forms import NameField

KINDS = [
    (KeyKind.LIVE.value, _("This website (sk_live_)")),
    (KeyKind.SITE.value, _("This website, for DataFast's clients (df_)")),
    (KeyKind.ACCOUNT.value, _("Every website of the organization (dft_)")),
]
SCOPES = [("read", _("Read figures")), ("write", _("Read figures, record goals and payments"))]


class KeyForm(forms.Form):
    """What a new key is called and may do."""

    name = NameField(max_length=80, label=_("Name"), help_text=_("Where you will use it, such as “Weekly report”."))
    kind = forms.ChoiceField(choices=KINDS, initial=KeyKind.LIVE.value, label=_("Opens"))
    scope = forms.ChoiceField(choices=SCOPES, initial="read", label=_("May"))

    def key(self) -> NewKey:
        """The key that was asked for."""
        data = self.cleaned_data
        return NewKey(name=data["name"], kind=KeyKind(data["kind"]), can_write=data["scope"] == "write")
