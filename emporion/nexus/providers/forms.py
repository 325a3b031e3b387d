"""Forms of providers' status pages."""

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from emporion.gateway.routing.types import ApiView
from emporion.nexus.providers import rules
from emporion.nexus.providers.errors import FeedInvalid
from emporion.nexus.providers.types import Feed, FeedKind, NewFeed
from emporion.ui.forms import NameField

KINDS = [
    (FeedKind.STATUSPAGE.value, _("Statuspage, incident.io and others that speak its JSON")),
    (FeedKind.ROOTLY.value, _("Rootly")),
    (FeedKind.BETTER_STACK.value, _("Better Stack")),
]


class FeedForm(forms.Form):
    """A status page that is to be read."""

    name = NameField(max_length=120, label=_("Provider"), widget=forms.TextInput(attrs={"placeholder": "OpenAI"}))
    url = forms.CharField(
        max_length=500,
        label=_("Its status page"),
        widget=forms.TextInput(attrs={"placeholder": "https://status.example.com", "autocapitalize": "none"}),
    )
    kind = forms.ChoiceField(choices=KINDS, label=_("Kind"))
    apis = forms.MultipleChoiceField(
        required=False,
        label=_("APIs that it concerns"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Later you can say it for each of its components."),
    )

    def __init__(self, *args: object, apis: Sequence[ApiView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["apis"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(api.id), api.name) for api in apis]

    def clean_url(self) -> str:
        """The root of the page."""
        try:
            return rules.address_of(self.cleaned_data["url"])
        except FeedInvalid as error:
            raise forms.ValidationError(f"{error.message} {error.step}") from error

    def feed(self) -> NewFeed:
        """What the form says."""
        data = self.cleaned_data
        return NewFeed(
            name=data["name"], url=data["url"], kind=FeedKind(data["kind"]), api_ids=tuple(UUID(one) for one in data["apis"])
        )


class ConnectForm(forms.Form):
    """Which APIs a page concerns, as a whole and part by part."""

    apis = forms.MultipleChoiceField(required=False, label=_("All of it"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: QueryDict | None, *, feed: Feed, apis: Sequence[ApiView]) -> None:
        initial: dict[str, object] = {"apis": [str(one) for one in feed.api_ids]}
        initial |= {f"c_{place}": str(one.api_id or "") for place, one in enumerate(feed.components)}
        super().__init__(data, initial=initial)
        self._components = feed.components
        choices = [(str(api.id), api.name) for api in apis]
        field = self.fields["apis"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        for place, one in enumerate(feed.components):
            self.fields[f"c_{place}"] = forms.ChoiceField(choices=[("", _("No API")), *choices], required=False, label=one.name)

    @property
    def component_fields(self) -> list[tuple[BoundField, str]]:
        """The choice of each component, with its status."""
        return [(self[f"c_{place}"], one.status) for place, one in enumerate(self._components)]

    def api_ids(self) -> list[UUID]:
        """The APIs that all of it concerns."""
        return [UUID(one) for one in self.cleaned_data["apis"]]

    def components(self) -> dict[str, UUID | None]:
        """The API of each component, by its key."""
        data = self.cleaned_data
        return {
            one.key: UUID(data[f"c_{place}"]) if data.get(f"c_{place}") else None for place, one in enumerate(self._components)
        }
