"""Says who acts in a request, and which views need somebody to be signed in. Every view carries exactly one of the decorators.

To log somebody in from another page (the checkout), call `sign_in`, `sign_in_with_password` or `register_and_sign_in` and
return the response that they give: it goes to `next_url`, or to the second factor first where the person has one. What the
session holds (the cart) survives all three.
"""

from typing import cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.models import Login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from emporion.accounts import queries
from emporion.accounts.actions import register_person
from emporion.accounts.errors import CredentialsRefused
from emporion.accounts.models import Person
from emporion.accounts.types import Registration
from emporion.kernel.clock import utcnow
from emporion.plumbing.access import ActorRequest, actor_in_async, anonymous_ok, browsable, signed_in
from emporion.plumbing.types import Actor

__all__ = [
    "ActorRequest",
    "PersonOrToken",
    "actor_for_request",
    "actor_in_async",
    "anonymous_ok",
    "browsable",
    "current_project_id",
    "register_and_sign_in",
    "sign_in",
    "sign_in_with_password",
    "signed_in",
    "switch",
]

ORGANISATION = "organisation_id"
PROJECT = "project_id"
TOKEN = "Bearer emp_"  # noqa: S105 - how the header of a token begins


def actor_for_request(request: HttpRequest) -> Actor:
    """Who acts: the token's actor where one is sent, never mixed with the session; else the person of the session."""
    if has_token(request):
        secret = request.headers["Authorization"].removeprefix("Bearer ").strip()
        return queries.actor_for_token(secret=secret, now=utcnow()) or Actor.anonymous()
    person = getattr(request, "user", None)
    if not isinstance(person, Person) and not getattr(person, "is_authenticated", False):
        return Actor.anonymous()
    person = cast("Person", person)
    timezone.activate(person.time_zone)  # until the middleware of the next request ends it
    return queries.actor_for_person(person_id=person.pk, name=str(person), organisation_id=_session_id(request, ORGANISATION))


def has_token(request: HttpRequest) -> bool:
    """Whether the request brings an API token of ours, valid or not."""
    return request.headers.get("Authorization", "").startswith(TOKEN)


def current_project_id(request: HttpRequest) -> UUID | None:
    """The project chosen in the switcher, where the actor still sees it; else their first one."""
    actor = cast("ActorRequest", request).actor
    chosen = _session_id(request, PROJECT)
    if chosen in actor.project_ids:
        return chosen
    return min(actor.project_ids, default=None)


def switch(request: HttpRequest, *, organisation_id: UUID, project_id: UUID | None) -> None:
    """Act in another organisation and project from now on; what the person does not belong to is ignored when it is used."""
    request.session[ORGANISATION] = str(organisation_id)
    request.session[PROJECT] = str(project_id) if project_id else ""
    set_actor(request)


def set_actor(request: HttpRequest) -> None:
    """(Re)read the actor when it is next looked at."""
    cast("ActorRequest", request).actor = cast("Actor", SimpleLazyObject(lambda: actor_for_request(request)))


class PersonOrToken(AuthBase):
    """Ninja's `auth=`: a valid token, or the session of a person (with the CSRF check that a cookie needs)."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The actor, also found as `request.actor`; `None` (401) for strangers."""
        actor = cast("ActorRequest", request).actor
        if not actor.is_signed_in:
            return None
        if not has_token(request) and check_csrf(request) is not None:
            return None
        return actor


def sign_in(request: HttpRequest, *, person_id: UUID, next_url: str, is_new: bool = False) -> HttpResponse:
    """Log a person in whom the caller has just proved, and go to `next_url`, by way of their second factor if they have one."""
    person = Person.objects.get(pk=person_id)
    login = Login(user=person, email_verification="none", redirect_url=next_url, signup=is_new, email=person.email)
    response = flows.login.perform_password_login(request, {"email": person.email}, login)
    set_actor(request)
    return response


def sign_in_with_password(request: HttpRequest, *, email: str, password: str, next_url: str) -> HttpResponse:
    """Log in with an e-mail address and a password; `CredentialsRefused` when they do not fit or were tried too often."""
    try:
        person = get_adapter(request).authenticate(request, email=email.strip().lower(), password=password)
    except ValidationError as error:
        raise CredentialsRefused(" ".join(error.messages), next_step="Wait a few minutes, or reset the password.") from error
    if person is None:
        raise CredentialsRefused(field="password")
    return sign_in(request, person_id=person.pk, next_url=next_url)


def register_and_sign_in(request: HttpRequest, *, registration: Registration, next_url: str) -> HttpResponse:
    """Register a new person and log them in; raises what `actions.register_person` raises."""
    person = register_person(registration=registration, now=utcnow())
    return sign_in(request, person_id=person.id, next_url=next_url, is_new=True)


def _session_id(request: HttpRequest, key: str) -> UUID | None:
    session = getattr(request, "session", None)
    text = session.get(key) if session is not None else None
    return UUID(text) if text else None
