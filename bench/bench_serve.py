"""How soon `emporion serve` answers, and how much memory it takes: idle, and once its agents have answered."""

import time

import httpx

from bench.harness import Figure
from bench.installation import Installation, installed, load

TITLE = "Serving"

STARTS = 3
IDLE_SECONDS = 30


def measure() -> list[Figure]:
    """Warm starts of an installation with the demo catalogue, and the resident memory."""
    with installed() as one:
        before = load()
        one.start()
        time.sleep(IDLE_SECONDS)  # the jobs of a first start, which open the store of events
        first = one.resident_mb()
        ready = []
        for _ in range(STARTS):
            one.stop()
            ready.append(one.start())
        time.sleep(IDLE_SECONDS)
        idle = one.resident_mb()
        _ask(one)
        asked = one.resident_mb()
        time.sleep(2 * IDLE_SECONDS)
        again = one.resident_mb()
    catalogue = "the demo catalogue of 14 offerings, one process, SQLite, chDB"
    return [
        Figure(
            name="started until it answers, slowest",
            value=max(ready),
            unit="s",
            due=6,
            at_least=False,
            compared_with="our promise",
            conditions=f"{STARTS} warm starts, {catalogue}; {before} before",
        ),
        _memory("idle", idle, f"{IDLE_SECONDS} s after a warm start, no events asked for yet, {catalogue}"),
        _memory(
            "idle, events asked for", first,
            f"{IDLE_SECONDS} s after a first start: its jobs ask the store of events; chDB's code is 190 MB",
        ),
        _memory("after a first answer", asked, "both sentence encoders and one index in memory", due=1_000),
        _memory("idle again", again, f"{2 * IDLE_SECONDS} s after answers and pages, events asked for"),
    ]  # fmt: skip


def _memory(when: str, megabytes: float, conditions: str, *, due: int = 600) -> Figure:
    promise = "our promise" if due == 600 else "our budget"
    return Figure(
        name=f"memory, {when}", value=round(megabytes), unit="MB", due=due, at_least=False, compared_with=promise,
        conditions=f"resident, {conditions}",
    )  # fmt: skip


def _ask(one: Installation) -> None:
    """A question to an agent, and pages."""
    bought = one.shop("taught")
    headers = {"Authorization": f"Bearer {bought['key']}"}
    body = {"message": "What happens when I reach my call limit?", "stream": False}
    answer = httpx.post(f"{one.url}/api/agents/{bought['agent']}/chat", json=body, headers=headers, timeout=60)
    assert answer.json()["answered"], answer.text
    for path in ("/marketplace/", "/marketplace/docs-agent/"):
        assert httpx.get(f"{one.url}{path}", timeout=30).status_code == 200
