"""The form of a check: what is asked, how often, and what is expected of the answer."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from emporion.gateway.routing.types import ApiView
from emporion.kernel.addresses import parts_of
from emporion.nexus.checks import rules
from emporion.nexus.checks.errors import CheckInvalid
from emporion.nexus.checks.types import Assertion, CheckSpec, Expectation
from emporion.ui.forms import NameField

HIDDEN = "••••••"
ROWS = 4
INTERVALS = [
    (30, _("Every 30 seconds")),
    (60, _("Every minute")),
    (120, _("Every 2 minutes")),
    (300, _("Every 5 minutes")),
    (600, _("Every 10 minutes")),
    (1_800, _("Every 30 minutes")),
    (3_600, _("Every hour")),
    (21_600, _("Every 6 hours")),
    (86_400, _("Every day")),
]
KINDS = [
    ("", _("Nothing")),
    (Expectation.STATUS.value, _("Status is")),
    (Expectation.LATENCY.value, _("Answer within (ms)")),
    (Expectation.BODY_CONTAINS.value, _("Body holds")),
    (Expectation.BODY_LACKS.value, _("Body does not hold")),
    (Expectation.JSON_EQUALS.value, _("JSON at a path is")),
    (Expectation.HEADER_CONTAINS.value, _("Header holds")),
    (Expectation.CERTIFICATE.value, _("Certificate valid for (days)")),
]
_FIELDS = {"url", "method", "interval", "timeout", "retries", "body", "headers", "api"}


class CheckForm(forms.Form):
    """What a person says of a check; `before` is the one that is changed: its secrets stay where they are not typed anew."""

    name = NameField(max_length=120, label=_("Name"), widget=forms.TextInput(attrs={"placeholder": _("Chat completions")}))
    url = forms.CharField(
        max_length=2_000,
        label=_("Address"),
        widget=forms.URLInput(attrs={"placeholder": "https://api.example.com/health", "autocapitalize": "none"}),
    )
    method = forms.ChoiceField(choices=[(one, one) for one in rules.METHODS], initial="GET", label=_("Method"))
    headers = forms.CharField(
        required=False,
        label=_("Headers"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "Authorization: Bearer …"}),
        help_text=_("One a line. They are kept encrypted and not shown again."),
    )
    body = forms.CharField(required=False, label=_("Body"), widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}))
    interval = forms.TypedChoiceField(choices=INTERVALS, coerce=int, initial=60, label=_("How often"))
    timeout = forms.IntegerField(min_value=1, max_value=rules.LONGEST_TIMEOUT, initial=10, label=_("Time-out in seconds"))
    retries = forms.IntegerField(
        min_value=0,
        max_value=rules.MOST_RETRIES,
        initial=1,
        label=_("Retries before it fails"),
        help_text=_("Each after 15 seconds."),
    )
    api = forms.TypedChoiceField(
        coerce=UUID, empty_value=None, required=False, label=_("API"), help_text=_("Its page shows this check.")
    )
    asked_from = forms.ChoiceField(
        required=False,
        label=_("Asked from"),
        help_text=_("To compare places, add a check for each of them."),
    )

    def __init__(
        self,
        *args: object,
        apis: Sequence[ApiView],
        regions: Sequence[str] = (),
        before: CheckSpec | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._before = before
        field = self.fields["api"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("No API")), *((str(api.id), api.name) for api in apis)]
        place = self.fields["asked_from"]
        assert isinstance(place, forms.ChoiceField)
        known = dict.fromkeys((*regions, *((before.asked_from,) if before and before.asked_from else ())))
        place.choices = [("", _("Wherever a worker is free")), *((one, one) for one in known)]
        for row in range(ROWS):
            self.fields[f"kind_{row}"] = forms.ChoiceField(choices=KINDS, required=False, label=_("Expect"))
            self.fields[f"name_{row}"] = forms.CharField(required=False, max_length=200, label=_("Path or header"))
            self.fields[f"value_{row}"] = forms.CharField(required=False, max_length=500, label=_("Value"))

    @property
    def assertion_rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """The rows of expectations: kind, path or header, value."""
        return [(self[f"kind_{row}"], self[f"name_{row}"], self[f"value_{row}"]) for row in range(ROWS)]

    def clean(self) -> dict[str, object]:
        """The whole, as the rules see it: what cannot be stands at its field."""
        data = super().clean() or {}
        if not self.errors:
            try:
                rules.checked(self.spec())
            except CheckInvalid as error:
                self.add_error(str(error.field) if error.field in _FIELDS else "kind_0", error.message)
        return data

    def spec(self) -> CheckSpec:
        """What the form says."""
        data = self.cleaned_data
        return CheckSpec(
            name=data["name"],
            url=data["url"].strip(),
            api_id=data["api"] or None,
            method=data["method"],
            headers=self._headers(data["headers"], data["url"]),
            body=data["body"],
            interval_seconds=data["interval"],
            timeout_seconds=data["timeout"],
            retries=data["retries"],
            assertions=tuple(self._assertions(data)),
            asked_from=data["asked_from"],
        )

    def _assertions(self, data: dict[str, str]) -> list[Assertion]:
        return [
            Assertion(kind=Expectation(data[f"kind_{row}"]), value=data[f"value_{row}"], name=data[f"name_{row}"])
            for row in range(ROWS)
            if data.get(f"kind_{row}")
        ]

    def _headers(self, text: str, url: str) -> dict[str, str]:
        """The lines; a hidden value stays what it was, as long as it goes to the same place."""
        found: dict[str, str] = {}
        for line in text.splitlines():
            name, colon, value = line.partition(":")
            if not line.strip():
                continue
            if not colon:
                raise CheckInvalid(f"“{line[:60]}” is no header: write Name: value.", field="headers")
            found[name.strip()] = self._value(name.strip(), value.strip(), url)
        return found

    def _value(self, name: str, value: str, url: str) -> str:
        if value != HIDDEN:
            return value
        before = self._before
        if before is None or name not in before.headers:
            raise CheckInvalid(f"Write the value of {name}.", field="headers")
        if parts_of(before.url)[:2] != parts_of(url)[:2]:
            raise CheckInvalid(f"The address changed: write the value of {name} again.", field="headers")
        return before.headers[name]


def initial_of(spec: CheckSpec) -> dict[str, object]:
    """What the form shows of a check that is there; the values of headers are not shown."""
    rows: dict[str, object] = {}
    for row, one in enumerate(spec.assertions[:ROWS]):
        rows |= {f"kind_{row}": one.kind.value, f"name_{row}": one.name, f"value_{row}": one.value}
    return {
        "name": spec.name,
        "url": spec.url,
        "method": spec.method,
        "headers": "\n".join(f"{name}: {HIDDEN}" for name in spec.headers),
        "body": spec.body,
        "interval": spec.interval_seconds,
        "timeout": spec.timeout_seconds,
        "retries": spec.retries,
        "api": str(spec.api_id or ""),
        "asked_from": spec.asked_from,
        **rows,
    }
