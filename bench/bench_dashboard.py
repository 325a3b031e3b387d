"""How fast a whole dashboard is at ten million visits' steps, how fast a model switches, and what an event weighs on the disk.

`EMPORION_BENCH_EVENTS` changes how many there are; `EMPORION_BENCH_STORE` keeps them.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.harness import Figure

TITLE = "Dashboard of a website"
EVENTS = int(os.environ.get("EMPORION_BENCH_EVENTS", "10000000"))
LOOKS = 40


def measure() -> list[Figure]:
    """The slowest twentieth of the pages of the largest website and of one with about 50,000 events, and the rest."""
    with tempfile.TemporaryDirectory() as made:
        found = measured(Path(os.environ.get("EMPORION_BENCH_STORE", made)), EVENTS)
    how, small = conditions(found, EVENTS)
    return [
        due("whole page, large website, p95", found["large"], 500, how),
        due("whole page, large website, median", found["large_median"], 500, how),
        due("whole page, small website, p95", found["small"], 150, small),
        due("whole page, large website, each row compared, p95", found["compared"], 500, how),
        due("switch of the model (tiles, line, sources), p95", found["model"], 500, how),
        due("whole page with a filter by country, p95", found["filtered"], 500, how),
        due("all other breakdowns one after the other, p95", found["others"], 1_500, how),
        weight(found, how),
        Figure(
            name="memory after it all",
            value=round(found["megabytes"]),
            unit="MB",
            due=600,
            at_least=False,
            compared_with="requirement: idle server",
            conditions="the process that asked: Django, the engine and its caches",
        ),
    ]


def conditions(found: dict[str, float], events: int) -> tuple[str, str]:
    """Under which conditions the figures of the large and of a small website were taken."""
    how = (
        f"{events:,} events in 60 days on 200 websites, {found['large_events']:,.0f} on the large one; 30 days and the 30 before;"
        f" days of many visits that were over had been added up ({found['days']:.0f} now, {found['seconds_a_day']:.2f} s each)"
    )
    return how, f"the same store; a website of {found['small_events']:,.0f} events"


def weight(found: dict[str, float], how: str) -> Figure:
    """What an event weighs on the disk."""
    return Figure(
        name="disk for an event, its share of visits, days and credits included",
        value=round(found["bytes"], 1),
        unit="bytes",
        due=60,
        at_least=False,
        compared_with="requirement; Umami on PostgreSQL takes 880",
        conditions=how,
    )


def due(name: str, milliseconds: float, most: float, how: str) -> Figure:
    """A page's time beside what it may take."""
    return Figure(
        name=name,
        value=round(milliseconds),
        unit="ms",
        due=most,
        at_least=False,
        compared_with="requirement; five calls of Umami at 10 million: 21,500 ms",
        conditions=how,
    )


def measured(folder: Path, events: int) -> dict[str, float]:
    """What the process that asks found; the engine opens one folder a process, so that each has its own."""
    environment = {
        **os.environ,
        "EMPORION_HOME": str(folder),
        "EMPORION_SECRET_KEY": "bench",
        "EMPORION_EVENTS_URL": f"chdb://{folder}/events",
        "DJANGO_SETTINGS_MODULE": "emporion.config.settings",
    }
    command = [sys.executable, "-m", "bench.looks", str(events), str(LOOKS)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])
