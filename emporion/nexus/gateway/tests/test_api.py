"""A program can do what the gateway's pages do, with a token that may write."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.gateway.routing.models import GatewayKey
from emporion.gateway.routing.tests.conftest import KEY, Provider
from emporion.gateway.routing.types import ApiView
from emporion.kernel.clock import utcnow
from emporion.plumbing import secrets

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def program(robo_writes_headers: dict[str, str]) -> Client:
    return Client(headers=robo_writes_headers)


@pytest.mark.requirement("NEX-01", "NEX-02")
def test_a_program_registers_an_api_and_makes_and_revokes_a_key(
    program: Client, client: Client, provider: Provider, project_id: UUID, robo_headers: dict[str, str]
) -> None:
    base = f"/api/nexus/projects/{project_id}"
    said = {"preset": "openai", "base_url": provider.url, "secret": KEY}
    made = program.post(f"{base}/apis", said, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["address"] == "http://127.0.0.1:8000/gateway/openai/"
    provider.status = 401
    refused = program.post(f"{base}/apis", said, content_type="application/json")
    assert (refused.status_code, refused.json()["field"]) == (422, "secret")
    assert KEY not in refused.content.decode()
    key = program.post(f"{base}/keys", {"name": "Shop", "api_ids": [made.json()["id"]]}, content_type="application/json").json()
    assert secrets.digest(key["key"]) == GatewayKey.objects.get().digest
    assert [one["key"] for one in client.get(f"{base}/keys", headers=robo_headers).json()] == [""]
    assert client.post(f"{base}/keys", {"name": "No"}, content_type="application/json", headers=robo_headers).status_code == 403
    assert program.delete(f"/api/nexus/keys/{key['id']}").status_code == 204
    assert program.get(f"{base}/keys").json() == []
    assert program.delete(f"/api/nexus/apis/{made.json()['id']}").status_code == 204
    assert program.get(f"{base}/apis").json() == []


@pytest.mark.requirement("NEX-02", "NEX-09")
def test_a_program_diverts_calls_and_sets_budgets_in_exact_dollars(program: Client, openai: ApiView, groq: ApiView) -> None:
    base = f"/api/nexus/projects/{openai.project_id}"
    route = {"api_id": str(openai.id), "mode": "divert", "targets": [{"api_id": str(groq.id)}], "percent": 25}
    until = (utcnow() + timedelta(hours=1)).isoformat()
    made = program.post("/api/nexus/routes", {**route, "until": until}, content_type="application/json")
    assert made.json()["sentence"] == "25 % of the calls of OpenAI go to Groq"
    wrong = program.post("/api/nexus/routes", {**route, "until": "2030-01-01T00:00:00"}, content_type="application/json")
    assert wrong.status_code == 422
    back = {**route, "targets": [{"api_id": str(openai.id)}]}
    assert program.post("/api/nexus/routes", back, content_type="application/json").json()["field"] == "targets"
    assert program.delete(f"/api/nexus/routes/{made.json()['id']}").json()["is_in_force"] is False
    assert program.get(f"{base}/routes").json() == []
    budget = {"scope": "feature", "value": "chat", "limit_usd": "12.345678901234", "is_hard": True}
    limit = program.post(f"{base}/budgets", budget, content_type="application/json").json()
    assert (limit["limit_usd"], limit["spent_usd"]) == ("12.345678901234", "0")
    assert program.post(f"{base}/budgets", {**budget, "value": ""}, content_type="application/json").status_code == 422
    assert program.delete(f"/api/nexus/budgets/{limit['id']}").status_code == 204
    assert program.get(f"{base}/budgets").json() == []
