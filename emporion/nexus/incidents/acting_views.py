"""What is done about an incident: tell people, lead calls elsewhere and back, close it."""

import csv
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Denied, Invalid
from emporion.nexus.incidents import actions, mitigating, queries, reporting, updates
from emporion.nexus.incidents.causes import suggestion_of
from emporion.nexus.incidents.errors import NotRecovered
from emporion.nexus.incidents.types import Audience
from emporion.nexus.incidents.views import project_of
from emporion.nexus.incidents.wording import AUDIENCES, STAGES, TEMPLATES
from emporion.plumbing.types import Permission


@require_POST
@signed_in
def post_update(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Post an update where its audience reads."""
    post, back = request.POST, reverse("nexus_incidents:incident", args=[incident_id])
    audience = post.get("audience", "")
    wanted = updates.NewUpdate(
        audience=Audience(audience) if audience in set(Audience) else Audience.TEAM,
        stage=post.get("stage", ""),
        text=post.get("text", ""),
        headline=post.get("headline", ""),
    )
    try:
        posted = updates.post_update(incident_id=incident_id, update=wanted, actor=request.actor, now=utcnow())
    except (Invalid, Conflict) as error:
        messages.error(request, f"{error.message} {error.step}")
    else:
        messages.success(request, _("Posted: %s.") % ", ".join(posted.places))
    return redirect(f"{back}?for={wanted.audience}")


@require_POST
@signed_in
def apply(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Do what is suggested, through the gateway."""
    incident, now = queries.incident_of(request.actor, incident_id), utcnow()
    try:
        suggestion = suggestion_of(request.actor, incident, request.POST.get("key", ""), now)
        done = mitigating.apply_suggestion(
            incident_id=incident_id,
            suggestion=suggestion,
            is_trial=request.POST.get("try") == "1",
            actor=request.actor,
            now=now,
        )
    except (Invalid, Conflict, Denied) as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_incidents:incident", incident_id)
    messages.success(request, _("In force: %s") % done.text)
    return redirect("nexus_incidents:incident", incident_id)


@require_POST
@signed_in
def withdraw(request: ActorRequest, incident_id: UUID, mitigation_id: UUID) -> HttpResponse:
    """Take a change of the gateway back."""
    mitigating.withdraw(incident_id=incident_id, mitigation_id=mitigation_id, actor=request.actor, now=utcnow())
    messages.success(request, _("Taken back. Calls go where they went before."))
    return redirect("nexus_incidents:incident", incident_id)


@require_POST
@signed_in
def close(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Close the incident; its report is drafted at once."""
    now = utcnow()
    try:
        actions.close(incident_id=incident_id, reason=request.POST.get("reason", ""), actor=request.actor, now=now)
    except NotRecovered as error:
        missing = error.facts.get("missing", ())
        lines = ". ".join(str(line) for line in missing) if isinstance(missing, tuple) else ""
        messages.error(request, f"{error.message} {lines}. {error.step}")
        return redirect("nexus_incidents:incident", incident_id)
    except Conflict as error:
        messages.error(request, f"{error.message} {error.step}")
        return redirect("nexus_incidents:incident", incident_id)
    reporting.draft_report(incident_id=incident_id, actor=request.actor, now=now)
    messages.success(request, _("The incident is closed. This is the draft of its report."))
    return redirect("nexus_incidents:incident-report", incident_id)


@require_GET
@signed_in
def timeline_csv(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """The timeline for a spreadsheet; cells that would be formulas stay text."""
    incident = queries.incident_of(request.actor, incident_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{incident.code.lower()}-timeline.csv"'
    writer = csv.writer(response)
    writer.writerow(["at", "what", "text", "detail", "who", "stored at"])
    for entry in queries.timeline_of(request.actor, incident_id):
        cells = [entry.at.isoformat(), entry.kind, entry.text, entry.detail, entry.person_name, entry.url]
        writer.writerow([f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells])
    return response


@require_http_methods(["GET", "POST"])
@signed_in
def templates(request: ActorRequest) -> HttpResponse:
    """The words that updates begin with; the project's own take the place of ours."""
    project_id = project_of(request)
    if request.method == "POST":
        for audience, stage in TEMPLATES:
            updates.save_template(
                project_id=project_id,
                audience=audience,
                stage=stage,
                text=request.POST.get(f"{audience}-{stage}", ""),
                actor=request.actor,
                now=utcnow(),
            )
        messages.success(request, _("The templates are saved."))
        return redirect("nexus_incidents:update-templates")
    own = updates.templates_of(request.actor, project_id)
    groups = [
        (AUDIENCES[audience], [(f"{audience}-{stage}", label, own[audience, stage]) for stage, label in STAGES.items()])
        for audience in Audience
    ]
    context = {
        "groups": groups,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "names": updates.NAMES,
    }
    return render(request, "nexus_incidents/templates.html", context)
