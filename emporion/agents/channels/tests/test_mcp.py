"""An agent as an MCP server, asked by the official client in both eras of the protocol."""

from typing import TYPE_CHECKING

import httpx2
import pytest

from emporion.agents.channels import actions, queries
from emporion.agents.runtime.models import Agent

if TYPE_CHECKING:
    from mcp import Client  # slow, so only who runs these tests does it

QUESTION = "How long are both signing secrets valid?"
NEAR = "What happens if I pay late?"
ERAS = ["legacy", "2026-07-28"]


def client(url: str, key: str, era: str) -> "Client":
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return Client(streamable_http_client(url, http_client=http), mode=era)


@pytest.mark.requirement("BUY-19")
@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client_asks_the_agent(site: str, agent, key: str, era: str) -> None:
    async with client(f"{site}/mcp/{agent}", key, era) as session:
        (tool,) = (await session.list_tools()).tools
        assert tool.name == "ask"
        made = await session.call_tool("ask", {"question": QUESTION})
        assert not made.is_error
        assert "24 hours" in made.content[0].text
        assert "guide.md" in made.content[0].text
        assert made.structured_content["answered"] is True
        again = await session.call_tool(
            "ask", {"question": "And refunds?", "conversation_id": made.structured_content["conversation_id"]}
        )
        assert again.structured_content["conversation_id"] == made.structured_content["conversation_id"]


@pytest.mark.requirement("BUY-19", "BUY-17")
async def test_a_refusal_names_the_closest_place_and_no_source(site: str, agent, key: str) -> None:
    async with client(f"{site}/mcp/{agent}", key, ERAS[1]) as session:
        made = await session.call_tool("ask", {"question": NEAR})
        assert "The closest place in them: guide.md" in made.content[0].text
        assert "Sources:" not in made.content[0].text
        assert (made.structured_content["answered"], made.structured_content["sources"]) == (False, [])
        assert made.structured_content["closest"]["heading"].endswith("Invoices")


@pytest.mark.requirement("BUY-19")
@pytest.mark.parametrize("era", ERAS)
async def test_a_wrong_call_is_told_what_is_wrong(site: str, agent, key: str, era: str) -> None:
    async with client(f"{site}/mcp/{agent}", key, era) as session:
        for arguments in ({}, {"question": ""}, {"question": "Hi", "more": 1}, {"question": "Hi", "conversation_id": "none"}):
            assert (await session.call_tool("ask", arguments)).is_error, arguments


@pytest.mark.requirement("BUY-19", "SEC-01")
def test_without_the_agent_s_own_valid_key_the_door_stays_shut(site: str, agent, key: str, buy, alice, now) -> None:
    other = Agent.objects.get(subscription_id=buy("starter")).id

    def status(path: str, secret: str) -> int:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        refused = httpx2.post(f"{site}{path}", json=body, headers=headers)
        kind = {401: "unauthenticated", 404: "not-found"}[refused.status_code]
        assert refused.json()["type"] == f"/docs/buyers/errors#{kind}"
        assert (refused.status_code == 401) == (
            "header with an API key is missing" in refused.text or "not valid" in refused.text
        )
        assert secret or "header with an API key is missing" in refused.text
        return refused.status_code

    assert status(f"/mcp/{agent}", "") == 401
    assert status(f"/mcp/{agent}", "ek_wrong") == 401
    assert status(f"/mcp/{other}", key) == 404
    assert status("/mcp/nothing", key) == 404
    (view,) = queries.keys_of(alice, agent)
    actions.revoke_key(key_id=view.id, actor=alice, now=now)
    assert status(f"/mcp/{agent}", key) == 401


@pytest.mark.requirement("BUY-19")
@pytest.mark.parametrize("version", [{}, {"MCP-Protocol-Version": ERAS[1]}], ids=ERAS)
def test_what_is_no_call_is_refused_with_a_problem_document(site: str, agent, key: str, version: dict[str, str]) -> None:
    takes = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream", **version}

    def refusal(content: bytes = b"{}", **headers: str) -> tuple[int, str, str]:
        refused = httpx2.post(f"{site}/mcp/{agent}", content=content, headers=takes | headers)
        assert refused.headers["Content-Type"] == "application/problem+json"
        return refused.status_code, refused.json()["type"].rpartition("#")[2], refused.json()["next_step"]

    wrong = (400, "invalid", "Send JSON, and Content-Type: application/json.")
    assert refusal(**{"Content-Type": "text/plain"}) == wrong
    assert refusal() == wrong
    assert refusal(b"x" * 5_000_000, **{"Content-Type": "application/json"})[:2] == (413, "too-large")
    if version:
        assert refusal(**{"Content-Type": "application/json", "Accept": "text/html"})[:2] == (406, "invalid")
    for method in ("GET", "PUT", "DELETE"):
        other = httpx2.request(method, f"{site}/mcp/{agent}", headers=takes)
        assert (other.status_code, other.headers["Allow"], other.json()["next_step"]) == (405, "POST", "Send POST.")


@pytest.mark.requirement("BUY-19")
@pytest.mark.parametrize("version", [{}, {"MCP-Protocol-Version": ERAS[1]}], ids=ERAS)
def test_what_is_no_message_is_refused_in_a_sentence_of_the_protocol(site: str, agent, key: str, version: dict[str, str]) -> None:
    takes = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    wrong = {b"{": -32700, b"": -32700, b"{}": -32600, b"5": -32600, b'{"jsonrpc":"2.0","id":1,"method":5}': -32600}
    for content, code in wrong.items():
        refused = httpx2.post(f"{site}/mcp/{agent}", content=content, headers=takes | version)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"], refused.json()["id"]) == (400, code, None), content
        assert "pydantic" not in refused.text
        assert len(error["message"]) < 150
