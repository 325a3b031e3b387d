"""Costs and own prices through the API, as a program reads and sets them."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from emporion.gateway.routing.types import ApiView
from emporion.nexus.costs.tests.conftest import Spend
from emporion.nexus.costs.tests.test_costs import CHAT, OCTOBER, SEPTEMBER

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-11")]


def test_a_program_reads_what_a_month_cost_and_why_it_changed(
    client: Client, robo_headers: dict[str, str], spend: Spend, openai: ApiView, project_id: UUID
) -> None:
    spend(openai, SEPTEMBER, CHAT, model="gpt-4o", count=2)
    spend(openai, OCTOBER, CHAT, model="gpt-4o", count=3)
    path = f"/api/nexus/projects/{project_id}/costs?month=2026-10&by=model"
    found = client.get(path, headers=robo_headers).json()
    assert (found["cost"], found["before"], found["calls"]) == ("10.5", "7", 3)
    assert [(line["name"], line["cost"], line["before"]) for line in found["lines"]] == [("gpt-4o", "10.5", "7")]
    assert sum(Decimal(one["effect"]) for one in found["drivers"]) == Decimal("3.5")
    assert found["months"][-1] == {"month": "2026-10", "cost": "10.5", "calls": 3, "is_running": False}


def test_a_price_is_set_listed_and_removed(client: Client, alice_client: Client) -> None:
    body = {"model": "gpt-5*", "provider": "openai", "discount_percent": "12.5", "valid_from": "2026-11-01"}
    made = alice_client.post("/api/nexus/prices", body, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["discount_percent"] == "12.5"
    assert [one["model"] for one in alice_client.get("/api/nexus/prices").json()] == ["gpt-5*"]
    assert alice_client.delete(f"/api/nexus/prices/{made.json()['id']}").status_code == 204
    assert alice_client.get("/api/nexus/prices").json() == []


@pytest.mark.parametrize(
    "wrong",
    [{}, {"input": "-1"}, {"discount_percent": "200"}, {"input": "1e30"}, {"input": "NaN"}, {"input": "0.1", "model": ""}],
)
def test_a_price_that_does_not_fit_is_a_problem_with_the_field(alice_client: Client, wrong: dict[str, str]) -> None:
    body = {"model": "gpt-5", "valid_from": "2026-11-01", **wrong}
    answer = alice_client.post("/api/nexus/prices", body, content_type="application/json")
    assert answer.status_code == 422, answer.content


def test_a_stranger_reads_nothing(charlie_client: Client, project_id: UUID) -> None:
    assert charlie_client.get(f"/api/nexus/projects/{project_id}/costs").status_code == 404
