"""The door of an app: its own cookie under its own path, and the sign-in behind it. The platform's session is not looked at."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import anonymous_ok
from emporion.agents.apps import signing
from emporion.agents.apps.errors import NotSubscribed, SignInFailed
from emporion.agents.apps.types import LISTINGS, NAMES, AppKind, Guest
from emporion.kernel.clock import utcnow
from emporion.plumbing.access import way_back

P = ParamSpec("P")


def base(kind: AppKind) -> str:
    """The path under which an app lives."""
    return f"/app/{kind}/"


def _cookie(kind: AppKind, part: str = "") -> str:
    return f"emporion_{kind}{part}"


def for_guests(
    kind: AppKind,
) -> Callable[[Callable[Concatenate[HttpRequest, Guest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """A view of an app: who is not signed in to it is sent to sign in, and comes back."""

    def decorate(view: Callable[Concatenate[HttpRequest, Guest, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                guest = signing.guest(kind=kind, secret=request.COOKIES.get(_cookie(kind), ""), now=utcnow())
            except NotSubscribed as error:
                return refuse(request, kind, error)
            if guest is None:
                return redirect(f"{base(kind)}sign-in/?{way_back(request, otherwise=base(kind))}")
            return view(request, guest, *args, **kwargs)

        return anonymous_ok(guarded)

    return decorate


def refuse(request: HttpRequest, kind: AppKind, error: NotSubscribed | SignInFailed) -> HttpResponse:
    """Say why somebody is not let in, and what to do."""
    is_missing = isinstance(error, NotSubscribed)
    url = reverse("market:offering", args=[LISTINGS[kind]]) if is_missing else f"{base(kind)}sign-in/"
    context = {"error": error, "kind": kind, "app_name": NAMES[kind], "is_missing": is_missing, "url": url}
    return render(request, "agents_apps/refused.html", context, status=HTTPStatus.FORBIDDEN)


@require_GET
@anonymous_ok
def sign_in(request: HttpRequest, kind: str) -> HttpResponse:
    """Go to the provider."""
    app = AppKind(kind)
    wanted = request.GET.get("next", "")
    sent = signing.begin(
        kind=app,
        wanted_organisation_id=_uuid(request.GET.get("organisation", "")),
        next_path=wanted if wanted.startswith(base(app)) else base(app),
        now=utcnow(),
    )
    response = redirect(sent.url)
    _keep(response, app, _cookie(app, "_state"), sent.state, int(signing.SIGN_IN_TIME.total_seconds()))
    return response


@require_GET
@anonymous_ok
def callback(request: HttpRequest, kind: str) -> HttpResponse:
    """Come back from the provider."""
    app = AppKind(kind)
    answer = signing.Answer(
        code=request.GET.get("code", ""),
        state=request.GET.get("state", ""),
        kept_state=request.COOKIES.get(_cookie(app, "_state"), ""),
    )
    try:
        arrived = signing.finish(kind=app, answer=answer, now=utcnow())
    except (NotSubscribed, SignInFailed) as error:
        return refuse(request, app, error)
    response = redirect(arrived.next_path)
    response.delete_cookie(_cookie(app, "_state"), path=base(app))
    _keep(response, app, _cookie(app), arrived.secret, int(signing.SESSION_TIME.total_seconds()))
    return response


@require_POST
@anonymous_ok
def leave(request: HttpRequest, kind: str) -> HttpResponse:
    """Sign out of the app."""
    app = AppKind(kind)
    signing.leave(kind=app, secret=request.COOKIES.get(_cookie(app), ""))
    response = render(request, "agents_apps/left.html", {"app_name": NAMES[app], "kind": app, "url": base(app)})
    response.delete_cookie(_cookie(app), path=base(app))
    return response


def switch_view(kind: AppKind) -> Callable[..., HttpResponseBase]:
    """The view with which somebody works for another of their organisations."""

    @for_guests(kind)
    def switch(request: HttpRequest, guest: Guest) -> HttpResponse:
        """Work for another organisation."""
        organisation_id = _uuid(request.POST.get("organisation", "")) or guest.organisation.id
        signing.switch(session_id=guest.session_id, organisation_id=organisation_id)
        return redirect(base(kind))

    return switch


def _keep(response: HttpResponse, kind: AppKind, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path=base(kind), httponly=True, secure=settings.IS_SECURE, samesite="Lax")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
