"""The page of one API: its figures, its failed calls one by one, what is expected of it, and the notes on its timeline."""

from datetime import UTC, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing.queries import api_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.nexus.apis import actions, figures
from emporion.nexus.apis.calls import body_of, call_of
from emporion.nexus.apis.queries import note_of
from emporion.nexus.apis.standing import standing_of
from emporion.nexus.overview import api_pages, cards
from emporion.nexus.overview.addresses import address
from emporion.nexus.overview.api_pages import Asked
from emporion.nexus.overview.call_pages import call_page
from emporion.nexus.overview.forms import WatchForm
from emporion.nexus.overview.pages import midnight
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def api(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """How an API does, over a period."""
    return _page(request, api_id)


@require_POST
@signed_in
def targets(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Say what is expected of an API."""
    shown = api_of(request.actor, api_id)
    form = WatchForm(request.POST)
    if not form.is_valid():
        return _page(request, api_id, form=form)
    actions.save_watch(watch=form.watch(shown.id), actor=request.actor, now=utcnow())
    messages.success(request, _("The targets are kept. Cards and alerts follow them from now on."))
    return redirect("nexus_overview:api", shown.id)


def _page(request: ActorRequest, api_id: UUID, form: WatchForm | None = None) -> HttpResponse:
    now = utcnow()
    shown = api_of(request.actor, api_id)
    standing = standing_of(request.actor, api_id, now, midnight(now))
    asked = Asked.of(reverse("nexus_overview:api", args=[api_id]), request.GET)
    context = {
        "api": shown,
        "card": cards.card(standing, url="", tile=shown.tile, now=now),
        "quotas": cards.quotas(standing.quota),
        "quota_seen_at": standing.quota.seen_at,
        "watch": standing.watch,
        "page": api_pages.api_page(request.actor, shown, standing, asked, now),
        "form": form or WatchForm.of(standing.watch),
        "form_failed": form is not None,
        "may_configure": request.actor.may(Permission.CONFIGURE, shown.project_id),
        "may_write": request.actor.may(Permission.USE, shown.project_id),
        "settings_url": address("nexus_gateway:settings", api_id),
        "now_local": timezone.localtime(now),
        "removed": request.GET.get("removed", ""),
    }
    return render(request, "nexus_overview/api.html", context, status=422 if form else 200)


@require_GET
@signed_in
def calls(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """The failed calls of an API, latest first, narrowed by what the address says."""
    now, shown = utcnow(), api_of(request.actor, api_id)
    asked = Asked.of(reverse("nexus_overview:calls", args=[api_id]), request.GET)
    until = _moment(asked.before) or now
    found = figures.failed_calls(request.actor, asked.scope(shown), asked.since(now), until, api_pages.LISTED, asked.wanted)
    is_more = len(found) == api_pages.LISTED
    context = {
        "api": shown,
        "asked": asked,
        "title": _("Calls") if asked.outcome == api_pages.EVERY else _("Failed calls"),
        "narrowed": dict(asked.narrowed),
        "calls": api_pages.listed(found),
        "outcomes": api_pages.outcomes(asked.outcome),
        "periods": api_pages.periods(asked),
        "older_url": asked.url(before=found[-1].at.isoformat()) if is_more else "",
        "cleared_url": reverse("nexus_overview:calls", args=[api_id]),
    }
    return render(request, "nexus_overview/calls.html", context)


@require_GET
@signed_in
def call(request: ActorRequest, call_id: UUID) -> HttpResponse:
    """Everything that is known of one call."""
    found = call_of(request.actor, call_id)
    shown = api_of(request.actor, found.api_id)
    context = {"page": call_page(found, shown), "api": shown, "call": found, "body": body_of(request.actor, found)}
    return render(request, "nexus_overview/call.html", context)


@require_POST
@signed_in
def add_note(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Write on the timeline of an API; without a time it happened now."""
    now = utcnow()
    try:
        at = _local(request.POST.get("at", "")) or now
        actions.add_note(api_id=api_id, text=request.POST.get("text", ""), at=at, actor=request.actor, now=now)
        messages.success(request, _("The note is on the timeline."))
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect("nexus_overview:api", api_id)


@require_http_methods(["GET", "POST"])
@signed_in
def note(request: ActorRequest, api_note_id: UUID) -> HttpResponse:
    """Change a note."""
    shown, problem = note_of(request.actor, api_note_id), None
    text = request.POST.get("text", shown.text)
    if request.method == "POST":
        try:
            actions.edit_note(
                note_id=api_note_id, text=text, at=_local(request.POST.get("at", "")) or shown.at, actor=request.actor
            )
            messages.success(request, _("The note is changed."))
            return redirect("nexus_overview:api", shown.api_id)
        except Invalid as error:
            problem = error
    context = {"note": shown, "text": text, "at": timezone.localtime(shown.at), "problem": problem}
    return render(request, "nexus_overview/note.html", context, status=422 if problem else 200)


@require_POST
@signed_in
def remove_note(request: ActorRequest, api_note_id: UUID) -> HttpResponse:
    """Delete a note; the page that follows offers to undo it."""
    gone = actions.remove_note(note_id=api_note_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_overview:api', args=[gone.api_id])}?removed={gone.id}")


@require_POST
@signed_in
def restore_note(request: ActorRequest, api_note_id: UUID) -> HttpResponse:
    """Undo a deletion."""
    back = actions.restore_note(note_id=api_note_id, actor=request.actor)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect("nexus_overview:api", back.api_id)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _local(text: str) -> datetime | None:
    """A time of the reader's clock."""
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(text)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(_("That is no time."), next_step=_("Choose a day and an hour."), field="at") from error
