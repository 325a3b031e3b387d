"""Forms of the gateway's pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from emporion.gateway.routing.orders import ApiSettings, NewApi, NewBudget, NewCache, NewRoute
from emporion.gateway.routing.presets import PRESETS, Preset
from emporion.gateway.routing.rules import LONGEST_KEPT_DAYS, LONGEST_TIMEOUT, picos_of, usd_of
from emporion.gateway.routing.types import (
    ApiView,
    BudgetPeriod,
    BudgetScope,
    BudgetView,
    Calls,
    KeyView,
    NewKey,
    Protocol,
    RouteMode,
    RouteTarget,
)
from emporion.ui.forms import NameField

CODE = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
PROTOCOLS = [
    (Protocol.HTTP.value, _("Any HTTP API")),
    (Protocol.OPENAI.value, _("OpenAI-compatible: tokens and costs are read")),
    (Protocol.ANTHROPIC.value, _("Anthropic-compatible: tokens and costs are read")),
]
ENVIRONMENTS = [
    ("", _("Not said")),
    ("production", _("Production")),
    ("staging", _("Staging")),
    ("development", _("Development")),
]
MODES = [
    (RouteMode.FALLBACK.value, _("Fall back: when it fails, call another")),
    (RouteMode.DIVERT.value, _("Divert: send a share of the calls elsewhere now")),
    (RouteMode.SHED.value, _("Shed: refuse a share of the calls now")),
    (RouteMode.SLOW.value, _("Slow: let through so many calls a minute")),
]
DURATIONS = [
    ("", _("Until I withdraw it")),
    ("15", _("For 15 minutes")),
    ("60", _("For an hour")),
    ("240", _("For 4 hours")),
    ("1440", _("For a day")),
]
PERIODS = [
    (BudgetPeriod.MONTH.value, _("A calendar month")),
    (BudgetPeriod.DAY.value, _("A day")),
    (BudgetPeriod.EVER.value, _("Once, without end")),
]
LIMITS = [("soft", _("Tell us, calls go on")), ("hard", _("Refuse further calls"))]


class ApiForm(forms.Form):
    """What is asked when an API is registered; what its preset knows is filled in."""

    name = NameField(max_length=80, label=_("Name"))
    base_url = forms.CharField(
        max_length=500,
        label=_("Address"),
        help_text=_("Without the path of a single call; for models, without /v1."),
        widget=forms.TextInput(attrs={**CODE, "inputmode": "url", "placeholder": "https://api.example.com"}),
    )
    secret = forms.CharField(
        max_length=4000,
        required=False,
        label=_("The provider's key"),
        help_text=_("Kept encrypted here. Your programs never see it: they call with a key of ours."),
        widget=forms.PasswordInput(render_value=True, attrs=CODE),
    )
    protocol = forms.ChoiceField(choices=PROTOCOLS, required=False, label=_("It speaks"))
    auth_header = forms.CharField(
        max_length=60,
        required=False,
        label=_("Header of the key"),
        widget=forms.TextInput(attrs={**CODE, "placeholder": "Authorization"}),
    )
    auth_prefix = forms.CharField(
        max_length=20,
        required=False,
        strip=False,
        label=_("Before the key"),
        help_text=_("Usually “Bearer ”, for x-api-key nothing."),
        widget=forms.TextInput(attrs=CODE),
    )
    is_unchecked = forms.BooleanField(required=False, label=_("Register it without a test call"))

    def __init__(self, data: object = None, *, preset: Preset) -> None:
        initial = {
            "name": preset.name if preset.key != "http" else "",
            "base_url": preset.base_url,
            "protocol": preset.protocol.value,
            "auth_header": preset.auth_header,
            "auth_prefix": preset.auth_prefix,
        }
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a QueryDict or nothing
        self.preset = preset
        self.fields["secret"].required = preset.needs_key
        if preset.key_looks_like:
            self.fields["secret"].widget.attrs["placeholder"] = preset.key_looks_like
        if preset.key == "azure-openai":
            self.fields["base_url"].widget.attrs["placeholder"] = "https://your-resource.openai.azure.com"

    def api(self) -> NewApi:
        """The API that was asked for."""
        data, is_free = self.cleaned_data, self.preset.key == "http"
        return NewApi(
            preset=self.preset.key,
            name=data["name"],
            base_url=data["base_url"],
            secret=data["secret"],
            protocol=Protocol(data["protocol"]) if is_free and data["protocol"] else None,
            auth_header=data["auth_header"] if is_free else "",
            auth_prefix=data["auth_prefix"] if is_free else None,
            is_unchecked=data["is_unchecked"],
        )


class ApiSettingsForm(forms.Form):
    """What can be changed of an API."""

    name = NameField(max_length=80, label=_("Name"))
    base_url = forms.CharField(max_length=500, label=_("Address"), widget=forms.TextInput(attrs=CODE))
    timeout_seconds = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_TIMEOUT,
        label=_("Time-out"),
        help_text=_("Seconds that a call may take before the gateway gives up."),
    )
    body_days = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_KEPT_DAYS,
        label=_("Keep bodies for"),
        help_text=_("Days. 0 keeps none."),
    )
    status_page_url = forms.URLField(
        max_length=500,
        required=False,
        assume_scheme="https",
        label=_("Status page"),
        widget=forms.URLInput(attrs=CODE),
        help_text=_("Of the provider. A page that you enter here is read every minute and shown under Providers."),
    )

    def settings(self) -> ApiSettings:
        """The settings that were asked for."""
        return ApiSettings(**self.cleaned_data)


def initial_of(api: ApiView) -> dict[str, object]:
    """What the settings are now."""
    return {
        "name": api.name,
        "base_url": api.base_url,
        "timeout_seconds": api.timeout_seconds,
        "body_days": api.body_days,
        "status_page_url": api.status_page_url,
    }


class RotateForm(forms.Form):
    """A new key of the provider's."""

    secret = forms.CharField(max_length=4000, label=_("New key"), widget=forms.PasswordInput(render_value=True, attrs=CODE))
    is_unchecked = forms.BooleanField(required=False, label=_("Take it without a test call"))


