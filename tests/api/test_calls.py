"""From an API that somebody registers to its calls in the figures: both planes and the store together."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import LazySettings

from emporion.accounts.types import Workspace
from emporion.config.asgi import application
from emporion.edge.application import Edge
from emporion.edge.gateway.tests import scene
from emporion.edge.gateway.tests.provider import Provider
from emporion.edge.gateway.tests.scene import ASK, CHAT
from emporion.gateway.routing import actions
from emporion.gateway.routing.orders import NewApi, NewBudget
from emporion.gateway.routing.types import BudgetScope, Calls, NewKey, RouteTarget
from emporion.kernel.clock import utcnow
from emporion.nexus.apis.figures import figures
from emporion.nexus.apis.types import Scope
from emporion.plumbing.types import Actor
from emporion.store import Spool, Writer, shared_store

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    made = scene.provider()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow=f"127.0.0.1:{made.port}")
    yield made
    made.stop()


async def ask(edge: Edge, name: str, key: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://edge.example") as client:
        return await client.post(f"/gateway/{name}/{CHAT}", json=ASK, headers={"authorization": f"Bearer {key}"})


@pytest.mark.requirement("NEX-01", "NEX-02", "NEX-09")
def test_an_api_is_registered_called_steered_and_seen_in_the_figures(
    alice: Actor, workspace: Workspace, drain: Callable[..., int], settings: LazySettings, provider: Provider, tmp_path: Path
) -> None:
    now, project_id = utcnow(), workspace.project.id
    made = [
        actions.register_api(
            api=NewApi(preset="openai", name=name, base_url=provider.url(behaviour), secret="sk-theirs", is_unchecked=True),
            project_id=project_id,
            actor=alice,
            now=now,
        )[0]
        for name, behaviour in (("OpenAI down", "broken"), ("OpenAI well", "well"))
    ]  # fmt: skip
    down, well = made
    key = actions.create_key(key=NewKey(name="Shop", feature="search"), project_id=project_id, actor=alice, now=now)
    drain(utcnow())
    with Spool(tmp_path / "spool") as spool, asyncio.Runner() as runner:
        edge = Edge(settings.ENVIRONMENT.edge, spool)
        failed = runner.run(ask(edge, down.slug, key.plaintext))
        assert failed.status_code == 500
        steered = actions.divert(calls=Calls(api_id=down.id), to=RouteTarget(api_id=well.id), actor=alice, now=now)
        drain(utcnow())
        edge.gateway.look()
        answered = runner.run(ask(edge, down.slug, key.plaintext))
        assert answered.json()["choices"][0]["message"]["content"] == "Grüezi"
        assert provider.last("well").headers["authorization"] == "Bearer sk-theirs"
        actions.undo_route(route_id=steered.id, actor=alice, now=now)
        budget = NewBudget(scope=BudgetScope.FEATURE, value="search", limit_picos=1, is_hard=True)
        actions.save_budget(budget=budget, project_id=project_id, actor=alice, now=now)
        drain(utcnow())
        edge.gateway.look()
        assert [runner.run(ask(edge, well.slug, key.plaintext)).status_code for _ in range(2)] == [200, 429]
        edge.stop()
        with Writer(spool=spool, store=shared_store(settings.EVENTS_URL)) as writer:
            writer.flush()
    seen = {one.slug: _figures(alice, workspace, one.id, now) for one in made}
    assert (seen[down.slug].calls, seen[down.slug].failures) == (1, 1)
    assert (seen[well.slug].outcomes["ok"], seen[well.slug].outcomes["budget_spent"]) == (2, 1)
    assert seen[well.slug].cost_picos == 2 * (12 * 150_000 + 5 * 600_000)


def _figures(alice: Actor, workspace: Workspace, api_id, now: datetime):
    scope = Scope(project_id=workspace.project.id, api_id=api_id, feature="search")
    return figures(alice, scope, now - timedelta(hours=1), now + timedelta(hours=1))


@pytest.mark.requirement("NEX-02", "SEC-02")
async def test_the_gateway_answers_beside_the_pages_in_its_own_way() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://edge.example") as client:
        response = await client.post("/gateway/anthropic/v1/messages", json={}, headers={"x-api-key": "emp_nobody"})
    assert response.status_code in {401, 503}, "no key of this name, or nothing was told yet"
    assert response.json()["type"] == "error"
