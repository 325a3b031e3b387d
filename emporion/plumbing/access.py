"""Says which views need somebody to be signed in; every view carries exactly one of the decorators.

They need `request.actor`, which the accounts put there; `accounts.access` offers the same names together with signing in.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url

from emporion.plumbing.problems import problem, wants_json
from emporion.plumbing.types import Actor

LONGEST_WAY_BACK = 1_500  # characters

Access = Literal["signed-in", "anonymous"]
View = Callable[..., HttpResponseBase]

if TYPE_CHECKING:

    class ActorRequest(HttpRequest):
        """A request that passed the middleware."""

        actor: Actor
else:
    ActorRequest = HttpRequest


async def actor_in_async(request: HttpRequest) -> Actor:
    """The actor, for async views: `request.actor` reads the database when it is first looked at."""
    return await sync_to_async(_settled)(cast("ActorRequest", request))


def _settled(request: ActorRequest) -> Actor:
    actor = request.actor
    actor.is_signed_in  # noqa: B018 - looking at it is what reads the database
    return actor


def signed_in(view: Callable[..., object]) -> Callable[..., HttpResponseBase]:
    """A view for known actors: strangers are led to the log-in and back, programs get 401."""

    @wraps(view)
    def sync_view(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return cast("HttpResponseBase", view(request, *args, **kwargs)) if request.actor.is_signed_in else _refuse(request)

    @wraps(view)
    async def async_view(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not (await actor_in_async(request)).is_signed_in:
            return _refuse(request)
        return await cast("Awaitable[HttpResponseBase]", view(request, *args, **kwargs))

    return _marked(async_view if iscoroutinefunction(view) else sync_view, "signed-in")


def anonymous_ok(view: Callable[..., object]) -> Callable[..., HttpResponseBase]:
    """A view that anybody may see, always: log-in, webhooks, what a widget needs."""
    return _marked(view, "anonymous")


def browsable(view: Callable[..., object]) -> Callable[..., HttpResponseBase]:
    """A view that anybody may see until the operator closes the marketplace with `EMPORION_ANONYMOUS_BROWSING=0`."""

    @wraps(view)
    def sync_view(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        is_open = settings.ANONYMOUS_BROWSING or request.actor.is_signed_in
        return cast("HttpResponseBase", view(request, *args, **kwargs)) if is_open else _refuse(request)

    @wraps(view)
    async def async_view(request: ActorRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.ANONYMOUS_BROWSING and not (await actor_in_async(request)).is_signed_in:
            return _refuse(request)
        return await cast("Awaitable[HttpResponseBase]", view(request, *args, **kwargs))

    return _marked(async_view if iscoroutinefunction(view) else sync_view, "anonymous")


def shown_again_by(
    show: Callable[..., HttpResponse],
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """For a form that people fill in at length: `show` shows it with what was typed where the browser had lost its cookies."""

    def mark(view: View) -> View:
        view.shown_again = show  # type: ignore[attr-defined]  # functions take attributes; the page for forged forms reads it
        return view

    return mark


def methods_of(view: Callable[..., object]) -> list[str]:
    """The methods that a view lets through, as Django's decorators keep them to themselves; nothing where none was named."""
    layer: object = view
    while inspect.isfunction(layer):
        if named := inspect.getclosurevars(layer).nonlocals.get("request_method_list"):
            return [str(method) for method in named]
        layer = getattr(layer, "__wrapped__", None)
    return []


def way_back(request: HttpRequest, *, otherwise: str = "/") -> str:
    """The query that a sign-in's address comes back by: here, or `otherwise` after a form, whose content is gone.

    An overlong query is left out: proxies and browsers refuse a header of several kilobytes, and then nobody signs in at all.
    """
    if request.method != "GET":
        return urlencode({"next": otherwise})
    back = urlencode({"next": request.get_full_path()})
    return back if len(back) <= LONGEST_WAY_BACK else urlencode({"next": request.path})


def _marked(view: Callable[..., object], access: Access) -> Callable[..., HttpResponseBase]:
    view.access = access  # type: ignore[attr-defined]  # functions take attributes; the test of the address table reads it
    return cast("Callable[..., HttpResponseBase]", view)


def _refuse(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem(
            HTTPStatus.UNAUTHORIZED,
            kind="unauthenticated",
            title="We do not know who is asking.",
            next_step="Log in, or send a valid token as `Authorization: Bearer …`.",
        )
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{way_back(request)}")
