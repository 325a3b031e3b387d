"""Pages that join domains: the start page, the dashboard, the documentation, the palette, and what is wrong."""

from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.billing import queries as billing
from emporion.kernel.clock import utcnow
from emporion.plumbing.access import methods_of
from emporion.plumbing.problems import problem, wants_json
from emporion.web import documents, queries, reports

PAGE_SIZE = 100
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


@anonymous_ok
def home(request: ActorRequest) -> HttpResponse:
    """Strangers see the marketplace, people their dashboard."""
    return redirect("web:dashboard" if request.actor.is_signed_in else "market:marketplace")


@signed_in
def dashboard(request: ActorRequest) -> HttpResponse:
    """What one has, what it costs and what needs attention."""
    return render(request, "web/dashboard.html", {"board": queries.dashboard(request.actor, now=utcnow())})


@signed_in
def spending(request: ActorRequest) -> HttpResponse:
    """Every payment of a month: what the dashboard's number consists of."""
    now = utcnow()
    month = reports.spending_month(request.actor, _month(request.GET.get("month", ""), now), now=now)
    return render(request, "web/spending.html", {"month": month})


def _month(text: str, now: datetime) -> datetime:
    """The month that an address names, such as 2026-11; the present one for anything else, later, or before there were any."""
    try:
        asked = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        return reports.month_of(now)
    return asked if EARLIEST < asked < now else reports.month_of(now)


@signed_in
def calls(request: ActorRequest) -> HttpResponse:
    """What each subscription counted in its present month, summed from its single uses."""
    return render(
        request, "web/calls.html", {"found": reports.calls(request.actor, queries.running(request.actor, now=utcnow()))}
    )


@signed_in
def calls_of(request: ActorRequest, subscription_id: UUID) -> HttpResponse:
    """The single uses of a subscription in its present month."""
    uses = [use for use in queries.running(request.actor, now=utcnow()) if use.subscription.id == subscription_id]
    found = reports.calls(request.actor, uses)
    if not found:
        raise Http404
    one = found[0]
    start = (max(number(request.GET.get("page", "")), 1) - 1) * PAGE_SIZE
    listed = billing.uses_of(request.actor, subscription_id, one.meter.metric, one.period, limit=PAGE_SIZE, after=start)
    more = start + PAGE_SIZE < one.count
    context = {"one": one, "uses": listed, "page": start // PAGE_SIZE + 1, "next": start // PAGE_SIZE + 2 if more else 0}
    return render(request, "web/calls_of.html", context)


def number(text: str) -> int:
    """A number of an address; 1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@signed_in
def palette(request: ActorRequest) -> HttpResponse:
    """Where one can go, by a few letters."""
    groups = queries.destinations(request.actor, request.GET.get("q", ""))
    return render(request, "ui/palette_results.html", {"groups": groups})


@anonymous_ok
def docs(request: HttpRequest) -> HttpResponse:
    """All pages of the documentation."""
    return render(request, "web/docs.html", {"pages": documents.pages()})


@anonymous_ok
def docs_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page of the documentation."""
    return render(request, "web/docs_page.html", {"page": documents.page(slug), "pages": documents.pages()})


@anonymous_ok
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: the public pages; all others ask for a log-in, and calls are no pages."""
    return HttpResponse("User-agent: *\nDisallow: /api/\nDisallow: /accounts/\n", content_type="text/plain; charset=utf-8")


@anonymous_ok
def favicon(request: HttpRequest) -> HttpResponse:
    """The mark, for who asks at the place of old instead of reading the page."""
    return redirect(static("ui/mark.svg"))


@anonymous_ok
def health(request: HttpRequest) -> HttpResponse:
    """200 when this process can serve: its database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing at this address."""
    title, step = _("There is nothing at this address."), _("Check it for typing mistakes, or start from the marketplace.")
    if wants_json(request):
        return problem(404, kind="not-found", title=title, next_step=step)
    return render(request, "ui/error.html", {"status": 404, "title": title, "next_step": step}, status=404)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A body that the framework did not read, as it is larger than a form may be or no form at all."""
    step = _("Nothing was done. Open the page again and send it once more.")
    status, kind, title = 400, "error", _("This could not be read.")
    facts: dict[str, object] = {}
    if isinstance(exception, TOO_LARGE):
        status, kind, title = 413, "too-large", _("This is more than can be sent at once.")
        step = _("Nothing was done. Shorten it, or send it in parts.")
    if isinstance(exception, RequestDataTooBig):
        facts["limit_bytes"] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if wants_json(request):
        return problem(status, kind=kind, title=title, next_step=step, facts=facts)
    return render(request, "ui/error.html", {"status": status, "title": title, "next_step": step}, status=status)


def forged(request: HttpRequest, reason: str) -> HttpResponse:
    """A form that is not from a page of ours, or from one that was opened before the last log-in.

    Where the page was ours, one that is filled in at length comes back as it was typed; nothing of it was done. An address that
    takes no form at all says so, as it does to one of ours.
    """
    match, before = request.resolver_match, _page_before(request)
    if match and (taken := methods_of(match.func)) and request.method not in taken:
        return HttpResponseNotAllowed(taken)
    if match and before and (show := getattr(match.func, "shown_again", None)):
        return cast("HttpResponse", show(request, **match.kwargs))
    title, step = (
        _("This form is too old, or not from this site."),
        _("Nothing was done. Open the page again and send it once more."),
    )
    if wants_json(request):
        return problem(403, kind="denied", title=title, next_step=step)
    context = {"status": 403, "title": title, "next_step": step}
    if before:
        context |= {"url": before, "button": _("Open the page again")}
    return render(request, "ui/error.html", context, status=403)


def _page_before(request: HttpRequest) -> str:
    """The page of ours that sent the form; nothing for a form of another site, which nobody is led back to."""
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return before if is_ours else ""


def failed(request: HttpRequest) -> HttpResponse:
    """Something of ours went wrong."""
    title, step = _("Something went wrong on our side."), _("Nothing you entered was changed. Try again in a minute.")
    if wants_json(request):
        return problem(500, kind="error", title=title, next_step=step)
    return render(request, "ui/error.html", {"status": 500, "title": title, "next_step": step}, status=500)
