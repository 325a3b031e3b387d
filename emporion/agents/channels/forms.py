"""Forms of the channels' pages."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.agents.channels.types import Consent, Launcher, Position, WidgetSettings
from emporion.agents.runtime.sentences import NAMES
from emporion.ui.forms import NameField

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LANGUAGES = [("", _("The visitor's, else English")), *NAMES]
CHOICES: "Mapping[str, Sequence[tuple[str, StrPromise]]]" = {
    "position": [(Position.LEFT, _("Left")), (Position.RIGHT, _("Right"))],
    "launcher": [(Launcher.ICON, _("Icon")), (Launcher.TEXT, _("Icon and text"))],
    "consent": [(Consent.NEVER, _("Never")), (Consent.ALWAYS, _("Always"))],
}
MOST_LINES = 20
_HOST = re.compile(r"(?:\*\.)?(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")


class KeyForm(forms.Form):
    """What a new key is called."""

    name = NameField(max_length=80, label=_("Name"), help_text=_("Where you will use it, such as “Website backend”."))


class IntegrationForm(forms.Form):
    """The page to look at."""

    url = forms.CharField(max_length=500, label=_("Page to test"))


class WidgetForm(forms.Form):
    """How the widget looks, where it may run, and whom it serves."""

    title = NameField(max_length=60, required=False, label=_("Name"), help_text=_("Empty: the agent's own name."))
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        required=False,
        label=_("Colour"),
        help_text=_("Empty: the colour under Branding."),
        error_messages={"invalid": _("Write a colour as #rrggbb, such as #005f62.")},
    )
    welcome = forms.CharField(
        max_length=300, required=False, label=_("Welcome message"), help_text=_("Empty: the one under Branding.")
    )
    position = forms.ChoiceField(choices=CHOICES["position"], label=_("Position"))
    launcher = forms.ChoiceField(choices=CHOICES["launcher"], label=_("Launcher"))
    label = NameField(
        max_length=30,
        required=False,
        label=_("Text on the launcher"),
        help_text=_("Empty: “Questions?” in the widget's language, else in the visitor's."),
    )
    language = forms.ChoiceField(choices=LANGUAGES, required=False, label=_("Language"))
    consent = forms.ChoiceField(choices=CHOICES["consent"], label=_("Ask for consent first"))
    starters = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-chips": "lines", "data-remove": _("Remove")}),
        label=_("Starter questions"),
        help_text=_("One a line. Empty: those under Branding."),
    )
    allowed_domains = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-chips": "words", "data-remove": _("Remove")}),
        label=_("Allowed domains"),
        help_text=_("One a line, such as www.example.com or *.example.com. Empty: the widget runs anywhere."),
    )
    verified_only = forms.BooleanField(
        required=False,
        label=_("Only verified customers"),
        help_text=_("Visitors without a signed identity are refused by the server."),
    )

    def clean_starters(self) -> tuple[str, ...]:
        """The lines."""
        return _lines(self.cleaned_data["starters"], 120)

    def clean_allowed_domains(self) -> tuple[str, ...]:
        """The lines, without scheme and path; each must be a host name."""
        hosts = [
            line.lower().removeprefix("https://").removeprefix("http://").split("/")[0]
            for line in _lines(self.cleaned_data["allowed_domains"], 253)
        ]
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise forms.ValidationError(
                    _("“%(host)s” is not a domain. Write one like www.example.com."), params={"host": host}
                )
        return tuple(dict.fromkeys(hosts))

    def settings(self) -> WidgetSettings:
        """What the form says."""
        data = self.cleaned_data
        return WidgetSettings(
            **{
                **data,
                "position": Position(data["position"]),
                "launcher": Launcher(data["launcher"]),
                "consent": Consent(data["consent"]),
            }
        )


def initial_of(settings: WidgetSettings) -> dict[str, object]:
    """The form's first values."""
    return {
        **{name: getattr(settings, name) for name in WidgetForm.base_fields},
        "starters": "\n".join(settings.starters),
        "allowed_domains": "\n".join(settings.allowed_domains),
    }


def _lines(text: str, longest: int) -> tuple[str, ...]:
    lines = [line.strip()[:longest] for line in text.splitlines() if line.strip()]
    return tuple(lines[:MOST_LINES])
