"""Pages of websites: the list, adding one, and its settings."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.insights.sites import actions, queries
from emporion.insights.sites.errors import SiteExists
from emporion.insights.sites.forms import SettingsForm, SiteForm, initial_of
from emporion.insights.sites.itself import chosen_by_environment
from emporion.insights.sites.rules import covers
from emporion.insights.sites.snippets import ignore_bookmark
from emporion.insights.sites.standing import standing_of
from emporion.insights.sites.types import Installation, SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission
from emporion.ui.forms import begin_in_zone


@require_GET
@signed_in
def sites(request: ActorRequest) -> HttpResponse:
    """Every website that the person sees; an empty page says what will be here."""
    project_id = current_project_id(request)
    context = {
        "sites": queries.sites_of(request.actor),
        "may_add": bool(project_id and request.actor.may(Permission.CONFIGURE, project_id)),
        "standing": standing_of(request.actor, now=utcnow()),
        "removed": queries.removed_site(request.actor, uuid_of(request.GET.get("removed", ""))),
    }
    return render(request, "insights_sites/list.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: ActorRequest) -> HttpResponse:
    """Add a website; the next page is its checklist."""
    project_id = _project(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    form = SiteForm(request.POST or None, initial={"currency": "USD"})
    begin_in_zone(form, _zone_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            site = actions.add_site(site=form.site(), project_id=project_id, actor=request.actor, now=utcnow())
        except SiteExists:
            form.add_error("domain", _("This website is already in the project."))
        else:
            return redirect("insights_sites:setup", site.id)
    return render(request, "insights_sites/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """What is measured of a website and how it is shown."""
    site = queries.site_of(request.actor, site_id)
    may_configure = request.actor.may(Permission.CONFIGURE, site.project_id)
    form = SettingsForm(request.POST or None, initial=initial_of(site))
    if request.method == "POST" and _saved(request, site, form):
        toasts.success(request, _("The settings are saved. New events follow them at once."))
        return redirect("insights_sites:settings", site_id)
    context = {"site": site, "tab": "settings", "form": form, "bookmark": ignore_bookmark(), "may_configure": may_configure}
    context["installation"] = _installation(request, site) if may_configure else None
    return render(request, "insights_sites/settings.html", context, status=422 if form.errors else 200)


def _saved(request: ActorRequest, site: SiteView, form: SettingsForm) -> bool:
    """Whether the form was right and is kept; what is wrong stands at its field."""
    request.actor.require(Permission.CONFIGURE, site.project_id)
    if not form.is_valid():
        return False
    try:
        actions.change_site(site_id=site.id, settings=form.settings(), actor=request.actor, now=utcnow())
    except SiteExists:
        form.add_error("domain", _("Another website of this project has this domain."))
        return False
    return True


@require_POST
@signed_in
def pause(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Stop counting, or count again."""
    is_paused = request.POST.get("state") == "paused"
    actions.pause_site(site_id=site_id, is_paused=is_paused, actor=request.actor, now=utcnow())
    toasts.success(request, _("Nothing is counted from now on.") if is_paused else _("Visits are counted again."))
    return redirect("insights_sites:settings", site_id)


@require_POST
@signed_in
def measure_installation(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Have the website measure this installation itself, or no more."""
    is_on = request.POST.get("state") == "on"
    actions.measure_installation(site_id=site_id, is_on=is_on, actor=request.actor, now=utcnow())
    words = _("This installation is measured with this website.") if is_on else _("This installation is not measured any more.")
    toasts.success(request, words)
    return redirect("insights_sites:settings", site_id)


def _installation(request: ActorRequest, site: SiteView) -> Installation | None:
    """What an operator is shown of measuring this installation; nothing for others."""
    if not getattr(request.user, "is_operator", False):
        return None
    host = queries.installation_host()
    return Installation(
        host=host,
        is_covered=covers(site.collection, host),
        is_measured=queries.installation_site() == site.public_id,
        environment_names=chosen_by_environment(),
    )


@require_POST
@signed_in
def remove(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Take a website away; the list offers to undo it."""
    actions.remove_site(site_id=site_id, actor=request.actor, now=utcnow())
    return redirect(f"/insights/?{urlencode({'removed': site_id})}")


@require_POST
@signed_in
def restore(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Bring a removed website back."""
    actions.restore_site(site_id=site_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The website is back."))
    return redirect("insights_sites:settings", site_id)


def _project(request: HttpRequest) -> UUID:
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id


def _zone_of(request: HttpRequest) -> str:
    return str(getattr(request.user, "time_zone", "") or "UTC")
