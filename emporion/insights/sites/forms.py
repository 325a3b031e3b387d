"""Forms of the websites' pages."""

from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.insights.sites.errors import AddressInvalid, DomainInvalid
from emporion.insights.sites.rules import domain_of, network_of
from emporion.insights.sites.types import AttributionModel, NewSite, SiteSettings, SiteView
from emporion.ui.forms import NameField

MODELS = [
    (AttributionModel.LAST_CLICK, _("Last click")),
    (AttributionModel.FIRST_CLICK, _("First click")),
    (AttributionModel.LAST_NON_DIRECT, _("Last click that is not direct")),
    (AttributionModel.LINEAR, _("Linear: every visit alike")),
    (AttributionModel.TIME_DECAY, _("Time decay: later visits more")),
    (AttributionModel.POSITION_BASED, _("Position: first and last most")),
]
FIRST_CURRENCIES = ("USD", "EUR", "GBP")
CURRENCIES = (
    *FIRST_CURRENCIES, "AED", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "HKD", "HUF", "IDR",
    "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR",
    "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH", "VND", "ZAR",
)  # fmt: skip
MOST_LINES = 50


def _zones() -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def _currencies() -> list[tuple[str, str]]:
    names = Locale("en").currencies
    return [(code, f"{code}, {names.get(code, code)}") for code in CURRENCIES]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()][:MOST_LINES]


class SiteForm(forms.Form):
    """What is asked when a website is added."""

    domain = forms.CharField(
        max_length=300,
        label=_("Domain"),
        help_text=_("As in the address bar, such as example.com. Its subdomains count too."),
        widget=forms.TextInput(attrs={"placeholder": "example.com", "autocapitalize": "none", "spellcheck": "false"}),
    )
    time_zone = forms.ChoiceField(choices=_zones, label=_("Time zone"), help_text=_("Decides where a day begins."), initial="UTC")
    currency = forms.ChoiceField(choices=_currencies, label=_("Currency"), help_text=_("Revenue is shown in it."))

    def clean_domain(self) -> str:
        """The domain alone."""
        try:
            return domain_of(self.cleaned_data["domain"])
        except DomainInvalid as error:
            text = _("“%(text)s” is not a domain: %(reason)s.")
            raise forms.ValidationError(text, params={"text": error.domain, "reason": error.reason}) from error

    def site(self) -> NewSite:
        """What the form says."""
        data = self.cleaned_data
        return NewSite(domain=data["domain"], time_zone=data["time_zone"], currency=data["currency"])


class SettingsForm(SiteForm):
    """What can be changed later."""

    name = NameField(max_length=120, required=False, label=_("Name"), help_text=_("Empty: the domain."))
    hostnames = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=_("Further domains"),
        help_text=_("One a line, such as app.example.org. A visitor who goes from one to another stays the same visitor."),
    )
    attribution_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        label=_("Attribution window in days"),
        help_text=_("Visits this long before a payment earn it."),
    )
    attribution_model = forms.ChoiceField(choices=MODELS, label=_("Attribution model"))
    excluded_addresses = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=_("Excluded addresses"),
        help_text=_("One a line: your office, such as 203.0.113.7 or 203.0.113.0/24. Events from there do not count."),
    )
    excluded_paths = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=_("Excluded pages"),
        help_text=_("One a line, such as /admin/*. Events on these pages do not count."),
    )

    def clean_hostnames(self) -> tuple[str, ...]:
        """The lines, each a domain."""
        return tuple(dict.fromkeys(self._domain(line) for line in _lines(self.cleaned_data["hostnames"])))

    def clean_excluded_addresses(self) -> tuple[str, ...]:
        """The lines, each an address or a network."""
        try:
            return tuple(dict.fromkeys(network_of(line) for line in _lines(self.cleaned_data["excluded_addresses"])))
        except AddressInvalid as error:
            text = _("“%(address)s” is not an internet address. Write one such as 203.0.113.7 or 203.0.113.0/24.")
            raise forms.ValidationError(text, params={"address": error.address}) from error

    def clean_excluded_paths(self) -> tuple[str, ...]:
        """The lines, each a path."""
        paths = tuple(dict.fromkeys(line[:200] for line in _lines(self.cleaned_data["excluded_paths"])))
        for path in paths:
            if not path.startswith("/"):
                raise forms.ValidationError(_("“%(path)s” is no path: begin it with a slash."), params={"path": path})
        return paths

    def settings(self) -> SiteSettings:
        """What the form says."""
        return SiteSettings(
            **{**self.cleaned_data, "attribution_model": AttributionModel(self.cleaned_data["attribution_model"])}
        )

    def _domain(self, line: str) -> str:
        try:
            return domain_of(line)
        except DomainInvalid as error:
            text = _("“%(text)s” is not a domain: %(reason)s.")
            raise forms.ValidationError(text, params={"text": error.domain, "reason": error.reason}) from error


class VerifyForm(forms.Form):
    """The page to look at."""

    url = forms.CharField(max_length=500, label=_("Page to verify"))


def initial_of(site: SiteView) -> dict[str, object]:
    """The settings form's first values."""
    return {
        "domain": site.domain,
        "name": "" if site.name == site.domain else site.name,
        "time_zone": site.time_zone,
        "currency": site.currency,
        "attribution_days": site.attribution_days,
        "attribution_model": site.attribution_model,
        "hostnames": "\n".join(site.collection.hostnames),
        "excluded_addresses": "\n".join(site.collection.excluded_addresses),
        "excluded_paths": "\n".join(site.collection.excluded_paths),
    }
