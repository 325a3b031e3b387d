"""The pages of what calls may cost: budgets, and answers that are kept so that nobody pays twice."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.errors import BudgetNotFound
from emporion.gateway.routing.types import BudgetView
from emporion.kernel.clock import utcnow
from emporion.nexus.gateway.forms import BudgetForm, CacheForm
from emporion.nexus.gateway.pages import REFUSALS, is_served, project_of, put_error, sections
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission

COSTS = "/nexus/costs/"


@require_http_methods(["GET", "POST"])
@signed_in
def budgets(request: ActorRequest) -> HttpResponse:
    """What may be spent, what is spent, and where it ends if it goes on like this; `?change=` opens one."""
    project_id = project_of(request)
    changed = _chosen(request, "change")
    form = _form(request, project_id, changed)
    if request.method == "POST" and form.is_valid() and _saved(request, form, project_id, changed):
        toasts.success(request, _("The budget is in force within seconds."))
        return redirect("nexus_gateway:budgets")
    context = {
        "sections": sections(request),
        "budgets": queries.budgets_of(request.actor, project_id, now=utcnow()),
        "form": form,
        "changed": changed,
        "removed": _chosen(request, "removed"),
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "costs_url": COSTS if is_served(COSTS) else "",
    }
    return render(request, "nexus_gateway/budgets.html", context, status=422 if form.errors else 200)


def _form(request: ActorRequest, project_id: UUID, changed: BudgetView | None) -> BudgetForm:
    actor = request.actor
    return BudgetForm(
        request.POST or None,
        apis=queries.apis_of(actor, project_id),
        keys=queries.keys_of(actor, project_id, now=utcnow()),
        may_limit_all=actor.may(Permission.MANAGE_PROJECTS),
        budget=changed,
    )


def _saved(request: ActorRequest, form: BudgetForm, project_id: UUID, changed: BudgetView | None) -> bool:
    budget_id = changed.id if changed else None
    try:
        actions.save_budget(budget=form.budget(), project_id=project_id, budget_id=budget_id, actor=request.actor, now=utcnow())
    except REFUSALS as error:
        put_error(form, error)
        return False
    return True


@require_POST
@signed_in
def remove_budget(request: ActorRequest, budget_id: UUID) -> HttpResponse:
    """Take a budget away; the page offers to undo it."""
    actions.remove_budget(budget_id=budget_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('nexus_gateway:budgets')}?removed={budget_id}")


@require_POST
@signed_in
def restore_budget(request: ActorRequest, budget_id: UUID) -> HttpResponse:
    """Bring a budget back."""
    actions.restore_budget(budget_id=budget_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("The budget is back."))
    return redirect("nexus_gateway:budgets")


@require_http_methods(["GET", "POST"])
@signed_in
def caches(request: ActorRequest) -> HttpResponse:
    """Whose answers are kept, and for how long."""
    project_id = project_of(request)
    apis = [api for api in queries.apis_of(request.actor, project_id) if not api.is_platform]
    form = CacheForm(request.POST or None, apis=apis)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        toasts.success(request, _("Answers are kept within seconds."))
        return redirect("nexus_gateway:caches")
    context = {
        "sections": sections(request),
        "caches": queries.caches_of(request.actor, project_id),
        "apis": apis,
        "form": form,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_gateway/caches.html", context, status=422 if form.errors else 200)


def _kept(request: ActorRequest, form: CacheForm) -> bool:
    try:
        actions.save_cache(cache=form.cache(), actor=request.actor, now=utcnow())
    except REFUSALS as error:
        put_error(form, error)
        return False
    return True


@require_POST
@signed_in
def remove_cache(request: ActorRequest, cache_id: UUID) -> HttpResponse:
    """Keep no answers any more."""
    actions.remove_cache(cache_id=cache_id, actor=request.actor, now=utcnow())
    toasts.success(request, _("Answers are not kept any more."))
    return redirect("nexus_gateway:caches")


def _chosen(request: ActorRequest, name: str) -> BudgetView | None:
    budget_id = uuid_of(request.GET.get(name, ""))
    if budget_id is None:
        return None
    try:
        return queries.budget_of(request.actor, budget_id, now=utcnow())
    except BudgetNotFound:
        return None
