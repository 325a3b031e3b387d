"""Writing, changing and deleting notes on the timeline, with undo."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.reports import notes
from emporion.insights.reports.errors import NoteEmpty
from emporion.insights.sites.queries import site_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.addresses import parts_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid


@require_POST
@signed_in
def add(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Write a note; the time is on the website's clock."""
    site, now = site_of(request.actor, site_id), utcnow()
    try:
        at = _moment(request.POST.get("at", ""), site) or now
        written = notes.NewNote(text=request.POST.get("text", ""), at=at)
        notes.add_note(site_id=site.id, note=written, actor=request.actor, now=now)
        messages.success(request, _("The note is on the timeline."))
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect(_back(request, site))


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: ActorRequest, site_id: UUID, note_id: UUID) -> HttpResponse:
    """Change a note."""
    site = site_of(request.actor, site_id)
    note, problem = notes.note_of(request.actor, site_id, note_id), None
    if request.method == "POST":
        try:
            at = _moment(request.POST.get("at", ""), site) or note.at
            notes.edit_note(site_id=site_id, note_id=note_id, text=request.POST.get("text", ""), at=at, actor=request.actor)
            messages.success(request, _("The note is changed."))
            return redirect(_back(request, site))
        except NoteEmpty as error:
            problem = error
    context = {
        "site": site,
        "note": note,
        "problem": problem,
        "at": note.at.astimezone(ZoneInfo(site.time_zone)),
        "back": _back(request, site),
    }
    return render(request, "insights_reports/note.html", context, status=422 if problem else 200)


@require_POST
@signed_in
def remove(request: ActorRequest, site_id: UUID, note_id: UUID) -> HttpResponse:
    """Delete a note; the answer offers to undo it."""
    site = site_of(request.actor, site_id)
    notes.remove_note(site_id=site_id, note_id=note_id, actor=request.actor, now=utcnow())
    undo_url = reverse("insights_reports:restore-note", args=[site_id, note_id])
    if request.headers.get("HX-Request"):
        toast = {"text": _("The note is deleted."), "undo_url": undo_url, "undo_target": "body"}
        return HttpResponse(render_to_string("insights_reports/_toast.html", toast, request))
    return redirect(f"{reverse('insights_reports:dashboard', args=[site.id])}?removed={note_id}")


@require_POST
@signed_in
def restore(request: ActorRequest, site_id: UUID, note_id: UUID) -> HttpResponse:
    """Undo a deletion."""
    site = site_of(request.actor, site_id)
    notes.restore_note(site_id=site_id, note_id=note_id, actor=request.actor)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect("insights_reports:dashboard", site.id)


def _moment(text: str, site: SiteView) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(site.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(_("That is no time."), next_step=_("Choose a day and an hour."), field="at") from error


def _back(request: ActorRequest, site: SiteView) -> str:
    """The dashboard, with what its address asked when the form was opened."""
    home = reverse("insights_reports:dashboard", args=[site.id])
    asked = parts_of(request.POST.get("back", "") or request.headers.get("Referer", ""))
    return f"{home}?{asked.query}" if asked.query and asked.path == home else home
