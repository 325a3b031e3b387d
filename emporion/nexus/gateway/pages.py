"""What the gateway's pages have in common: the project, their own tabs, and how a refusal stands at its field."""

from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from emporion.accounts.access import current_project_id
from emporion.kernel.errors import Conflict, DomainError, Invalid, Limit, NotFound, Unavailable
from emporion.ui.types import Option

# What a form can be refused for and then sent again; that somebody may not do it at all is another page.
REFUSALS = (Invalid, Conflict, Limit, Unavailable)


def project_of(request: HttpRequest) -> UUID:
    """The project that is looked at; NotFound for somebody who is in none."""
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id


def put_error(form: forms.Form, error: DomainError) -> None:
    """Writes what was refused, and the next step, at the field that it is about."""
    field = str(error.facts.get("field", ""))
    form.add_error(field if field in form.fields else None, " ".join(part for part in (error.message, error.step) if part))


def sections(request: HttpRequest) -> tuple[Option, ...]:
    """The gateway's own tabs."""
    names = (
        ("nexus_gateway:home", _("APIs")),
        ("nexus_gateway:keys", _("Keys")),
        ("nexus_gateway:routes", _("Routes")),
        ("nexus_gateway:budgets", _("Budgets")),
        ("nexus_gateway:caches", _("Cache")),
    )
    here = request.path
    return tuple(Option(label=label, url=reverse(name), value=name, current=reverse(name) == here) for name, label in names)


def is_served(path: str) -> bool:
    """Whether a page is there to link to."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
