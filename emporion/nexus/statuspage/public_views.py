"""The status page as everybody sees it: the page, its history, JSON for programs, feeds, and hearing of updates by mail."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from emporion.accounts.access import ActorRequest, anonymous_ok
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.statuspage import feeds, queries, subscribing
from emporion.nexus.statuspage.errors import EmailInvalid
from emporion.nexus.statuspage.pages import incident_page, status_page
from emporion.nexus.statuspage.types import PageView, PublicPage
from emporion.plumbing.clients import address_of
from emporion.plumbing.errors import TooManyRequests

FRESH_SECONDS = 30


@require_GET
@anonymous_ok
def page(request: ActorRequest, slug: str) -> HttpResponse:
    """How everything does, what goes on, and the last ninety days."""
    shown = _shown(request, slug)
    return _kept(request, shown.page, render(request, "nexus_statuspage/page.html", {"page": status_page(shown, utcnow())}))


@require_GET
@anonymous_ok
def history(request: ActorRequest, slug: str) -> HttpResponse:
    """Everything that was ever posted, newest first."""
    shown = _shown(request, slug)
    past = [incident_page(one) for one in queries.incidents_of(shown.page, limit=200)]
    context = {"page": status_page(shown, utcnow()), "incidents": past}
    return _kept(request, shown.page, render(request, "nexus_statuspage/history.html", context))


@require_GET
@anonymous_ok
def incident(request: ActorRequest, slug: str, code: str) -> HttpResponse:
    """One incident with everything that was said."""
    shown = _shown(request, slug)
    found = queries.incident_at(shown.page, code, utcnow())
    context = {"page": status_page(shown, utcnow()), "incident": incident_page(found)}
    return _kept(request, shown.page, render(request, "nexus_statuspage/incident.html", context))


@require_GET
@anonymous_ok
def api(request: ActorRequest, slug: str, name: str) -> HttpResponse:
    """Statuspage's JSON, version 2, for every origin."""
    answer = API.get(name)
    if answer is None:
        raise NotFound
    shown = _shown(request, slug)
    if _tag(shown.page) == request.headers.get("If-None-Match"):
        return _kept(request, shown.page, HttpResponseNotModified())
    base = _base(shown.page)
    told = {"page": feeds.page_json(shown.page, base), **answer(shown, base)}
    response = JsonResponse(told)
    response["Access-Control-Allow-Origin"] = "*"
    return _kept(request, shown.page, response)


@require_GET
@anonymous_ok
def feed(request: ActorRequest, slug: str, kind: str) -> HttpResponse:
    """Atom or RSS."""
    shown, told = _shown(request, slug), {"atom": feeds.atom, "rss": feeds.rss}.get(kind)
    if told is None:
        raise NotFound
    text = told(shown, queries.incidents_of(shown.page), _base(shown.page))
    response = HttpResponse(text, content_type=f"application/{kind}+xml; charset=utf-8")
    return _kept(request, shown.page, response)


@require_http_methods(["GET", "POST"])
@anonymous_ok
def subscribe(request: ActorRequest, slug: str) -> HttpResponse:
    """Ask an address to confirm; the answer is the same whether it was known or not."""
    shown, email, problem = _shown(request, slug), request.POST.get("email", "")[:254], None
    context: dict[str, object] = {"page": status_page(shown, utcnow()), "email": email}
    if request.method == "POST":
        try:
            subscribing.subscribe(page=shown.page, email=email, client=address_of(request), now=utcnow())
        except (EmailInvalid, TooManyRequests) as error:
            problem = error
        context |= {"problem": problem, "is_asked": problem is None}
    return _quiet(render(request, "nexus_statuspage/subscribe.html", context, status=422 if problem else 200))


@require_http_methods(["GET", "POST"])
@anonymous_ok
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """What the links in mails open: a button each, because mail programs open links by themselves."""
    found, done = subscribing.subscription_of(token), ""
    if request.method == "POST":
        done = "stopped" if request.POST.get("do") == "stop" else "confirmed"
        if done == "stopped":
            subscribing.unsubscribe(token=token)
        else:
            subscribing.confirm(token=token, now=utcnow())
    return _quiet(render(request, "nexus_statuspage/subscription.html", {"subscription": found, "done": done}))


Answer = Callable[[PublicPage, str], feeds.Json]
API: dict[str, Answer] = {
    "summary": feeds.summary_json,
    "status": lambda shown, _base: {"status": feeds.status_json(shown)},
    "components": lambda shown, _base: {"components": feeds.components_json(shown)},
    "incidents": lambda shown, base: {
        "incidents": feeds.incidents_json(
            (one for one in queries.incidents_of(shown.page) if not one.is_maintenance), shown.page, base
        )
    },
    "incidents/unresolved": lambda shown, base: {
        "incidents": feeds.incidents_json((one for one in shown.open if not one.is_maintenance), shown.page, base)
    },
    "scheduled-maintenances": lambda shown, base: {
        "scheduled_maintenances": feeds.incidents_json(
            (one for one in queries.incidents_of(shown.page) if one.is_maintenance), shown.page, base
        )
    },
    "scheduled-maintenances/upcoming": lambda shown, base: {
        "scheduled_maintenances": feeds.incidents_json(shown.planned, shown.page, base)
    },
    "scheduled-maintenances/active": lambda shown, base: {
        "scheduled_maintenances": feeds.incidents_json((one for one in shown.open if one.is_maintenance), shown.page, base)
    },
}


def _shown(request: ActorRequest, slug: str, now: datetime | None = None) -> PublicPage:
    return queries.public_page(queries.page_at(request.actor, slug), now or utcnow())


def _base(found: PageView) -> str:
    return f"{settings.SITE_URL}/status/{found.slug}/"


def _tag(found: PageView) -> str:
    return f'W/"{found.code}-{queries.version_of(found)}"'


def _kept(request: ActorRequest, found: PageView, response: HttpResponse) -> HttpResponse:
    """Caches may keep what everybody sees, for as long as a status may be old; a draft is kept by nobody."""
    if not found.is_published or request.actor.is_signed_in:
        return _quiet(response)
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response["ETag"] = _tag(found)
    return response


def _quiet(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
