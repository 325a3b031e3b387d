"""What follows from recorded calls: budgets that tell, keys in use, bodies that only some may read and that are erased."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.gateway.routing import actions, jobs, queries
from emporion.gateway.routing.models import Api, Budget, GatewayKey
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.rules import picos_of
from emporion.gateway.routing.types import PICOS_PER_UNIT, ApiView, BudgetPeriod, BudgetScope, NewKey
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import Tick
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor, JobContext
from emporion.store.schemas import ApiBody, ApiCalled, CostCorrected

pytestmark = [pytest.mark.django_db]
Record = Callable[..., ApiCalled]


def job_at(now: datetime) -> JobContext:
    return JobContext(id=new_id(), name="test", attempt=1, now=now)


@pytest.fixture
def record(openai: ApiView) -> Record:
    """Keeps a call of alice's API."""

    def keep(usd: str, at: datetime, **facts: object) -> ApiCalled:
        call = ApiCalled(
            event_id=new_id(),
            occurred_at=at,
            organisation_id=openai.organisation_id,
            project_id=openai.project_id,
            **{"api_id": openai.id, "outcome": "ok", "cost_picos": picos_of(Decimal(usd)), **facts},  # type: ignore[arg-type]  # as the test says
        )
        eventlog.store().insert(ApiCalled, [call], token=str(call.event_id))
        return call

    return keep


def told() -> list[int]:
    """The shares that were told, as the listeners would hear them."""
    return [row.told_percent for row in Budget.objects.all()]


@pytest.mark.requirement("NEX-02", "BIL-07")
def test_a_budget_is_counted_exactly_told_once_and_begins_anew(
    openai: ApiView, alice: Actor, record: Record, now: datetime
) -> None:
    limit = NewBudget(scope=BudgetScope.TEAM, value="growth", limit_picos=10 * PICOS_PER_UNIT, period=BudgetPeriod.MONTH)
    budget = actions.save_budget(budget=limit, project_id=openai.project_id, actor=alice, now=now)
    record("4.000000000001", now, team="growth")
    record("99", now, team="other")
    record("99", now - timedelta(days=40), team="growth")
    jobs.count_budgets(Tick(at=now), job=job_at(now))
    seen = queries.budget_of(alice, budget.id, now=now)
    assert (seen.spent_picos, seen.spent_percent, told()) == (4_000_000_000_001, 40, [0])
    record("4.5", now, team="growth")
    jobs.count_budgets(Tick(at=now), job=job_at(now))
    jobs.count_budgets(Tick(at=now), job=job_at(now))
    assert told() == [80]
    correct(openai, record("2", now, team="growth"), "-1.5")
    jobs.count_budgets(Tick(at=now), job=job_at(now))
    assert queries.budget_of(alice, budget.id, now=now).spent_picos == 9_000_000_000_001
    assert told() == [90]
    later = now + timedelta(days=30)
    assert queries.budget_of(alice, budget.id, now=later).spent_picos == 0
    jobs.count_budgets(Tick(at=later), job=job_at(later))
    assert told() == [0]


def correct(api: ApiView, call: ApiCalled, usd: str) -> None:
    delta = picos_of(Decimal(usd))
    correction = CostCorrected(
        event_id=new_id(),
        occurred_at=call.occurred_at,
        organisation_id=api.organisation_id,
        project_id=api.project_id,
        correction_id=new_id(),
        call_id=call.event_id,
        api_id=api.id,
        team=call.team,
        delta_picos=delta,
        cost_picos=call.cost_picos + delta,
    )
    eventlog.store().insert(CostCorrected, [correction], token=str(correction.event_id))


@pytest.mark.requirement("NEX-02")
@pytest.mark.parametrize("scope", [BudgetScope.ORGANISATION, BudgetScope.PROJECT, BudgetScope.API, BudgetScope.KEY])
def test_each_scope_counts_its_own_calls(openai: ApiView, alice: Actor, record: Record, now: datetime, scope) -> None:
    key = actions.create_key(key=NewKey(name="One"), project_id=openai.project_id, actor=alice, now=now).view.id
    value = {BudgetScope.API: str(openai.id), BudgetScope.KEY: str(key)}.get(scope, "")
    limit = NewBudget(scope=scope, value=value, limit_picos=PICOS_PER_UNIT, period=BudgetPeriod.EVER)
    budget = actions.save_budget(budget=limit, project_id=openai.project_id, actor=alice, now=now)
    record("0.25", now, key_id=key)
    record("0.5", now, api_id=openai.id if scope is BudgetScope.KEY else UUID(int=7))
    jobs.count_budgets(Tick(at=now), job=job_at(now))
    whole = scope in {BudgetScope.ORGANISATION, BudgetScope.PROJECT}
    assert queries.budget_of(alice, budget.id, now=now).spent_picos == picos_of(Decimal("0.75" if whole else "0.25"))


@pytest.mark.requirement("NEX-02", "NEX-01")
def test_a_key_in_use_and_a_first_call_are_noticed(openai: ApiView, alice: Actor, record: Record, now: datetime) -> None:
    key = actions.create_key(key=NewKey(name="Shop"), project_id=openai.project_id, actor=alice, now=now).view.id
    first = record("0", now - timedelta(minutes=3), key_id=key)
    last = record("0", now - timedelta(minutes=1), key_id=key)
    jobs.notice_calls(Tick(at=now), job=job_at(now))
    jobs.notice_calls(Tick(at=now), job=job_at(now))
    assert GatewayKey.objects.get(pk=key).last_used_at == last.occurred_at
    assert Api.objects.get(pk=openai.id).first_call_at == first.occurred_at


@pytest.mark.requirement("NEX-04", "SEC-01")
def test_bodies_are_shown_to_who_may_configure_and_erased_when_their_days_are_over(
    openai: ApiView, alice_client: Client, bob_client: Client, record: Record, now: datetime
) -> None:
    call = record("0.01", now, outcome="provider_error", status=503, error_message="Overloaded (été)")
    today = (now - datetime(1970, 1, 1, tzinfo=UTC)).days
    body = ApiBody(
        event_id=call.event_id,
        occurred_at=now,
        organisation_id=openai.organisation_id,
        project_id=openai.project_id,
        api_id=openai.id,
        keep_until_day=today + 7,
        request='{"messages": "Où est ma commande ?"}',
        response="<b>no</b>",
    )
    eventlog.store().insert(ApiBody, [body], token=str(call.event_id))
    path = f"/nexus/calls/{call.event_id}/"
    page = alice_client.get(path).content.decode()
    assert "Où est ma commande" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert "Overloaded (été)" in page
    assert "Où est ma commande" not in bob_client.get(path).content.decode()
    jobs.erase_bodies(Tick(at=now + timedelta(days=7)), job=job_at(now + timedelta(days=7)))
    assert "Où est ma commande" in alice_client.get(path).content.decode()
    jobs.erase_bodies(Tick(at=now + timedelta(days=8)), job=job_at(now + timedelta(days=8)))
    assert "Où est ma commande" not in alice_client.get(path).content.decode()
    assert Job.objects.filter(state="failed").count() == 0
