"""How fast a whole dashboard is at ten million visits' steps, how fast a model switches, and what an event weighs on the disk.

`EMPORION_BENCH_EVENTS` changes how many there are (100000000 takes an hour to make); `EMPORION_BENCH_STORE` keeps them.
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
LARGE = 50_000_000
LOOKS = 40


def measure() -> list[Figure]:
    """The slowest twentieth of the pages of the largest website and of one with about 50,000 events, and the rest."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(os.environ.get("EMPORION_BENCH_STORE", made))
        found = _measured(folder)
    how = (
        f"{EVENTS:,} events in 60 days on 200 websites, {found['large_events']:,.0f} on the large one; 30 days and the 30 before"
    )
    small = f"the same store; a website of {found['small_events']:,.0f} events"
    how += f"; {found['days']:.0f} days of many visits were added up before in {found['seconds_a_day']:.2f} s each (0: kept)"
    slow = 1_500 if EVENTS >= LARGE else 500
    return [
        _due("whole page, large website, p95", found["large"], slow, how),
        _due("whole page, large website, median", found["large_median"], slow, how),
        _due("whole page, small website, p95", found["small"], 150, small),
        _due("switch of the model (tiles, line, sources), p95", found["model"], 500, how),
        _due("whole page with a filter by country, p95", found["filtered"], slow, how),
        _due("all other breakdowns one after the other, p95", found["others"], 3 * slow, how),
        Figure(
            name="disk for an event, its share of visits and credits included",
            value=round(found["bytes"], 1),
            unit="bytes",
            due=60,
            at_least=False,
            compared_with="requirement; Umami on PostgreSQL takes 880",
            conditions=how,
        ),
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


def _due(name: str, milliseconds: float, due: float, conditions: str) -> Figure:
    return Figure(
        name=name,
        value=round(milliseconds),
        unit="ms",
        due=due,
        at_least=False,
        compared_with="requirement; five calls of Umami at 10 million: 21,500 ms",
        conditions=conditions,
    )


def _measured(folder: Path) -> dict[str, float]:
    """What the process that asks found; the engine opens one folder a process, so that each has its own."""
    environment = {
        **os.environ,
        "EMPORION_HOME": str(folder),
        "EMPORION_SECRET_KEY": "bench",
        "EMPORION_EVENTS_URL": f"chdb://{folder}/events",
        "DJANGO_SETTINGS_MODULE": "emporion.config.settings",
    }
    command = [sys.executable, "-m", "bench.looks", str(EVENTS), str(LOOKS)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])
