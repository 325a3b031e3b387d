"""Pages of rotations: begin one, change it, take a stretch over, swap turns."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.kernel.clock import utcnow
from emporion.nexus.oncall import actions, presenting, queries
from emporion.nexus.oncall.errors import WrongSpan
from emporion.nexus.oncall.forms import OverrideForm, ScheduleForm, SwapForm, initial_of
from emporion.nexus.oncall.types import ScheduleView
from emporion.nexus.oncall.views import project_of
from emporion.plumbing.made_once import made_once
from emporion.plumbing.types import Permission


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@made_once
def new(request: ActorRequest) -> HttpResponse:
    """Begin a rotation."""
    project_id, actor, now = project_of(request), request.actor, utcnow()
    actor.require(Permission.CONFIGURE, project_id)
    initial = {"time_zone": str(getattr(request.user, "time_zone", "") or "UTC"), "person_1": str(actor.id)}
    form = ScheduleForm(request.POST or None, initial=initial, people=presenting.people_of(actor))
    if request.method == "POST" and form.is_valid():
        made = actions.create_schedule(schedule=form.schedule(), project_id=project_id, actor=actor, now=now)
        toasts.success(request, _("The rotation has begun."))
        return redirect("nexus_oncall:schedule", made.id)
    return render(request, "nexus_oncall/new_schedule.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: ActorRequest, schedule_id: UUID) -> HttpResponse:
    """One rotation: its turns, taking over, swapping, and how it goes round."""
    actor, now = request.actor, utcnow()
    shown = queries.schedule_of(actor, schedule_id, now=now)
    if request.method == "POST":
        actor.require(Permission.CONFIGURE, shown.project_id)
    form = ScheduleForm(request.POST or None, initial=initial_of(shown), people=presenting.people_of(actor))
    if request.method == "POST" and form.is_valid():
        actions.change_schedule(schedule_id=schedule_id, schedule=form.schedule(), actor=actor, now=now)
        toasts.success(request, _("The rotation is saved."))
        return redirect("nexus_oncall:schedule", schedule_id)
    return _page(request, shown, form=form)


@signed_in
@require_POST
def take_over(request: ActorRequest, schedule_id: UUID) -> HttpResponse:
    """Somebody takes a stretch over."""
    actor, now = request.actor, utcnow()
    shown = queries.schedule_of(actor, schedule_id, now=now)
    form = OverrideForm(request.POST, people=presenting.people_of(actor))
    if form.is_valid():
        try:
            actions.take_over(schedule_id=schedule_id, override=form.override(), actor=actor, now=now)
        except WrongSpan as error:
            form.add_error("ends_at", f"{error.message} {error.step}")
        else:
            toasts.success(request, _("Taken over."))
            return redirect("nexus_oncall:schedule", schedule_id)
    return _page(request, shown, take_form=form)


@signed_in
@require_POST
def swap(request: ActorRequest, schedule_id: UUID) -> HttpResponse:
    """Two turns change places."""
    actor, now = request.actor, utcnow()
    shown = queries.schedule_of(actor, schedule_id, now=now)
    form = SwapForm(request.POST, schedule=shown)
    if form.is_valid():
        first, second = form.moments()
        try:
            actions.swap(schedule_id=schedule_id, first_at=first, second_at=second, actor=actor, now=now)
        except WrongSpan as error:
            form.add_error("second", f"{error.message} {error.step}")
        else:
            toasts.success(request, _("The turns changed places."))
            return redirect("nexus_oncall:schedule", schedule_id)
    return _page(request, shown, swap_form=form)


@signed_in
@require_POST
def give_back(request: ActorRequest, schedule_id: UUID, override_id: UUID) -> HttpResponse:
    """Undo a takeover."""
    actions.give_back(override_id=override_id, actor=request.actor)
    toasts.success(request, _("Given back."))
    return redirect("nexus_oncall:schedule", schedule_id)


@signed_in
@require_POST
def remove(request: ActorRequest, schedule_id: UUID) -> HttpResponse:
    """Take a rotation away; the page of on call offers to undo it."""
    actions.remove_schedule(schedule_id=schedule_id, actor=request.actor, now=utcnow())
    return redirect(f"/nexus/on-call/?removed={schedule_id}")


@signed_in
@require_POST
def restore(request: ActorRequest, schedule_id: UUID) -> HttpResponse:
    """Bring a rotation back."""
    actions.restore_schedule(schedule_id=schedule_id, actor=request.actor)
    toasts.success(request, _("The rotation is back."))
    return redirect("nexus_oncall:schedule", schedule_id)


def _page(
    request: ActorRequest,
    shown: ScheduleView,
    *,
    form: ScheduleForm | None = None,
    take_form: OverrideForm | None = None,
    swap_form: SwapForm | None = None,
) -> HttpResponse:
    people = presenting.people_of(request.actor)
    initial = {"person": str(request.actor.id), "starts_at": utcnow().replace(second=0, microsecond=0)}
    context = {
        "card": presenting.schedule_cards((shown,))[0],
        "schedule": shown,
        "form": form or ScheduleForm(initial=initial_of(shown), people=people),
        "take_form": take_form or OverrideForm(initial=initial, people=people),
        "swap_form": swap_form or SwapForm(schedule=shown),
        "may_configure": request.actor.may(Permission.CONFIGURE, shown.project_id),
        "may_use": request.actor.may(Permission.USE, shown.project_id),
    }
    has_errors = any(one is not None and one.errors for one in (form, take_form, swap_form))
    return render(request, "nexus_oncall/schedule.html", context, status=422 if has_errors else 200)
