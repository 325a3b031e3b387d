"""Limiting what calls may cost."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing.errors import BudgetInvalid, BudgetNotFound, TooManyBudgets
from emporion.gateway.routing.events import GatewayChanged
from emporion.gateway.routing.models import Api, Budget, GatewayKey
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.queries import budget_views
from emporion.gateway.routing.rules import check_budget
from emporion.gateway.routing.types import BudgetScope, BudgetView
from emporion.plumbing.actions import publish
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Actor, Permission

MOST_BUDGETS = 100  # of an organisation: every call looks at them, and the machine's own count has room for so many in all


def save_budget(*, budget: NewBudget, project_id: UUID, budget_id: UUID | None = None, actor: Actor, now: datetime) -> BudgetView:
    """Makes a budget, or changes the one with this id; BudgetInvalid names what does not fit.

    One of the whole organisation is set by its owner or managers.
    """
    check_budget(budget)
    of_project = None if budget.scope is BudgetScope.ORGANISATION else project_id
    _require(actor, of_project)
    _check_value(budget, project_id)
    with transaction.atomic():
        if budget_id is None:
            _require_room(actor)
        row = own_budget(budget_id, actor) if budget_id else Budget(organisation_id=actor.organisation, created_at=now)
        if (row.scope, row.value, row.period) != (budget.scope, budget.value, budget.period):
            row.spent_picos, row.period_start, row.counted_at = 0, None, None
        row.project_id, row.scope, row.value = of_project, budget.scope, budget.value.strip()[:80]
        row.period, row.limit_picos, row.is_hard = budget.period, budget.limit_picos, budget.is_hard
        row.shares, row.told_percent = sorted(set(budget.shares)), 0
        row.created_by = row.created_by or actor.name[:150]
        row.save()
        _tell(row, "set", project_id=project_id, actor=actor, now=now)
    return budget_views([row], now=now)[0]


def remove_budget(*, budget_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes a budget away; it can come back."""
    _mark(own_budget(budget_id, actor), "remove", removed_at=now, actor=actor, now=now)


def restore_budget(*, budget_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed budget back."""
    row = own_budget(budget_id, actor, is_removed=True)
    _require_room(actor)
    _mark(row, "restore", removed_at=None, actor=actor, now=now)


def own_budget(budget_id: UUID, actor: Actor, *, is_removed: bool = False) -> Budget:
    """The budget, where the actor may change it; BudgetNotFound, Denied."""
    found = Budget.objects.filter(organisation_id=actor.organisation, pk=budget_id, removed_at__isnull=not is_removed).first()
    if found is None or (found.project_id is not None and not actor.sees_project(found.project_id)):
        raise BudgetNotFound(budget_id=budget_id)
    _require(actor, found.project_id)
    return found


def _require(actor: Actor, project_id: UUID | None) -> None:
    actor.require(Permission.CONFIGURE if project_id else Permission.MANAGE_PROJECTS, project_id)


def _require_room(actor: Actor) -> None:
    if Budget.objects.filter(organisation_id=actor.organisation, removed_at=None).count() >= MOST_BUDGETS:
        raise TooManyBudgets(most=MOST_BUDGETS)


def _check_value(budget: NewBudget, project_id: UUID) -> None:
    """The key or API that a budget limits is one of the project's."""
    if budget.scope not in {BudgetScope.KEY, BudgetScope.API}:
        return
    rows = GatewayKey.objects.all() if budget.scope is BudgetScope.KEY else Api.objects.filter(removed_at=None)
    wanted = uuid_of(budget.value)
    if wanted is None or not rows.filter(pk=wanted, project_id=project_id).exists():
        raise BudgetInvalid("There is no such key or API in this project.", field="value")


def _mark(row: Budget, verb: str, *, removed_at: datetime | None, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        Budget.objects.filter(pk=row.pk).update(removed_at=removed_at)
        _tell(row, verb, project_id=row.project_id, actor=actor, now=now)


def _tell(row: Budget, verb: str, *, project_id: UUID | None, actor: Actor, now: datetime) -> None:
    detail = f"{row.scope} {row.value} {row.period}"
    record_audit(actor=actor, verb=verb, object_type="budget", object_id=row.pk, detail=detail, now=now)
    publish(GatewayChanged(project_id=project_id), now=now)
