"""The platform's pages of apps: all of them, and one with its launch button and who may open it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.apps import queries


@require_GET
@signed_in
def app_list(request: ActorRequest) -> HttpResponse:
    """Apps that the organisation has."""
    return render(request, "agents_apps/list.html", {"apps": queries.apps(request.actor)})


@require_GET
@signed_in
def app_page(request: ActorRequest, subscription_id: UUID) -> HttpResponse:
    """One app."""
    app = queries.app(request.actor, subscription_id)
    launch = f"{app.launch_url}sign-in/?organisation={app.organisation_id}" if app.kind.has_own_door else app.launch_url
    people = queries.people_on(request.actor, app)
    return render(request, "agents_apps/app.html", {"app": app, "launch": launch, "people": people})
