"""The reports as tools for agents, asked by the official client in both eras of the protocol."""

from datetime import timedelta

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from emporion.insights.api import queries
from emporion.insights.api.actions import create_key, revoke_key
from emporion.insights.api.types import NewKey
from emporion.kernel.clock import utcnow

ERAS = ["legacy", "2026-07-28"]


@pytest.fixture
def key(served: str, alice, site) -> str:
    return create_key(site_id=site.id, key=NewKey(name="Agent"), actor=alice, now=utcnow())[1]


@pytest.fixture
def visited(served: str, record) -> None:
    now = utcnow()
    record((now - timedelta(hours=3), "pageview", "/"), (now - timedelta(minutes=179), "pageview", "/pricing"))
    record((now - timedelta(minutes=2), "pageview", "/docs"), (now - timedelta(minutes=1), "goal", "signup"), country="JP")


def client(url: str, key: str, era: str) -> Client:
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return Client(streamable_http_client(f"{url}/mcp/insights", http_client=http), mode=era)


@pytest.mark.requirement("INS-16")
@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_reads_the_same_figures_as_the_api(served: str, key: str, visited, era: str) -> None:
    async with client(served, key, era) as session:
        names = {tool.name for tool in (await session.list_tools()).tools}
        assert names == {"websites", "overview", "timeseries", "breakdown", "realtime"}
        (website,) = (await session.call_tool("websites", {})).structured_content["items"]
        assert website["domain"] == "halyard.example"
        figures = (await session.call_tool("overview", {"start_date": "7d"})).structured_content
        api = httpx2.get(f"{served}/v1/metrics?start_date=7d", headers={"Authorization": f"Bearer {key}"}, timeout=30).json()
        assert (figures["visitors"], figures["sessions"]) == (api["visitors"], api["sessions"]) == (2, 2)
        pages = (
            await session.call_tool("breakdown", {"by": "pages", "limit": 2, "filters": {"country": "JP"}})
        ).structured_content
        assert [row["path"] for row in pages["values"]] == ["/docs"]
        steps = (await session.call_tool("timeseries", {"start_date": "2d", "interval": "day"})).structured_content["steps"]
        assert sum(step["visitors"] for step in steps) == 2
        assert (await session.call_tool("realtime", {})).structured_content["visitors"] == 1


@pytest.mark.requirement("INS-16")
async def test_a_wrong_question_is_told_what_is_wrong(served: str, key: str, visited) -> None:
    wrong = [
        ("breakdown", {}, "by"),
        ("breakdown", {"by": "moods"}, "moods"),
        ("breakdown", {"by": "pages", "limit": 10_000}, "200"),
        ("overview", {"start_date": "tomorrow"}, "start_date"),
        ("overview", {"filters": {"mood": "good"}}, "mood"),
        ("overview", {"website_id": "dfid_of_somebody_else"}, "website"),
        ("weather", {}, "websites"),
    ]
    async with client(served, key, ERAS[1]) as session:
        for name, arguments, words in wrong:
            answer = await session.call_tool(name, arguments)
            assert answer.is_error, arguments
            assert words in answer.content[0].text.lower(), answer.content[0].text


@pytest.mark.requirement("INS-16", "SEC-01")
def test_only_a_living_key_opens_the_reports_and_only_its_own_websites(served: str, key: str, site, alice, visited) -> None:
    def asked(secret: str, **headers: str) -> int:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        sent = {"Authorization": f"Bearer {secret}", **headers} if secret else headers
        return httpx2.post(f"{served}/mcp/insights", json=body, headers=sent).status_code

    assert asked("") == 401
    assert asked("df_wrong") == 401
    assert asked(key, Origin="https://elsewhere.example") == 403
    (view,) = queries.keys_of(alice, site.id, now=utcnow())
    revoke_key(site_id=site.id, key_id=view.id, actor=alice, now=utcnow())
    assert asked(key) == 401
