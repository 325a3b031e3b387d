"""The page about one's own data: a copy to take along, and the end of the account."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from emporion.accounts import actions, queries
from emporion.accounts.access import ActorRequest, signed_in
from emporion.accounts.rules import DELETION_WAITS
from emporion.accounts.views.retold import retold
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import ActorKind


@signed_in
@require_safe
def data(request: ActorRequest) -> HttpResponse:
    """The copies that there are, and what deleting would do."""
    if request.actor.kind is not ActorKind.PERSON:
        raise NotFound
    now = utcnow()
    context = {
        "exports": queries.exports_of(request.actor, now=now),
        "leaving": queries.leaving_of(request.actor),
        "days": DELETION_WAITS.days,
    }
    return render(request, "accounts/data.html", context)


@signed_in
@require_POST
def export(request: ActorRequest) -> HttpResponse:
    """Have a copy made."""
    with retold(request, _("The copy is being made. You are told when it is ready.")):
        actions.ask_for_export(actor=request.actor, now=utcnow())
    return redirect("accounts:data")


@signed_in
@require_safe
def download(request: ActorRequest, export_id: UUID) -> HttpResponseBase:
    """The copy, for the person whose data it is."""
    if request.actor.kind is not ActorKind.PERSON:
        raise NotFound
    file = queries.export_file(request.actor, export_id, now=utcnow())
    response = FileResponse(file, as_attachment=True, filename="emporion-data.zip", content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_POST
def leave(request: ActorRequest) -> HttpResponse:
    """Delete the account in two weeks, or keep it after all."""
    if request.POST.get("do") == "keep":
        with retold(request, _("Your account stays.")):
            actions.take_back_deletion(actor=request.actor, now=utcnow())
    else:
        with retold(request):
            actions.ask_for_deletion(actor=request.actor, now=utcnow())
    return redirect("accounts:data")
