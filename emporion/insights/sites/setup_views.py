"""The way from an added website to its first figures: install, verify, payments, first data."""

from uuid import UUID

from django.conf import settings as installation
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.sites import actions, queries, setup_page
from emporion.insights.sites.forms import VerifyForm
from emporion.insights.sites.simulating import simulate
from emporion.insights.sites.snippets import Variant
from emporion.insights.sites.verifying import verify
from emporion.kernel.clock import utcnow
from emporion.plumbing.machine import is_this_machine
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def setup(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The checklist with everything that each of its lines needs."""
    site = queries.site_of(request.actor, site_id)
    return render(request, "insights_sites/setup.html", setup_page.context(request.actor, site, _variant(request)))


@require_POST
@signed_in
def verify_page(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Look at a page and name what is wrong."""
    site = queries.site_of(request.actor, site_id)
    request.actor.require(Permission.CONFIGURE, site.project_id)
    form = VerifyForm(request.POST)
    expected = setup_page.expected_of(site, is_asked_here=is_this_machine(request))
    report = verify(form.cleaned_data["url"], expected) if form.is_valid() else None
    if report and report.is_installed and report.found:
        actions.note_verified(site_id=site.id, actor=request.actor, now=utcnow())
        site = queries.site_of(request.actor, site_id)
    context = setup_page.context(request.actor, site, _variant(request)) | {"verify_form": form, "report": report}
    return render(request, _template(request, "verify", "setup"), context)


@require_GET
@signed_in
def first(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Whether the first event is there; asked for every few seconds by the checklist."""
    site = queries.site_of(request.actor, site_id)
    context = setup_page.context(request.actor, site, _variant(request))
    return render(request, _template(request, "first", "setup"), context)


@require_POST
@signed_in
def simulate_visit(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Send one visit through the same door as every other, marked as a demonstration."""
    site = queries.site_of(request.actor, site_id)
    request.actor.require(Permission.CONFIGURE, site.project_id)
    dropped = simulate(site, server=installation.SITE_URL, now=utcnow())
    if dropped:
        toasts.warning(request, _("The visit was taken but dropped: %(reason)s.") % {"reason": dropped})
    else:
        toasts.success(request, _("A visit was sent. It is marked as simulated and appears in a moment."))
    return redirect("insights_sites:setup", site_id)


@require_POST
@signed_in
def skip(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Go on without payments."""
    actions.skip_payments(site_id=site_id, actor=request.actor, now=utcnow())
    return redirect("insights_sites:setup", site_id)


def _variant(request: HttpRequest) -> Variant:
    wanted = request.GET.get("script", "")
    return Variant(wanted) if wanted in set(Variant) else Variant.COOKIES


def _template(request: HttpRequest, part: str, page: str) -> str:
    return f"insights_sites/_{part}.html" if request.headers.get("HX-Request") else f"insights_sites/{page}.html"
