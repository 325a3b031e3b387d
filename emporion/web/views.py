"""Pages that join domains: the start page, the dashboard, the documentation, the palette, and what is wrong."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.kernel.clock import utcnow
from emporion.plumbing.problems import problem, wants_json
from emporion.web import documents, queries


@anonymous_ok
def home(request: ActorRequest) -> HttpResponse:
    """Strangers see the marketplace, people their dashboard."""
    return redirect("web:dashboard" if request.actor.is_signed_in else "market:marketplace")


@signed_in
def dashboard(request: ActorRequest) -> HttpResponse:
    """What one has, what it costs and what needs attention."""
    return render(request, "web/dashboard.html", {"board": queries.dashboard(request.actor, now=utcnow())})


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


def forged(request: HttpRequest, reason: str) -> HttpResponse:
    """A form that is not from a page of ours, or from one that was opened before the last log-in."""
    title, step = _("This form is too old, or not from this site."), _("Go back, reload the page and send it again.")
    if wants_json(request):
        return problem(403, kind="denied", title=title, next_step=step)
    return render(request, "ui/error.html", {"status": 403, "title": title, "next_step": step}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Something of ours went wrong."""
    title, step = _("Something went wrong on our side."), _("Nothing you entered was changed. Try again in a minute.")
    if wants_json(request):
        return problem(500, kind="error", title=title, next_step=step)
    return render(request, "ui/error.html", {"status": 500, "title": title, "next_step": step}, status=500)
