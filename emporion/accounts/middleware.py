"""Puts the actor on every request, read from the database only when somebody looks."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from emporion.accounts.access import has_token, set_actor


class ActorMiddleware:
    """Sets `request.actor`. A request with a token needs no CSRF check: browsers never send tokens by themselves."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Set the actor and pass on; times are in UTC until we know whose time zone to use."""
        timezone.deactivate()
        set_actor(request)
        if has_token(request):
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own switch
        return self.get_response(request)
