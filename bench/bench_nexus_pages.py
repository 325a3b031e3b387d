"""How fast the pages of Nexus are at ten million calls: through the real server, signed in, one reader, each page fetched again.

`EMPORION_BENCH_CALLS` changes how many there are, `EMPORION_BENCH_LOOKS` how often each page is fetched.
"""

import json
import os
import time
from dataclasses import dataclass

import httpx

from bench.harness import Figure
from bench.installation import installed, load, percentile

TITLE = "Pages of Nexus"
CALLS = int(os.environ.get("EMPORION_BENCH_CALLS", "10000000"))
LOOKS = int(os.environ.get("EMPORION_BENCH_LOOKS", "40"))
DUE_MS = 300
LATE_SECONDS = 60.0
COMPARED = "requirement; LiteLLM's page of spend: 30 s at 300,000 calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A page that is looked at."""

    name: str
    path: str


def looks(api: str, call: str) -> tuple[Look, ...]:
    """The pages that are due, and others beside them; a page that is not served is left out."""
    return (
        Look(name="overview", path="/nexus/"),
        Look(name="page of an API, 24 hours", path=f"/nexus/apis/{api}/"),
        Look(name="page of an API, 30 days", path=f"/nexus/apis/{api}/?period=30d"),
        Look(name="page of an API, 30 days of one model", path=f"/nexus/apis/{api}/?period=30d&model=gpt-4o"),
        Look(
            name="page of an API, 30 days of one feature and model",
            path=f"/nexus/apis/{api}/?period=30d&model=gpt-4o&feature=Tags",
        ),
        Look(name="failed calls of 30 days", path=f"/nexus/apis/{api}/calls/?period=30d"),
        Look(name="one call", path=f"/nexus/calls/{call}/"),
        Look(name="costs", path="/nexus/costs/"),
        Look(name="costs by customer", path="/nexus/costs/?by=customer"),
        Look(name="costs of one customer", path="/nexus/costs/?customer=customer-5"),
    )


def measure() -> list[Figure]:
    """The slowest twentieth of each page."""
    with installed() as made:
        world = json.loads(made.run("-m", "bench.nexus_world", str(CALLS)).strip().splitlines()[-1])
        made.start()
        with httpx.Client(base_url=made.url, cookies={"sessionid": world["session"]}, timeout=LATE_SECONDS) as browser:
            took = {look.name: found for look in looks(world["api"], world["call"]) if (found := _times(browser, look.path))}
    rows = ", ".join(f"{count:,} in {name}" for name, count in world["rows"].items())
    how = f"{world['calls']:,} calls in 30 days, {world['large']:,} in the project that is looked at; counted as {rows}; {load()}"
    return [
        *(_figure(f"{name}, p95", percentile(found, 0.95), how) for name, found in took.items()),
        *(_figure(f"{name}, median", percentile(found, 0.5), how) for name, found in list(took.items())[:2]),
        Figure(
            name="disk for a call, all that is counted from it included",
            value=round(world["bytes"] / world["calls"], 1),
            unit="bytes",
            due=100,
            at_least=False,
            compared_with="an event of Insights: 60",
            conditions=how,
        ),
    ]


def _times(browser: httpx.Client, path: str) -> list[float]:
    """Milliseconds, sorted; nothing where the page is not served. The first look warms the caches and does not count."""
    first = browser.get(path)
    if first.status_code != 200:
        return []
    found = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        answer = browser.get(path)
        found.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
    return sorted(found)


def _figure(name: str, milliseconds: float, how: str) -> Figure:
    return Figure(
        name=name, value=round(milliseconds), unit="ms", due=DUE_MS, at_least=False, compared_with=COMPARED, conditions=how
    )
