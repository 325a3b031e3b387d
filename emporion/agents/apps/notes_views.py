"""Pages of Team Notes."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.agents.apps import notes, rules
from emporion.agents.apps.doors import for_guests, switch_view
from emporion.agents.apps.errors import NoteChanged, TitleMissing
from emporion.agents.apps.types import NAMES, AppKind, Draft, Guest
from emporion.kernel.clock import utcnow
from emporion.plumbing.parsing import number_of

KIND = AppKind.NOTES


def _show(request: HttpRequest, guest: Guest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    frame: dict[str, object] = {"guest": guest, "app_name": NAMES[KIND], "app_home": f"/app/{KIND}/", "app_tile": "ledger"}
    return render(request, f"agents_apps/{template}", {**frame, **context}, status=status)


@require_GET
@for_guests(KIND)
def note_list(request: HttpRequest, guest: Guest) -> HttpResponse:
    """All notes, or those that fit a search."""
    search = request.GET.get("q", "")
    context = {"notes": notes.find(guest, search), "search": search, "deleted": request.GET.get("deleted", "")}
    return _show(request, guest, "notes.html", context)


@require_GET
@for_guests(KIND)
def note(request: HttpRequest, guest: Guest, note_id: UUID) -> HttpResponse:
    """One note to read."""
    return _show(request, guest, "note.html", {"note": notes.read(guest, note_id)})


@require_http_methods(["GET", "POST"])
@for_guests(KIND)
def new_note(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Write a note."""
    if request.method == "GET":
        return _form(request, guest, Draft(title="", text=""))
    draft = _draft(request)
    if "preview" in request.POST:
        return _form(request, guest, draft, html=rules.html_of(draft.text))
    try:
        note_id = notes.write(guest=guest, draft=draft, now=utcnow())
    except TitleMissing as error:
        return _form(request, guest, draft, error=error)
    return redirect("agents_apps:note", note_id)


@require_http_methods(["GET", "POST"])
@for_guests(KIND)
def edit_note(request: HttpRequest, guest: Guest, note_id: UUID) -> HttpResponse:
    """Change a note; nothing that was typed is lost when somebody else was faster."""
    saved = notes.read(guest, note_id)
    if request.method == "GET":
        return _form(request, guest, Draft(title=saved.title, text=saved.text, revision=saved.revision), note_id=note_id)
    draft = _draft(request)
    if "preview" in request.POST:
        return _form(request, guest, draft, note_id=note_id, html=rules.html_of(draft.text))
    try:
        notes.change(guest=guest, note_id=note_id, draft=draft, now=utcnow())
    except TitleMissing as error:
        return _form(request, guest, draft, note_id=note_id, error=error)
    except NoteChanged as error:
        newer = Draft(title=draft.title, text=draft.text, revision=saved.revision)
        return _form(request, guest, newer, note_id=note_id, error=error)
    return redirect("agents_apps:note", note_id)


def _draft(request: HttpRequest) -> Draft:
    revision = request.POST.get("revision", "0")
    text = request.POST.get("text", "").replace("\r\n", "\n")
    return Draft(title=request.POST.get("title", ""), text=text, revision=number_of(revision))


def _form(
    request: HttpRequest,
    guest: Guest,
    draft: Draft,
    *,
    note_id: UUID | None = None,
    html: str = "",
    error: TitleMissing | NoteChanged | None = None,
) -> HttpResponse:
    context = {"draft": draft, "note_id": note_id, "preview": html, "error": error}
    status = HTTPStatus.OK if error is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return _show(request, guest, "note_form.html", context, status)


@require_POST
@for_guests(KIND)
def pin_note(request: HttpRequest, guest: Guest, note_id: UUID) -> HttpResponse:
    """Keep a note at the top, or not."""
    notes.pin(guest=guest, note_id=note_id, is_pinned="pin" in request.POST)
    return redirect("agents_apps:note", note_id)


@require_POST
@for_guests(KIND)
def delete_note(request: HttpRequest, guest: Guest, note_id: UUID) -> HttpResponse:
    """Take a note away; the list offers to undo it."""
    notes.delete(guest=guest, note_id=note_id, now=utcnow())
    return redirect(f"/app/{KIND}/?deleted={note_id}")


@require_POST
@for_guests(KIND)
def restore_note(request: HttpRequest, guest: Guest, note_id: UUID) -> HttpResponse:
    """Undo a deletion."""
    notes.restore(guest=guest, note_id=note_id)
    return redirect("agents_apps:note", note_id)


switch = require_POST(switch_view(KIND))
