"""The page of on call: who has it, what is open, what became of pages; and the signed link by which somebody takes one."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from emporion.accounts.access import ActorRequest, anonymous_ok, current_project_id, signed_in
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.oncall import actions, paging, presenting, queries
from emporion.nexus.oncall.errors import LinkExpired
from emporion.nexus.oncall.forms import PolicyForm, QuietForm, policy_initial
from emporion.nexus.oncall.types import PageState, QuietHours
from emporion.notify import queries as notifications
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.problems import wants_json
from emporion.plumbing.types import Permission


@signed_in
@require_safe
def on_call(request: ActorRequest) -> HttpResponse:
    """Who has it, what waits for somebody, how it escalates, and how this person is reached."""
    project_id, now = project_of(request), utcnow()
    actor = request.actor
    hours = queries.my_quiet_hours(actor)
    schedules = queries.schedules_of(actor, project_id, now=now)
    pages = presenting.page_cards(queries.pages_of(actor, project_id))
    context = {
        "schedules": presenting.schedule_cards(schedules),
        "policy": queries.policy_of(actor, project_id),
        "steps": presenting.step_lines(queries.policy_of(actor, project_id)),
        "open_pages": [card for card in pages if card.waits],
        "recent_pages": [card for card in pages if not card.waits][:8],
        "quiet_form": QuietForm(initial=_initial(hours)),
        "destinations": [one for one in notifications.destinations_of(actor) if one.project_id in {None, project_id}],
        "without_device": presenting.without_device(schedules),
        "removed": queries.removed_schedule(actor, uuid_of(request.GET.get("removed", ""))),
        "removed_id": request.GET.get("removed", ""),
        "may_configure": actor.may(Permission.CONFIGURE, project_id),
        "may_use": actor.may(Permission.USE, project_id),
    }
    return render(request, "nexus_oncall/on_call.html", context)


@signed_in
@require_safe
def page(request: ActorRequest, page_id: UUID) -> HttpResponse:
    """One page: how far it went and what came of it."""
    shown = queries.page_of(request.actor, page_id)
    context = {"card": presenting.page_cards((shown,))[0], "may_use": request.actor.may(Permission.USE, shown.project_id)}
    return render(request, "nexus_oncall/page.html", context)


@signed_in
@require_POST
def acknowledge(request: ActorRequest, page_id: UUID) -> HttpResponse:
    """Take a page."""
    paging.acknowledge(page_id=page_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("You have it. Nobody else is called."))
    return redirect("nexus_oncall:on_call")


# The signed token is what says that this person may take this page, and it comes with no cookie: the phone may not be signed in,
# and the button of a push posts from the service worker. Programs that look at links in mails only ever ask with GET.
@csrf_exempt
@anonymous_ok
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show a page by its signed link; a POST takes it."""
    now = utcnow()
    try:
        if request.method == "POST":
            shown = paging.acknowledge_by_link(token=token, now=now)
        else:
            shown, _person = paging.bearer_of_link(token=token, now=now)
    except (LinkExpired, NotFound) as error:
        if wants_json(request):
            raise LinkExpired from error
        return render(request, "nexus_oncall/answer_gone.html", status=HTTPStatus.GONE)
    if request.method == "POST" and wants_json(request):
        return JsonResponse({"state": shown.state})
    waits = shown.state in {PageState.OPEN, PageState.UNANSWERED}
    return render(request, "nexus_oncall/answer.html", {"page": shown, "waits": waits, "token": token})


@signed_in
@require_POST
def test_page(request: ActorRequest) -> HttpResponse:
    """Page the person who asks."""
    page_id = paging.page_myself(project_id=project_of(request), actor=request.actor, now=utcnow())
    toasts.success(request, _("You are being paged. What came of it stands below."))
    return redirect("nexus_oncall:page", page_id)


@signed_in
@require_POST
def keep_quiet(request: ActorRequest) -> HttpResponse:
    """Keep the person's quiet hours."""
    form = QuietForm(request.POST)
    if form.is_valid():
        actions.keep_quiet(hours=form.hours(), actor=request.actor)
        toasts.success(request, _("Your quiet hours are kept."))
    else:
        toasts.error(request, _("Quiet hours need two times, such as 22:00 and 07:00. Nothing was changed."))
    return redirect("nexus_oncall:on_call")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: ActorRequest) -> HttpResponse:
    """Say who is called after whom."""
    project_id, actor, now = project_of(request), request.actor, utcnow()
    actor.require(Permission.CONFIGURE, project_id)
    schedules, people = queries.schedules_of(actor, project_id, now=now), presenting.people_of(actor)
    shown = policy_initial(queries.policy_of(actor, project_id))
    form = PolicyForm(request.POST or None, initial=shown, people=people, schedules=schedules)
    if request.method == "POST" and form.is_valid():
        rounds = form.cleaned_data["rounds"]
        actions.save_policy(project_id=project_id, steps=form.steps(), rounds=rounds, actor=actor, now=now)
        toasts.success(request, _("The escalation is saved. Pages that are open follow it from their next step."))
        return redirect("nexus_oncall:on_call")
    return render(request, "nexus_oncall/policy.html", {"form": form}, status=422 if form.errors else 200)


def project_of(request: HttpRequest) -> UUID:
    """The project in the switcher."""
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id


def _initial(hours: QuietHours) -> dict[str, object]:
    return {"is_on": hours.is_on, "starts": hours.starts, "ends": hours.ends}
