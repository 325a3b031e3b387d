"""The doors of an agent open to its own key only, for the conversations that the key began."""

import json
from datetime import datetime

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from emporion.accounts.models import Person
from emporion.agents.channels.models import AgentKey
from emporion.config.asgi import application
from emporion.kernel.ids import new_id
from emporion.plumbing.secrets import digest
from tests.architecture.tenant_world import OF_PROJECT, World
from tests.architecture.test_tenants import alice_person, changed, standing, workspace, world, world_that_stands
from tests.cast import actor_of

__all__ = ["alice_person", "standing", "workspace", "world", "world_that_stands"]

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.requirement("SEC-01", "ACC-05")]


@pytest.mark.parametrize("sent", ["nothing", "a token of an organisation", "a made-up key", "a key of another agent"])
def test_the_mcp_server_of_an_agent_opens_to_its_own_key_only(
    sent: str, world: World, charlie_person: Person, now: datetime
) -> None:
    charlie = actor_of(charlie_person)
    key = AgentKey.objects.create(
        agent_id=new_id(), organisation_id=charlie.organisation, project_id=new_id(), digest=digest("ek_charlie"), created_at=now
    )
    assert key.revoked_at is None
    held = {
        "nothing": {},
        "a token of an organisation": {"Authorization": f"Bearer {world.secrets['api_token']}"},
        "a made-up key": {"Authorization": "Bearer ek_made-up"},
        "a key of another agent": {"Authorization": "Bearer ek_charlie"},
    }[sent]
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": OF_PROJECT}}}

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://127.0.0.1") as client:
            return await client.post(f"/mcp/{world.ids['agent_id']}", json=ask, headers=held)

    response = async_to_sync(post)()
    assert response.status_code == (404 if sent == "a key of another agent" else 401)
    assert OF_PROJECT not in response.text


def test_a_key_opens_no_conversation_that_was_begun_elsewhere(world: World) -> None:
    """Not even alice's own test chat with the key of alice's own agent."""
    said = {"message": "And?", "conversation_id": world.ids["conversation_id"], "stream": False}
    held = {"Authorization": f"Bearer {world.secrets['agent_key']}"}
    response = Client().post(
        f"/api/agents/{world.ids['agent_id']}/chat", json.dumps(said), content_type="application/json", headers=held
    )
    assert response.status_code == 404
    assert changed(world.rows) == []
