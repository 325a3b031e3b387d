"""How fast a large access log becomes visits, what it costs on the disk, and whether a kill in the middle changes anything.

Rates are by processor time of the server and all its threads, so that what else the machine does changes them little.
"""

import gzip
import heapq
import os
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx

from bench.harness import Figure
from bench.installation import Installation, installed, load
from emporion.insights.imports.tests.writing import ASSETS, FIREFOX, IPHONE, PAGES, REFERRERS, ROBOT, combined

TITLE = "Importing history"

LINES = int(os.environ.get("EMPORION_BENCH_LINES", "1000000"))
LONGEST_SECONDS = 1_800


def measure() -> list[Figure]:
    """A log goes through the page: looked at, agreed to, killed while it is stored, taken up again, and counted."""
    with installed() as one:
        log = one.home / "access.log.gz"
        with gzip.open(log, "wt", compresslevel=4) as file:
            file.writelines(f"{line}\n" for line in islice(visits_of_a_shop(), LINES))
        one.start()
        site = one.shop("website")
        before = load()
        with httpx.Client(base_url=one.url, cookies={"sessionid": site["session"]}, timeout=300) as client:
            address = _upload(one, client, site["site"], log)
            looked = _wait(one, client, address, "What was found")
            stored = _store(one, client, address)
        one.stop()
        came = {name: int(number) for name, number in one.shop("imported").items()}
    conditions = f"{LINES:,} lines of which people's pages are {came['taken']:,}, gzip; server, store and engine in one process"
    return [
        _rate("lines of a log looked at, a second of processor time", looked, f"{conditions}; {before} before"),
        _rate("lines from consent to visits, a second of processor time", stored, f"{conditions}; killed once"),
        Figure(
            name="events too many or too few after a kill -9 while they are stored",
            value=abs(came["events"] - came["taken"]),
            unit="",
            due=0,
            at_least=False,
            compared_with="our promise",
            conditions=f"{came['events']:,} events became {came['visits']:,} visits",
        ),
        Figure(
            name="bytes of an event on the disk",
            value=came["bytes"] / came["events"],
            unit="bytes",
            due=60,
            at_least=False,
            compared_with="our promise for events of the script",
            conditions="active parts of the table of events after it was merged",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a part of the way took: seconds on the clock, seconds of the processor, and the most memory in MB."""

    seconds: float
    processor: float
    memory: float


def _rate(name: str, spent: Spent, conditions: str) -> Figure:
    clock = (
        f"{spent.processor:.0f} s of the processor, {spent.seconds:.0f} s on the clock, at most {spent.memory:.0f} MB resident"
    )
    return Figure(
        name=name,
        value=LINES / spent.processor,
        unit="/s",
        due=20_000,
        at_least=True,
        compared_with="our promise; Matomo's importer reads 250 to 300 a second by its own README",
        conditions=f"{conditions}; {clock}",
    )


def _upload(one: Installation, client: httpx.Client, site_id: str, log: Path) -> str:
    address = f"/insights/{site_id}/settings/import/"
    client.get(address).raise_for_status()
    with log.open("rb") as file:
        sent = client.post(address, data={"source": "logs"}, files={"files": (log.name, file)}, headers=_headers(one, client))
    assert sent.status_code == 302, sent.text[:500]
    return sent.headers["Location"]


def _headers(one: Installation, client: httpx.Client) -> dict[str, str]:
    return {"X-CSRFToken": client.cookies["csrftoken"], "Referer": one.url}


def _wait(one: Installation, client: httpx.Client, address: str, words: str) -> Spent:
    """Until the page says so."""
    began, before, memory = time.perf_counter(), _processor(one), 0.0
    while time.perf_counter() - began < LONGEST_SECONDS:
        if words in client.get(f"{address}state/").text:
            return Spent(time.perf_counter() - began, _processor(one) - before, memory)
        memory = max(memory, one.resident_mb())
        time.sleep(0.5)
    raise TimeoutError(client.get(address).text[-3000:])


def _processor(one: Installation) -> float:
    """Seconds of the processor that the server took so far."""
    assert one.process is not None
    fields = Path(f"/proc/{one.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _store(one: Installation, client: httpx.Client, address: str) -> Spent:
    """Agrees, kills the server when a part is kept, starts it again and waits; what the start itself took is not counted."""
    began, before = time.perf_counter(), _processor(one)
    assert client.post(f"{address}agree/", headers=_headers(one, client)).status_code == 302
    while not re.search(r"[1-9][\d,]* of [\d,]+ rows are kept", client.get(f"{address}state/").text):
        time.sleep(0.2)
    first = _processor(one) - before
    assert one.process is not None
    one.process.kill()
    one.process.wait()
    away = one.start()
    rest = _wait(one, client, address, "Undo this import")
    return Spent(time.perf_counter() - began - away, first + rest.processor, rest.memory)


def visits_of_a_shop(seed: int = 3) -> Iterator[str]:
    """A log in the order of time: people look at one to eight pages, each with two files of it; robots and errors in between."""
    dice, now = random.Random(seed), datetime(2025, 1, 1, tzinfo=UTC)
    coming: list[tuple[datetime, str]] = []
    while True:
        now += timedelta(seconds=dice.expovariate(1 / 4))
        while coming and coming[0][0] <= now:
            yield heapq.heappop(coming)[1]
        address = ".".join(str(dice.randrange(1, 224)) for _ in range(4))
        kind, at = dice.random(), now
        if kind < 0.2:
            heapq.heappush(coming, (at, combined(at, dice.choice(PAGES), address=address, agent=ROBOT)))
            continue
        agent, referrer = dice.choice((FIREFOX, IPHONE)), dice.choice(REFERRERS)
        for _ in range(min(8, 1 + int(dice.expovariate(0.5)))):
            path = dice.choice(PAGES)
            heapq.heappush(coming, (at, combined(at, path, address=address, agent=agent, referrer=referrer)))
            for file in dice.sample(ASSETS, 1 + (dice.random() < 0.2)):
                heapq.heappush(coming, (at, combined(at, file, address=address, agent=agent)))
            at, referrer = at + timedelta(seconds=dice.expovariate(1 / 40)), f"https://shop.example{path}"
