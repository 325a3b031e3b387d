"""The switcher in the header."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from emporion.accounts import access, queries
from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.errors import NotFound
from emporion.plumbing.parsing import own_path


@signed_in
@require_POST
def switch(request: ActorRequest) -> HttpResponse:
    """Act in another project (`project`) or organisation (`organisation`); go to `next` or the dashboard."""
    wanted = request.POST.get("project", ""), request.POST.get("organisation", "")
    organisation_id, project_id = _place(request, *wanted)
    access.switch(request, organisation_id=organisation_id, project_id=project_id)
    return redirect(own_path(request.POST.get("next", ""), "/dashboard/"))


def _place(request: ActorRequest, project: str, organisation: str) -> tuple[UUID, UUID | None]:
    for place in queries.organisations_of(request.actor):
        for one in place.projects:
            if str(one.id) == project:
                return place.id, one.id
        if not project and str(place.id) == organisation:
            return place.id, None
    raise NotFound
