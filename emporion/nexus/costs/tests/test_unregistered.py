"""Calls that traces tell of and whose API nobody registered: kept, named where they can be registered, and in no total."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from emporion.gateway.routing import metering, spending
from emporion.gateway.routing.actions import save_budget
from emporion.gateway.routing.models import Budget, CallDay
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.types import PICOS_PER_UNIT, ApiView, BudgetScope
from emporion.kernel.clock import utcnow
from emporion.nexus.apis import figures
from emporion.nexus.apis.types import Scope
from emporion.nexus.costs.tests.conftest import Spend
from emporion.nexus.costs.tests.test_costs import CHAT, page
from emporion.plumbing.types import Actor
from emporion.store.types import NOBODY

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-01", "NEX-11")]
HOUR = timedelta(hours=1)


@pytest.fixture
def calls(spend: Spend, openai: ApiView) -> None:
    """Two calls of a registered API for 7 dollars, and five that a trace tells of, for 17.50."""
    at = utcnow() - timedelta(minutes=2)
    spend(openai, at, CHAT, model="gpt-4o", count=2, team="growth")
    spend(replace(openai, id=NOBODY), at, CHAT, model="gpt-4o", count=5, team="growth", origin="trace")


@pytest.mark.usefixtures("calls")
def test_what_nobody_registered_is_in_no_cost_and_in_no_list_behind_one(alice_client: Client) -> None:
    for path in ("/nexus/costs/", "/nexus/costs/?by=team", "/nexus/costs/?by=model"):
        text = page(alice_client, path)
        assert "$7.00" in text, path
        assert "$17.50" not in text, path
        assert "$24.50" not in text, path
    assert page(alice_client, "/nexus/costs/calls/").count("gpt-4o</") == 2
    assert "$24.50" not in page(alice_client, "/nexus/telemetry/")


@pytest.mark.usefixtures("calls")
def test_what_nobody_registered_is_in_no_figure_of_the_project(alice: Actor, openai: ApiView) -> None:
    now, scope = utcnow(), Scope(project_id=openai.project_id)
    assert figures.figures(alice, scope, now - HOUR, now).calls == 2
    assert set(figures.by_api(alice, openai.project_id, now - HOUR, now)) == {openai.id}
    assert set(figures.minutes_by_api(alice, openai.project_id, now - HOUR, now)) == {openai.id}


@pytest.mark.usefixtures("calls")
@pytest.mark.requirement("BIL-03")
def test_what_nobody_registered_spends_no_budget_and_uses_up_no_plan(
    alice: Actor, openai: ApiView, drain: Callable[..., int]
) -> None:
    now = utcnow()
    wanted = NewBudget(scope=BudgetScope.TEAM, value="growth", limit_picos=100 * PICOS_PER_UNIT, is_hard=False)
    save_budget(budget=wanted, project_id=openai.project_id, actor=alice, now=now)
    spending.count_all(now=now)
    assert Budget.objects.get().spent_picos == 7 * PICOS_PER_UNIT
    metering.meter_all(now=now)
    assert CallDay.objects.get().calls == 2
