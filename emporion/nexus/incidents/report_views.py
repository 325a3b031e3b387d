"""The post-incident report: read, edited, printed, with what is to be done and what was learned."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, Invalid
from emporion.nexus.incidents import queries, reporting
from emporion.nexus.incidents.errors import ReportNotFound
from emporion.nexus.incidents.paper import html_of, report_pdf, with_items
from emporion.nexus.incidents.types import ReportView
from emporion.nexus.incidents.views import project_of
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_http_methods(["GET", "POST"])
@signed_in
def report(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Read the report; save it as a new version; without one, offer to draft it."""
    incident = queries.incident_of(request.actor, incident_id)
    problem, typed = None, request.POST.get("text", "")
    if request.method == "POST":
        try:
            reporting.save_report(
                incident_id=incident_id, text=typed, based_on=_number(request), actor=request.actor, now=utcnow()
            )
            messages.success(request, _("The report is saved as a new version."))
            return redirect("nexus_incidents:incident-report", incident_id)
        except (Invalid, Conflict) as error:
            problem = error
    found = _found(request, incident_id)
    context = {
        "incident": incident,
        "report": found,
        "html": html_of(found.markdown) if found else "",
        "text": typed if problem else found.markdown if found else "",
        "problem": problem,
        "is_editing": problem is not None or "edit" in request.GET,
        "versions": reporting.versions_of(request.actor, incident_id),
        "items": reporting.items_of(request.actor, incident_id),
        "learnings": [one for one in queries.learnings_of(request.actor, incident.project_id) if one.incident_id == incident_id],
        "people": queries.people_of(request.actor, incident.project_id),
        "may_use": request.actor.may(Permission.USE, incident.project_id),
        "removed": uuid_of(request.GET.get("removed", "")),
    }
    return render(request, "nexus_incidents/report.html", context, status=422 if problem else 200)


@require_POST
@signed_in
def draft(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Draft the report, or draft it anew as another version."""
    if request.POST.get("do") == "again":
        reporting.draft_again(incident_id=incident_id, actor=request.actor, now=utcnow())
    else:
        reporting.draft_report(incident_id=incident_id, actor=request.actor, now=utcnow())
    return redirect("nexus_incidents:incident-report", incident_id)


@require_GET
@signed_in
def version(request: ActorRequest, incident_id: UUID, number: int) -> HttpResponse:
    """The report as it was."""
    incident = queries.incident_of(request.actor, incident_id)
    found = reporting.report_of(request.actor, incident_id, version=number)
    context = {"incident": incident, "report": found, "html": html_of(found.markdown)}
    return render(request, "nexus_incidents/version.html", context)


@require_GET
@signed_in
def markdown(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """The report as Markdown, with what is to be done."""
    incident = queries.incident_of(request.actor, incident_id)
    text = with_items(reporting.report_of(request.actor, incident_id).markdown, reporting.items_of(request.actor, incident_id))
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{incident.code.lower()}-report.md"'
    return response


@require_GET
@signed_in
def pdf(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """The report on paper."""
    incident = queries.incident_of(request.actor, incident_id)
    text = with_items(reporting.report_of(request.actor, incident_id).markdown, reporting.items_of(request.actor, incident_id))
    response = HttpResponse(report_pdf(incident.code, text), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{incident.code.lower()}-report.pdf"'
    return response


@require_POST
@signed_in
def add_item(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Add something to do."""
    post = request.POST
    try:
        due_on = date.fromisoformat(post["due_on"]) if post.get("due_on") else None
        item = reporting.NewItem(text=post.get("text", ""), owner_id=uuid_of(post.get("owner", "")), due_on=due_on)
        reporting.add_item(incident_id=incident_id, item=item, actor=request.actor, now=utcnow())
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    except ValueError:
        messages.error(request, _("That is no day. Write it as in 2026-12-01."))
    return redirect(f"{reverse('nexus_incidents:incident-report', args=[incident_id])}#items")


@require_POST
@signed_in
def tick_item(request: ActorRequest, incident_id: UUID, item_id: UUID) -> HttpResponse:
    """Mark something as done, or as open again."""
    is_done = request.POST.get("state") != "open"
    reporting.tick_item(incident_id=incident_id, item_id=item_id, is_done=is_done, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_incidents:incident-report', args=[incident_id])}#items")


@require_POST
@signed_in
def add_learning(request: ActorRequest, incident_id: UUID) -> HttpResponse:
    """Keep what was learned."""
    try:
        reporting.add_learning(incident_id=incident_id, text=request.POST.get("text", ""), actor=request.actor, now=utcnow())
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect(f"{reverse('nexus_incidents:incident-report', args=[incident_id])}#learnings")


@require_POST
@signed_in
def remove_learning(request: ActorRequest, incident_id: UUID, learning_id: UUID) -> HttpResponse:
    """Take a learning away; the page offers to undo it."""
    is_back, home = request.POST.get("do") == "restore", reverse("nexus_incidents:incident-report", args=[incident_id])
    reporting.remove_learning(
        incident_id=incident_id, learning_id=learning_id, is_removed=not is_back, actor=request.actor, now=utcnow()
    )
    return redirect(home + ("#learnings" if is_back else f"?removed={learning_id}#learnings"))


@require_GET
@signed_in
def learnings(request: ActorRequest) -> HttpResponse:
    """What all incidents taught, searched."""
    project_id, search = project_of(request), request.GET.get("q", "")[:200]
    context = {"learnings": queries.learnings_of(request.actor, project_id, search=search), "search": search}
    return render(request, "nexus_incidents/learnings.html", context)


def _found(request: ActorRequest, incident_id: UUID) -> ReportView | None:
    try:
        return reporting.report_of(request.actor, incident_id)
    except ReportNotFound:
        return None


def _number(request: ActorRequest) -> int | None:
    text = request.POST.get("based_on", "")
    return int(text) if text.isdecimal() and len(text) < 6 else None
