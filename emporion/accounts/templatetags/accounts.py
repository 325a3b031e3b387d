"""Template tags of accounts: the tabs of the settings, the identity providers that are configured."""

from allauth.socialaccount.adapter import get_adapter
from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from emporion.accounts import queries
from emporion.accounts.access import ActorRequest
from emporion.plumbing.types import ActorKind, Permission
from emporion.ui.types import Option

register = template.Library()


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def settings_tabs(context: Context) -> dict[str, object]:
    """The sections of the settings that this person has."""
    request: ActorRequest = context["request"]
    actor = request.actor
    tabs = [
        (_("Profile"), reverse("accounts:settings"), True),
        (_("Organization"), reverse("accounts:organisation"), True),
        (_("Notifications"), reverse("accounts:notifications"), True),
        (_("Security"), reverse("accounts:security"), True),
        (_("Sessions"), reverse("usersessions_list"), True),
        (_("API tokens"), reverse("accounts:tokens"), actor.organisation_id is not None),
        (_("Data"), reverse("accounts:data"), True),
        (_("Audit log"), reverse("accounts:audit"), actor.may(Permission.READ_AUDIT)),
    ]
    options = tuple(Option(label=label, url=url, current=request.path == url) for label, url, is_shown in tabs if is_shown)
    return {"options": options, "label": _("Sections of the settings")}


@register.inclusion_tag("accounts/verification_banner.html", takes_context=True)
def verification_banner(context: Context) -> dict[str, object]:
    """Reminds a person whose address is not verified yet, with a button that sends the link again; one query."""
    request: ActorRequest = context["request"]
    person = queries.person_of(request.actor) if request.actor.kind is ActorKind.PERSON else None
    return {"person": person, "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def identity_providers(context: Context) -> list[object]:
    """The providers that people can log in with here, as allauth knows them."""
    request: HttpRequest = context["request"]
    return list(get_adapter().list_providers(request))
