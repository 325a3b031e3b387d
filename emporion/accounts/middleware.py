"""Puts the actor on every request, read from the database only when somebody looks."""

from collections.abc import Awaitable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from emporion.accounts.access import has_token, set_actor
from emporion.plumbing.middleware import Middleware


class ActorMiddleware(Middleware):
    """Sets `request.actor`. A request with a token needs no CSRF check: browsers never send tokens by themselves."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Set the actor and pass on; times are in UTC until we know whose time zone to use."""
        timezone.deactivate()
        set_actor(request)
        if has_token(request):
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own switch
        return self.get_response(request)


class PrivatePagesMiddleware(Middleware):
    """Keeps what somebody who is signed in sees out of every cache: after the log-out, Back shows nothing."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Pass on, then mark what is personal."""
        response = self.get_response(request)
        return _marked(request, response) if isinstance(response, HttpResponseBase) else _marked_later(request, response)


async def _marked_later(request: HttpRequest, response: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    return _marked(request, await response)


def _marked(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    session = getattr(request, "session", None)
    # Only a session that was read is looked into, so that this costs no query and runs beside the event loop.
    is_signed_in = session is not None and session.accessed and SESSION_KEY in session
    if (is_signed_in or has_token(request)) and not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-store"
    return response
