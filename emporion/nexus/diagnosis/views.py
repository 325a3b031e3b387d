"""Why an API or a problem's API fails: a page, a part of other pages, and the one tap that does what is suggested.

Other pages bring the part in with `hx-get` (a request of htmx gets the cards alone); without scripts they link to the page.
"""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing.queries import api_of
from emporion.kernel.clock import utcnow
from emporion.nexus.apis.types import Scope
from emporion.nexus.diagnosis import actions, queries
from emporion.nexus.diagnosis.types import Diagnosis
from emporion.plumbing.types import Permission


@signed_in
@require_safe
def of_problem(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """The causes of a problem."""
    found = queries.diagnose_problem(request.actor, problem_id, utcnow())
    return _shown(request, found, f"/nexus/alerts/{problem_id}/", reverse("nexus_diagnosis:act_on_problem", args=[problem_id]))


@signed_in
@require_safe
def of_api(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """What an API goes through now."""
    found = queries.diagnose(request.actor, _scope(request, api_id), utcnow())
    return _shown(request, found, f"/nexus/apis/{api_id}/", reverse("nexus_diagnosis:act_on_api", args=[api_id]))


@signed_in
@require_POST
def act_on_problem(request: ActorRequest, problem_id: UUID) -> HttpResponse:
    """Do what is suggested for a problem."""
    found = queries.diagnose_problem(request.actor, problem_id, utcnow())
    return _acted(request, found, f"/nexus/alerts/{problem_id}/")


@signed_in
@require_POST
def act_on_api(request: ActorRequest, api_id: UUID) -> HttpResponse:
    """Do what is suggested for an API."""
    found = queries.diagnose(request.actor, _scope(request, api_id), utcnow())
    return _acted(request, found, f"/nexus/apis/{api_id}/")


def _scope(request: ActorRequest, api_id: UUID) -> Scope:
    return Scope(project_id=api_of(request.actor, api_id).project_id, api_id=api_id)


def _shown(request: ActorRequest, found: Diagnosis, back_url: str, act_url: str) -> HttpResponse:
    is_part = request.headers.get("HX-Request") == "true"
    context = {
        "card": queries.card(found),
        "act_url": act_url,
        "back_url": back_url,
        "next": back_url if is_part else request.path,
        "may_act": request.actor.may(Permission.CONFIGURE, found.project_id),
    }
    return render(request, "nexus_diagnosis/_diagnosis.html" if is_part else "nexus_diagnosis/page.html", context)


def _acted(request: ActorRequest, found: Diagnosis, back_url: str) -> HttpResponse:
    route = actions.act(
        diagnosis=found,
        key=request.POST.get("key", ""),
        is_trial=bool(request.POST.get("try")),
        actor=request.actor,
        now=utcnow(),
    )
    toasts.success(request, _("Done: %(what)s Undo it under Gateway, Routes.") % {"what": route.sentence})
    place = request.POST.get("next", "")
    return redirect(place if place.startswith("/") and url_has_allowed_host_and_scheme(place, None) else back_url)