class KeyForm(forms.Form):
    """What a key is for, what it opens and how much it may."""

    name = NameField(max_length=80, label=_("Name"), help_text=_("The program that will use it, such as “Shop backend”."))
    environment = forms.ChoiceField(choices=ENVIRONMENTS, required=False, label=_("Environment"))
    team = forms.CharField(max_length=60, required=False, label=_("Team"))
    feature = forms.CharField(
        max_length=60, required=False, label=_("Feature"), help_text=_("Empty, the header X-Emporion-Feature says it.")
    )
    apis = forms.MultipleChoiceField(
        required=False,
        label=_("Opens"),
        help_text=_("Nothing chosen opens every API of the project, also those to come."),
        widget=forms.CheckboxSelectMultiple,
    )
    requests_per_minute = forms.IntegerField(
        min_value=0, max_value=2_000_000_000, initial=0, label=_("Calls a minute"), help_text=_("0 is no limit.")
    )
    tokens_per_minute = forms.IntegerField(
        min_value=0, max_value=2_000_000_000, initial=0, label=_("Tokens a minute"), help_text=_("0 is no limit.")
    )
    expires_on = forms.DateField(
        required=False,
        label=_("Ends on"),
        help_text=_("Refused from that day on."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: object = None, *, apis: Sequence[ApiView]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["apis"].choices = [(str(api.id), api.name) for api in apis]  # type: ignore[attr-defined]  # of this field

    def key(self) -> NewKey:
        """The key that was asked for."""
        data = self.cleaned_data
        ends = data["expires_on"]
        midnight = datetime(ends.year, ends.month, ends.day, tzinfo=timezone.get_current_timezone()) if ends else None
        return NewKey(
            name=data["name"],
            team=data["team"],
            feature=data["feature"],
            environment=data["environment"],
            api_ids=tuple(UUID(one) for one in data["apis"]),
            requests_per_minute=data["requests_per_minute"],
            tokens_per_minute=data["tokens_per_minute"],
            expires_at=midnight,
        )


class RouteForm(forms.Form):
    """Which calls, what happens to them, and for how long."""

    api = forms.ChoiceField(label=_("Calls of"))
    model = forms.CharField(max_length=120, required=False, label=_("Only this model"), widget=forms.TextInput(attrs=CODE))
    feature = forms.CharField(max_length=60, required=False, label=_("Only this feature"))
    mode = forms.ChoiceField(choices=MODES, label=_("What happens"))
    to_api = forms.ChoiceField(required=False, label=_("To"), help_text=_("For falling back and diverting."))
    to_model = forms.CharField(
        max_length=120,
        required=False,
        label=_("As this model"),
        help_text=_("Empty keeps the one that was asked for."),
        widget=forms.TextInput(attrs=CODE),
    )
    percent = forms.IntegerField(
        min_value=1, max_value=100, initial=100, required=False, label=_("Share in %"), help_text=_("For diverting and shedding.")
    )
    per_minute = forms.IntegerField(
        min_value=0, max_value=1_000_000, initial=0, required=False, label=_("Calls a minute"), help_text=_("For slowing.")
    )
    minutes = forms.ChoiceField(choices=DURATIONS, required=False, label=_("How long"))
    note = forms.CharField(max_length=200, required=False, label=_("Why"))

    def __init__(self, data: object = None, *, apis: Sequence[ApiView], initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a QueryDict or nothing
        choices = [(str(api.id), api.name) for api in apis]
        self.fields["api"].choices = choices  # type: ignore[attr-defined]  # of this field
        targets = [(str(api.id), api.name) for api in apis if not api.is_platform]
        self.fields["to_api"].choices = [("", _("Choose an API")), *targets]  # type: ignore[attr-defined]  # of this field

    def route(self, now: datetime) -> NewRoute:
        """The route that was asked for; what its mode does not use is left out."""
        data = self.cleaned_data
        mode = RouteMode(data["mode"])
        leads = mode in {RouteMode.FALLBACK, RouteMode.DIVERT} and data["to_api"]
        shares = mode in {RouteMode.DIVERT, RouteMode.SHED}
        return NewRoute(
            calls=Calls(api_id=UUID(data["api"]), model=data["model"], feature=data["feature"]),
            mode=mode,
            targets=(RouteTarget(api_id=UUID(data["to_api"]), model=data["to_model"]),) if leads else (),
            percent=(data["percent"] or 0) if shares else 100,
            per_minute=(data["per_minute"] or 0) if mode is RouteMode.SLOW else 0,
            until=now + timedelta(minutes=int(data["minutes"])) if data["minutes"] else None,
            note=data["note"],
        )


class ImportForm(forms.Form):
    """Which API the calls of a file are of."""

    api = forms.ChoiceField(label=_("Calls of"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV with a head, or a JSON object on each line; up to 5 MB. Imported calls cannot be taken back."),
        widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,.ndjson,.json,text/csv"}),
    )

    def __init__(self, data: object = None, files: object = None, *, apis: Sequence[ApiView]) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]  # what Django's request holds, or nothing
        self.fields["api"].choices = [(str(api.id), api.name) for api in apis]  # type: ignore[attr-defined]  # of this field


class CacheForm(forms.Form):
    """Whose answers are kept, and how long."""

    api = forms.ChoiceField(label=_("Answers of"))
    feature = forms.CharField(max_length=60, required=False, label=_("Only this feature"))
    seconds = forms.IntegerField(min_value=1, max_value=604_800, initial=300, label=_("Seconds"))

    def __init__(self, data: object = None, *, apis: Sequence[ApiView]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        self.fields["api"].choices = [(str(api.id), api.name) for api in apis]  # type: ignore[attr-defined]  # of this field

    def cache(self) -> NewCache:
        """The policy that was asked for."""
        data = self.cleaned_data
        return NewCache(api_id=UUID(data["api"]), seconds=data["seconds"], feature=data["feature"])


class BudgetForm(forms.Form):
    """What is limited, how much may be spent in which time, and what happens then."""

    what = forms.ChoiceField(label=_("Limits"))
    value = forms.CharField(max_length=60, required=False, label=_("Name of the team or feature"))
    limit = forms.DecimalField(
        min_value=Decimal("0.000001"),
        max_value=Decimal(10**12),
        max_digits=20,
        decimal_places=6,
        label=_("Limit in US dollars"),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    period = forms.ChoiceField(choices=PERIODS, label=_("In"), help_text=_("Days and months are those of UTC."))
    at_limit = forms.ChoiceField(choices=LIMITS, label=_("At the limit"))
    shares = forms.CharField(
        max_length=40, initial="50, 80, 90, 100", label=_("Tell us at"), help_text=_("Percent of the limit, with commas.")
    )

    def __init__(
        self,
        data: object = None,
        *,
        apis: Sequence[ApiView],
        keys: Sequence[KeyView],
        may_limit_all: bool,
        budget: BudgetView | None = None,
    ) -> None:
        super().__init__(data, initial=_initial_of_budget(budget) if budget else None)  # type: ignore[arg-type]  # as above
        whole = [("organisation", _("The whole organization"))] if may_limit_all else []
        self.fields["what"].choices = [  # type: ignore[attr-defined]  # of this field
            ("project", _("This project")),
            *whole,
            ("team", _("A team")),
            ("feature", _("A feature")),
            *((f"api:{api.id}", f"API {api.name}") for api in apis),
            *((f"key:{key.id}", f"{_('Key')} {key.name}") for key in keys),
        ]

    def clean_shares(self) -> tuple[int, ...]:
        """The percentages; what is none is named."""
        parts = [part.strip().removesuffix("%").strip() for part in self.cleaned_data["shares"].split(",")]
        if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 100 for part in parts):
            raise forms.ValidationError(_("Write percentages between 1 and 100, such as 50, 80, 100."))
        return tuple(sorted({int(part) for part in parts}))

    def budget(self) -> NewBudget:
        """The budget that was asked for."""
        data = self.cleaned_data
        scope, _colon, chosen = data["what"].partition(":")
        return NewBudget(
            scope=BudgetScope(scope),
            value=chosen or (data["value"] if scope in {"team", "feature"} else ""),
            period=BudgetPeriod(data["period"]),
            limit_picos=picos_of(data["limit"]),
            is_hard=data["at_limit"] == "hard",
            shares=data["shares"],
        )


def _initial_of_budget(budget: BudgetView) -> dict[str, object]:
    is_named = budget.scope in {BudgetScope.TEAM, BudgetScope.FEATURE}
    is_chosen = budget.scope in {BudgetScope.KEY, BudgetScope.API}
    return {
        "what": f"{budget.scope}:{budget.value}" if is_chosen else budget.scope.value,
        "value": budget.value if is_named else "",
        "limit": f"{usd_of(budget.limit_picos):f}",
        "period": budget.period.value,
        "at_limit": "hard" if budget.is_hard else "soft",
        "shares": ", ".join(str(share) for share in budget.shares),
    }


PRESET_KEYS = frozenset(preset.key for preset in PRESETS)
