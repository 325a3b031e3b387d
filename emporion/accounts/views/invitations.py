"""The page behind the link of an invitation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from emporion.accounts import access, actions, queries
from emporion.accounts.access import ActorRequest, anonymous_ok
from emporion.accounts.forms import JoinForm
from emporion.accounts.registration import INVITATION
from emporion.accounts.types import InvitationView, Registration
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid
from emporion.plumbing.types import ActorKind

DASHBOARD = "/dashboard/"


@anonymous_ok
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: ActorRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever holds its link; a POST accepts it, registering those who are new."""
    shown = queries.open_invitation(token=token, now=utcnow())
    if request.actor.kind is ActorKind.PERSON:
        return _as_person(request, shown, token)
    request.session[INVITATION] = token  # so that registering with Google and the like joins instead of founding
    return _as_stranger(request, shown, token)


def _as_person(request: ActorRequest, shown: InvitationView, token: str) -> HttpResponse:
    person = queries.person_of(request.actor)
    if person is None or request.method != "POST":
        return render(request, "accounts/invitation.html", {"invitation": shown, "person": person})
    organisation_id = actions.accept_invitation(token=token, person_id=person.id, now=utcnow())
    access.switch(request, organisation_id=organisation_id, project_id=None)
    request.session.pop(INVITATION, None)
    return redirect(DASHBOARD)


def _as_stranger(request: HttpRequest, shown: InvitationView, token: str) -> HttpResponse:
    form = JoinForm(request.POST or None, initial={"email": shown.email})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        registration = Registration(
            name=told["name"], email=shown.email, password=told["password"], invitation=token, time_zone=told["time_zone"]
        )
        try:
            response = access.register_and_sign_in(request, registration=registration, next_url=DASHBOARD)
        except (Invalid, Conflict) as error:
            form.refuse(error)
        else:
            request.session.pop(INVITATION, None)
            return response
    context = {"invitation": shown, "form": form, "has_account": queries.has_account(shown.email), "title": _("Join")}
    return render(request, "accounts/invitation.html", context)
