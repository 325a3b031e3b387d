"""The reports as tools for agents, asked by the official client in both eras of the protocol."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest

from emporion.insights.api import queries
from emporion.insights.api.actions import create_key, revoke_key
from emporion.insights.api.types import NewKey
from emporion.insights.goals.actions import save_funnel
from emporion.insights.goals.types import FunnelStep, NewFunnel, StepKind
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money

if TYPE_CHECKING:
    from mcp import Client  # slow, so only who runs these tests does it

ERAS = ["legacy", "2026-07-28"]


@pytest.fixture
def key(served: str, alice, site) -> str:
    return create_key(site_id=site.id, key=NewKey(name="Agent"), actor=alice, now=utcnow())[1]


@pytest.fixture
def visited(served: str, record) -> None:
    now = utcnow()
    record((now - timedelta(hours=3), "pageview", "/"), (now - timedelta(minutes=179), "pageview", "/pricing"))
    record((now - timedelta(minutes=2), "pageview", "/docs"), (now - timedelta(minutes=1), "goal", "signup"), country="JP")


def client(url: str, key: str, era: str) -> "Client":
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30)
    return Client(streamable_http_client(f"{url}/mcp/insights", http_client=http), mode=era)


@pytest.mark.requirement("INS-16")
@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_reads_the_same_figures_as_the_api(served: str, key: str, visited, era: str) -> None:
    async with client(served, key, era) as session:
        names = {tool.name for tool in (await session.list_tools()).tools}
        assert names == {
            *("websites", "overview", "timeseries", "breakdown", "realtime"),
            *("visitors", "visitor", "funnels", "funnel"),
        }
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


@pytest.fixture
def ana(served: str, site, alice, record, drain) -> str:
    """A visitor from Greece with two visits who signed up and paid; somebody from Germany was here, too."""
    now = utcnow()
    before, today = now - timedelta(days=2), now - timedelta(hours=2)
    who = record((before, "pageview", "/"), user_ref="ana@example.com", country="GR")
    steps = ((today, "pageview", "/pricing"), (today + timedelta(minutes=1), "goal", "signup"))
    record(*steps, visitor_id=who, source="Bing", country="GR")
    record((now - timedelta(days=1), "pageview", "/docs"))
    sold = NewPayment(transaction_id="order-1", amount=Money.of("40", "EUR"), visitor_id=who, occurred_at=now)
    record_payment(site_id=site.id, payment=sold, actor=alice, now=now)
    drain(now)
    return str(who)


@pytest.mark.requirement("INS-15", "INS-16")
async def test_an_agent_follows_a_visitor_from_the_list_to_every_step(served: str, key: str, ana: str) -> None:
    async with client(served, key, ERAS[0]) as session:
        found = (await session.call_tool("visitors", {"start_date": "7d"})).structured_content
        assert (found["count"], found["currency"]) == (2, "EUR")
        row = found["visitors"][0]
        assert (row["visitor_id"], row["user_id"], row["sessions"]) == (ana, "ana@example.com", 2)
        assert (row["source"], row["goals"], row["payments"], row["revenue"]) == ("Bing", ["signup"], 1, 40.0)
        for asked in ({"search": "ANA@"}, {"limit": 1}, {"filters": {"country": "GR"}}):
            rows = (await session.call_tool("visitors", {"start_date": "7d", **asked})).structured_content["visitors"]
            assert [one["visitor_id"] for one in rows] == [ana]
        second = (await session.call_tool("visitors", {"start_date": "7d", "limit": 1, "offset": 1})).structured_content
        assert [one["source"] for one in second["visitors"]] == ["Google"]
        journey = (await session.call_tool("visitor", {"visitor_id": ana, "limit": 1})).structured_content
        assert (journey["count"], [visit["number"] for visit in journey["visits"]]) == (2, [2])
        told = [(step["kind"], step.get("name") or step["path"]) for step in journey["visits"][0]["steps"]]
        assert told == [("pageview", "/pricing"), ("goal", "signup")]
        assert [(one["kind"], one["amount"], one["currency"]) for one in journey["payments"]] == [("payment", 40.0, "EUR")]


@pytest.fixture
def funnel_id(served: str, site, alice, record) -> str:
    """A funnel of three steps, which four visitors began, two went on and one finished."""
    began = utcnow() - timedelta(hours=3)
    home, prices = (began, "pageview", "/"), (began + timedelta(minutes=1), "pageview", "/pricing/team")
    record(home, prices, (began + timedelta(minutes=2), "goal", "signup"))
    record(home, prices, device="mobile")
    record(home, device="mobile")
    record(home, country="JP")
    steps = (
        FunnelStep(kind=StepKind.PAGE, pattern="/"),
        FunnelStep(kind=StepKind.PAGE, pattern="/pricing*", label="Prices"),
        FunnelStep(kind=StepKind.GOAL, pattern="signup"),
    )
    return str(save_funnel(site_id=site.id, funnel=NewFunnel(name="To sign up", steps=steps), actor=alice, now=utcnow()).id)


@pytest.mark.requirement("INS-09", "INS-16")
async def test_an_agent_reads_how_far_visitors_get_in_a_funnel(served: str, key: str, funnel_id: str) -> None:
    async with client(served, key, ERAS[1]) as session:
        (saved,) = (await session.call_tool("funnels", {})).structured_content["funnels"]
        assert (saved["funnel_id"], saved["name"], saved["window"]) == (funnel_id, "To sign up", "day")
        assert [step["kind"] for step in saved["steps"]] == ["page", "page", "goal"]
        asked = {"funnel_id": funnel_id, "start_date": "7d"}
        found = (await session.call_tool("funnel", asked | {"by": "device"})).structured_content
        assert [(step["visitors"], step["dropped_off"]) for step in found["steps"]] == [(4, 0), (2, 2), (1, 1)]
        assert [step["conversion_rate"] for step in found["steps"]] == [100.0, 50.0, 25.0]
        assert [step["step_conversion_rate"] for step in found["steps"]] == [100.0, 50.0, 50.0]
        assert found["steps"][1]["label"] == "Prices"
        assert {part["value"]: [step["visitors"] for step in part["steps"]] for part in found["parts"]} == {
            "desktop": [2, 1, 1],
            "mobile": [2, 1, 0],
        }
        japanese = (await session.call_tool("funnel", asked | {"filters": {"country": "JP"}})).structured_content
        assert [step["visitors"] for step in japanese["steps"]] == [1, 0, 0]


@pytest.fixture
def elsewhere(served: str, alice, project_id) -> str:
    """The key of another website of the same organisation."""
    other = add_site(site=NewSite(domain="other.example"), project_id=project_id, actor=alice, now=utcnow())
    return create_key(site_id=other.id, key=NewKey(name="Other"), actor=alice, now=utcnow())[1]


@pytest.mark.requirement("INS-16", "SEC-01")
async def test_a_key_of_one_website_opens_no_visitor_and_no_funnel_of_another(
    served: str, elsewhere: str, site, ana: str, funnel_id: str
) -> None:
    async with client(served, elsewhere, ERAS[1]) as session:
        assert (await session.call_tool("visitors", {})).structured_content["visitors"] == []
        assert (await session.call_tool("funnels", {})).structured_content["funnels"] == []
        refused = (
            ("visitor", {"visitor_id": ana}),
            ("funnel", {"funnel_id": funnel_id}),
            ("visitors", {"website_id": site.public_id}),
        )
        for name, arguments in refused:
            assert (await session.call_tool(name, arguments)).is_error, name


@pytest.mark.requirement("INS-16")
async def test_a_wrong_question_is_told_what_is_wrong(served: str, key: str, visited) -> None:
    wrong = [
        ("breakdown", {}, "by"),
        ("breakdown", {"by": "moods"}, "moods"),
        ("breakdown", {"by": "pages", "limit": 10_000}, "200"),
        ("overview", {"start_date": "tomorrow"}, "start_date"),
        ("overview", {"filters": {"mood": "good"}}, "mood"),
        ("overview", {"website_id": "dfid_of_somebody_else"}, "website"),
        ("visitors", {"limit": 10_000}, "200"),
        ("visitor", {}, "visitor_id"),
        ("visitor", {"visitor_id": "me"}, "visitor_id"),
        ("visitor", {"visitor_id": str(uuid4())}, "`visitors`"),
        ("funnel", {"funnel_id": str(uuid4())}, "list of funnels"),
        ("funnel", {"funnel_id": str(uuid4()), "by": "page"}, "page"),
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
