"""Pages of incidents: the list, declaring, the incident itself and what is done on it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing.queries import apis_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid, NotFound
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.incidents import actions, declaring, queries
from emporion.nexus.incidents.listing import rows_of
from emporion.nexus.incidents.pages import incident_page
from emporion.nexus.incidents.types import Audience, IncidentRole, IncidentView, Severity
from emporion.nexus.incidents.wording import SEVERITIES
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def incidents(request: ActorRequest) -> HttpResponse:
    """The incidents of the project, what goes on first."""
    project_id, now = project_of(request), utcnow()
    context = {
        "rows": rows_of(queries.incidents_of(request.actor, project_id), now),
        "may_declare": request.actor.may(Permission.USE, project_id),
    }
    return render(request, "nexus_incidents/list.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def declare(request: ActorRequest) -> HttpResponse:
    """Declare with one tap from a problem, or by hand; the page that follows offers to undo it."""
    problem_id = uuid_of(request.POST.get("problem") or request.GET.get("problem", ""))
    if request.method == "POST":
        try:
            made = _declared(request, problem_id)
        except Invalid as error:
            messages.error(request, f"{error.message} {error.step}")
        else:
            return redirect("nexus_incidents:incident", made.id)
    project_id = project_of(request)
    problem = problem_of(request.actor, problem_id) if problem_id else None
    context: dict[str, object] = {
        "problem": problem,
        "apis": apis_of(request.actor, project_id) if problem is None else (),
        "chosen": request.POST.getlist("api"),
        "title": request.POST.get("title", ""),
        "severities": [(int(one), label) for one, label in SEVERITIES.items()],
        "severity": _severity(request) or Severity.MINOR,
    }
    if problem is not None:
        wanted = declaring.NewIncident(
            organisation_id=problem.organisation_id, project_id=problem.project_id, problem=problem, api_ids=problem.api_ids
        )
        felt = declaring.felt_by(wanted, request.actor, utcnow())
        title, severity = declaring.proposals(wanted, felt)
        context |= {"title": title, "severity": severity, "impacts": tuple(felt.impacts.values())}
    return render(request, "nexus_incidents/declare.html", context, status=422 if request.method == "POST" else 200)


def _declared(request: ActorRequest, problem_id: UUID | None) -> IncidentView:
    title, severity, now = request.POST.get("title", "")[:300], _severity(request), utcnow()
    if problem_id is not None:
        return actions.declare(problem_id=problem_id, title=title, severity=severity, actor=request.actor, now=now)
    project_id = project_of(request)
    known = {api.id for api in apis_of(request.actor, project_id)}
    chosen = tuple(found for text in request.POST.getlist("api") if (found := uuid_of(text)) in known and found)
    wanted = declaring.NewIncident(
        organisation_id=request.actor.organisation, project_id=project_id, title=title, severity=severity, api_ids=chosen
    )
    return actions.declare_incident(wanted=wanted, actor=request.actor, now=now)


@require_GET
@signed_in
def incident(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """The incident: who feels it, what to do, why, whether it is over, what to tell people."""
    shown = queries.incident_of(request.actor, incident_id)
    audience, stage = _audience(request), request.GET.get("stage", "")
    page = incident_page(request.actor, shown, audience=audience, stage=stage, now=utcnow())
    return render(request, "nexus_incidents/incident.html", {"page": page, "incident": shown})


@require_POST
@signed_in
def undo(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Take a declaration back."""
    try:
        actions.undo_declaration(incident_id=incident_id, actor=request.actor, now=utcnow())
    except Conflict as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_incidents:incident", incident_id)
    messages.success(request, _("The declaration is taken back. Whoever was told hears of that, too."))
    return redirect("nexus_incidents:incidents")


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Change the title or the severity."""
    shown = queries.incident_of(request.actor, incident_id)
    if request.method == "POST":
        try:
            actions.change_incident(
                incident_id=incident_id,
                title=request.POST.get("title", "")[:300],
                severity=_severity(request) or shown.severity,
                actor=request.actor,
                now=utcnow(),
            )
            return redirect("nexus_incidents:incident", incident_id)
        except (Invalid, Conflict) as error:
            messages.error(request, f"{error.message} {error.step}")
    context = {
        "incident": shown,
        "title": request.POST.get("title", shown.title),
        "severities": [(int(one), label) for one, label in SEVERITIES.items()],
        "severity": _severity(request) or shown.severity,
    }
    return render(request, "nexus_incidents/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@signed_in
def assign(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Give somebody a role."""
    person_id = uuid_of(request.POST.get("person", ""))
    role = request.POST.get("role", "")
    if person_id is None or role not in set(IncidentRole):
        raise Invalid(_("Choose a role and a person."))
    try:
        actions.assign(incident_id=incident_id, role=IncidentRole(role), person_id=person_id, actor=request.actor, now=utcnow())
    except (Invalid, Conflict) as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect("nexus_incidents:incident", incident_id)


@require_POST
@signed_in
def note(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Write on the timeline."""
    try:
        actions.add_note(incident_id=incident_id, text=request.POST.get("text", ""), actor=request.actor, now=utcnow())
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect(f"{reverse('nexus_incidents:incident', args=[incident_id])}#timeline")


def _severity(request: HttpRequest) -> Severity | None:
    text = request.POST.get("severity", "")
    return Severity(int(text)) if text in {"1", "2", "3", "4"} else None


def _audience(request: HttpRequest) -> Audience:
    text = request.GET.get("for", "")
    return Audience(text) if text in set(Audience) else Audience.CUSTOMERS


def project_of(request: HttpRequest) -> UUID:
    """The project that the person is in; NotFound without one."""
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id
