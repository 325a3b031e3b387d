"""How soon a visit is seen: from its acknowledgement to the dashboard, and to the map that somebody watches."""

import asyncio
import re
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aiohttp

from bench.events import AGENTS, payload
from bench.harness import Figure
from bench.installation import Installation, installed, load, percentile
from emporion.insights.live import tickets

TITLE = "From a visit to the page that shows it"

VISITS = 40
SECRET = "only-for-benchmarks"
PATIENCE = 30.0
NOW = re.compile(r"<b>(\d+)</b> on the site now")


async def _seen(one: Installation, site: str, session: str) -> tuple[list[float], list[float]]:
    """Seconds until the dashboard's number counts each visit, and until the watcher hears of it."""
    ticket = tickets.issue(UUID(site), key=tickets.key_of(SECRET), now=datetime.now(UTC))
    on_dashboard, pushed = [], []
    async with (
        aiohttp.ClientSession(one.url, cookies={"sessionid": session}) as client,
        client.ws_connect(f"/realtime/{ticket}") as watcher,
    ):
        for number in range(VISITS):
            # Some visits come right after a segment was closed, some right before.
            await asyncio.sleep(0.03 * (number % 10))
            event = payload(number) | {"visitorId": str(uuid4()), "sessionId": str(uuid4())}
            async with client.post("/api/events", json=event, headers={"User-Agent": AGENTS[0]}) as answer:
                assert answer.status == 202, await answer.text()
            began = time.perf_counter()
            await watcher.receive_json(timeout=PATIENCE)
            pushed.append(time.perf_counter() - began)
            await _until(client, f"/insights/{site}/", number + 1, began)
            on_dashboard.append(time.perf_counter() - began)
    return on_dashboard, pushed


async def _until(client: aiohttp.ClientSession, path: str, visitors: int, began: float) -> None:
    """Loads the whole dashboard again and again, until it says that so many visitors are there."""
    said = ""
    while time.perf_counter() - began < PATIENCE:
        async with client.get(path) as answer:
            assert answer.status == 200, answer.status
            found = NOW.search(await answer.text())
            said = found[1] if found else ""
        if said == str(visitors):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{visitors} visitors were not seen, the dashboard says {said!r}")


def measure() -> list[Figure]:
    """One visitor after the other, each awaited."""
    with installed() as one:
        one.settings["EMPORION_SECRET_KEY"] = SECRET
        made = one.shop("website")
        one.start()
        busy = load()
        on_dashboard, pushed = asyncio.run(_seen(one, made["site"], made["session"]))
    how = f"{VISITS} visits, one after the other, the whole page loaded again until it counts them, one process, {busy} before"
    return [
        _figure("acknowledged visit to the number on the dashboard, p95", percentile(on_dashboard, 0.95), 2.0, how),
        _figure("acknowledged visit to a watcher's browser, p95", percentile(pushed, 0.95), 1.0, how),
    ]


def _figure(name: str, seconds: float, due: float, conditions: str) -> Figure:
    return Figure(
        name=name,
        value=round(seconds, 3),
        unit="s",
        due=due,
        at_least=False,
        compared_with="requirement",
        conditions=conditions,
    )
