"""The settings of a project's status page: what it is called, its components, maintenance, who hears of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.queries import apis_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid, NotFound
from emporion.nexus.statuspage import actions, queries
from emporion.nexus.statuspage.forms import ComponentForm, MaintenanceForm, PageForm, component_initial, initial_of
from emporion.nexus.statuspage.pages import incident_page
from emporion.nexus.statuspage.types import PageView, Stage
from emporion.nexus.statuspage.wording import STATUSES
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: ActorRequest) -> HttpResponse:
    """Set the page up; without one, say what it is for and make it."""
    project_id = _project(request)
    page = queries.page_of_project(request.actor, project_id)
    form = PageForm(request.POST or None, initial=initial_of(page) if page else {"time_zone": "UTC"})
    if request.method == "POST" and _saved(request, project_id, page, form):
        messages.success(request, _("The status page is saved."))
        return redirect("nexus_statuspage:settings")
    may_configure = request.actor.may(Permission.CONFIGURE, project_id)
    context = {"form": form, "page": page, "may_configure": may_configure, **(_about(request, page) if page else {})}
    return render(request, "nexus_statuspage/settings.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def publish(request: ActorRequest) -> HttpResponse:
    """Show the page to everybody, or hide it again; both can be taken back with the same button."""
    page, is_public = _page(request), request.POST.get("state") == "public"
    actions.publish_page(page_id=page.id, is_public=is_public, actor=request.actor, now=utcnow())
    messages.success(request, _("Everybody can see the page now.") if is_public else _("Only your project sees the page now."))
    return redirect("nexus_statuspage:settings")


@require_http_methods(["GET", "POST"])
@signed_in
def component(request: ActorRequest, component_id: UUID | None = None) -> HttpResponse:
    """Add a component, or change one."""
    page = _page(request)
    row = queries.component_row(request.actor, page.id, component_id) if component_id else None
    apis = [(str(api.id), api.name) for api in apis_of(request.actor, page.project_id)]
    form = ComponentForm(request.POST or None, apis=apis, initial=component_initial(row) if row else {"status": "operational"})
    if request.method == "POST" and form.is_valid():
        said, now = form.component(), utcnow()
        if row:
            actions.change_component(page_id=page.id, component_id=row.pk, component=said, actor=request.actor, now=now)
        else:
            actions.add_component(page_id=page.id, component=said, actor=request.actor, now=now)
        messages.success(request, _("The component is saved."))
        return redirect("nexus_statuspage:settings")
    context = {"form": form, "page": page, "component": row}
    return render(request, "nexus_statuspage/component.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def move_component(request: ActorRequest, component_id: UUID) -> HttpResponse:
    """Move a component up or down."""
    page, is_up = _page(request), request.POST.get("to") == "up"
    actions.move_component(page_id=page.id, component_id=component_id, is_up=is_up, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_statuspage:settings')}#components")


@require_POST
@signed_in
def remove_component(request: ActorRequest, component_id: UUID) -> HttpResponse:
    """Take a component off the page; the page offers to undo it."""
    page, is_back = _page(request), request.POST.get("do") == "restore"
    actions.remove_component(
        page_id=page.id, component_id=component_id, is_removed=not is_back, actor=request.actor, now=utcnow()
    )
    return redirect(reverse("nexus_statuspage:settings") + ("" if is_back else f"?removed={component_id}"))


@require_http_methods(["GET", "POST"])
@signed_in
def maintenance(request: ActorRequest) -> HttpResponse:
    """Announce work."""
    page = _page(request)
    components = queries.component_rows(request.actor, page.id)
    form = MaintenanceForm(request.POST or None, components=components, zone=page.time_zone)
    if request.method == "POST" and form.is_valid():
        try:
            actions.plan_maintenance(page_id=page.id, maintenance=form.maintenance(), actor=request.actor, now=utcnow())
        except Invalid as error:
            form.add_error("ends_at", f"{error.message} {error.step}")
        else:
            messages.success(request, _("The maintenance is announced."))
            return redirect("nexus_statuspage:settings")
    context = {"form": form, "page": page}
    return render(request, "nexus_statuspage/maintenance.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def post(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Say that a maintenance is done, or what came of an incident."""
    page = _page(request)
    stage = Stage.COMPLETED if request.POST.get("stage") == "completed" else Stage.POSTMORTEM
    text = request.POST.get("text", "")[:5000]
    actions.post_stage(page_id=page.id, incident_id=incident_id, stage=stage, text=text, actor=request.actor, now=utcnow())
    messages.success(request, _("It is on the page."))
    return redirect("nexus_statuspage:settings")


def _saved(request: ActorRequest, project_id: UUID, page: PageView | None, form: PageForm) -> bool:
    request.actor.require(Permission.CONFIGURE, project_id)
    if not form.is_valid():
        return False
    try:
        if page:
            actions.change_page(page_id=page.id, page=form.page(), actor=request.actor, now=utcnow())
        else:
            actions.create_page(page=form.page(), project_id=project_id, actor=request.actor, now=utcnow())
    except (Invalid, Conflict) as error:
        form.add_error("slug", f"{error.message} {error.step}")
        return False
    return True


def _about(request: ActorRequest, page: PageView) -> dict[str, object]:
    may_configure = request.actor.may(Permission.CONFIGURE, page.project_id)
    rows = queries.component_rows(request.actor, page.id)
    shown = queries.public_page(page, utcnow())
    states = {one.id: STATUSES[one.status] for one in shown.components}  # as the public reads them, with what was posted
    return {
        "components": [(row, states[row.pk]) for row in rows if row.pk in states],
        "planned": [(one.id, incident_page(one)) for one in (*shown.planned, *shown.open) if one.is_maintenance],
        "subscribers": queries.subscribers_of(request.actor, page.id) if may_configure else (),
        "public_url": request.build_absolute_uri(reverse("nexus_statuspage:status-page", args=[page.slug])),
        "removed": uuid_of(request.GET.get("removed", "")),
    }


def _page(request: ActorRequest) -> PageView:
    page = queries.page_of_project(request.actor, _project(request))
    if page is None:
        raise NotFound(_("This project has no status page yet."), next_step=_("Set it up first."))
    return page


def _project(request: HttpRequest) -> UUID:
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id
