"""Forms of the status page's settings."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.nexus.statuspage import rules
from emporion.nexus.statuspage.actions import ComponentSettings, NewMaintenance, PageSettings
from emporion.nexus.statuspage.models import Component
from emporion.nexus.statuspage.types import ComponentStatus, PageView
from emporion.nexus.statuspage.wording import STATUSES
from emporion.ui.forms import NameField


def _zones() -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class PageForm(forms.Form):
    """What a page is called and where it is."""

    name = NameField(max_length=80, label=_("Name"), help_text=_("The name that your customers know. It is the page's heading."))
    slug = forms.CharField(
        max_length=60,
        required=False,
        label=_("Address"),
        help_text=_("The page is at /status/ and this. Small letters, digits and hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "halyard-freight"}),
    )
    description = forms.CharField(max_length=300, required=False, label=_("What it is about"))
    support_url = forms.URLField(
        max_length=300,
        required=False,
        label=_("Link to your support"),
        assume_scheme="https",
        help_text=_("Starts with https://"),
    )
    time_zone = forms.ChoiceField(choices=_zones, label=_("Time zone"), initial="UTC")

    def page(self) -> PageSettings:
        """What was said."""
        said = self.cleaned_data
        return PageSettings(
            name=said["name"],
            slug=said["slug"].strip().lower() or rules.slug_from(said["name"]),
            description=said["description"],
            support_url=said["support_url"],
            time_zone=said["time_zone"],
        )


class ComponentForm(forms.Form):
    """What customers see of something, and what it follows."""

    name = NameField(max_length=80, label=_("Name"))
    description = forms.CharField(max_length=200, required=False, label=_("One line about it"))
    group = forms.CharField(max_length=80, required=False, label=_("Group"))
    api_id = forms.ChoiceField(
        required=False,
        label=_("API behind it"),
        help_text=_("Its calls make the history of ninety days. Which API it is stays with you."),
    )
    follows = forms.BooleanField(required=False, label=_("Let its status follow the API by itself"))
    status = forms.ChoiceField(choices=[(one.value, STATUSES[one]) for one in ComponentStatus], label=_("Status now"))

    def __init__(self, *args: object, apis: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self.fields["api_id"].choices = [("", _("None")), *apis]  # type: ignore[attr-defined]  # it is a ChoiceField

    def component(self) -> ComponentSettings:
        """What was said."""
        said = self.cleaned_data
        return ComponentSettings(
            name=said["name"],
            description=said["description"],
            group=said["group"],
            api_id=UUID(said["api_id"]) if said["api_id"] else None,
            follows=said["follows"],
            status=ComponentStatus(said["status"]),
        )


class MaintenanceForm(forms.Form):
    """Work that is announced; times are on the page's clock."""

    name = NameField(max_length=200, label=_("What you will work on"))
    starts_at = forms.DateTimeField(label=_("Begins"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=_("Ends"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    text = forms.CharField(
        max_length=2000, required=False, label=_("What customers should know"), widget=forms.Textarea(attrs={"rows": 3})
    )
    component_ids = forms.MultipleChoiceField(
        required=False, label=_("Components"), widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args: object, components: tuple[Component, ...], zone: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self._zone = ZoneInfo(zone)
        self.fields["component_ids"].choices = [(str(one.pk), one.name) for one in components]  # type: ignore[attr-defined]

    def maintenance(self) -> NewMaintenance:
        """What was said."""
        said = self.cleaned_data
        return NewMaintenance(
            name=said["name"],
            text=said["text"],
            starts_at=self._utc(said["starts_at"]),
            ends_at=self._utc(said["ends_at"]),
            component_ids=tuple(UUID(one) for one in said["component_ids"]),
        )

    def _utc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self._zone).astimezone(UTC)


def initial_of(page: PageView) -> dict[str, str]:
    """A page as its form shows it."""
    return {
        "name": page.name,
        "slug": page.slug,
        "description": page.description,
        "support_url": page.support_url,
        "time_zone": page.time_zone,
    }


def component_initial(row: Component) -> dict[str, object]:
    """A component as its form shows it."""
    return {
        "name": row.name,
        "description": row.description,
        "group": row.group,
        "api_id": str(row.api_id or ""),
        "follows": row.follows,
        "status": row.status,
    }
