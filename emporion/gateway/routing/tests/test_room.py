"""How much one organisation may put into what every other one's calls pass through."""

from datetime import datetime
from uuid import UUID

import pytest

from emporion.gateway.routing.actions import remove_budget, restore_budget, save_budget
from emporion.gateway.routing.errors import TooManyBudgets
from emporion.gateway.routing.models import Budget
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.types import BudgetPeriod, BudgetScope
from emporion.plumbing.types import Actor

LIMIT = NewBudget(scope=BudgetScope.FEATURE, value="search", period=BudgetPeriod.DAY, limit_picos=10**12, is_hard=True)


@pytest.mark.requirement("NEX-05")
def test_an_organisation_has_so_many_budgets_and_no_more(alice: Actor, project_id: UUID, now: datetime) -> None:
    first = save_budget(budget=LIMIT, project_id=project_id, actor=alice, now=now)
    made = Budget.objects.get(pk=first.id)
    for _turn in range(99):
        made.pk = None
        made.id = Budget._meta.pk.get_default()
        made.save(force_insert=True)
    with pytest.raises(TooManyBudgets):
        save_budget(budget=LIMIT, project_id=project_id, actor=alice, now=now)
    save_budget(budget=LIMIT, project_id=project_id, budget_id=first.id, actor=alice, now=now)
    remove_budget(budget_id=first.id, actor=alice, now=now)
    save_budget(budget=LIMIT, project_id=project_id, actor=alice, now=now)
    with pytest.raises(TooManyBudgets):
        restore_budget(budget_id=first.id, actor=alice, now=now)
