"""Kills collection at random moments under load and counts: every acknowledged event is in the store exactly once."""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.bench_ingest import edge
from bench.edge_process import COLLECTION, settings_of, store_url
from bench.harness import Figure
from emporion.edge.collect.collector import event_id_of
from emporion.edge.collect.policies import SitePolicy
from emporion.store import Spool, Writer, open_store

TITLE = "Collecting visits through kills"

KILLS = int(os.environ.get("EMPORION_BENCH_KILLS", "200"))
LONGEST_SECONDS = 1.0
# Every so many rounds the process has the event store open and is killed while it moves events.
MOVING_EVERY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    event_id: UUID
    times: int


def _round(home: Path, number: int, chance: random.Random) -> list[str]:
    """Starts, loads, kills; the names of the events that were acknowledged."""
    options = ["moving"] if number % MOVING_EVERY == 0 else []
    with edge(home, *options) as (port, process):
        command = [sys.executable, "-m", "bench.events", str(port), "64", "30", "1", "tell"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
            first = client.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(timeout=chance.uniform(0, LONGEST_SECONDS))
            process.kill()
            lines = [first, *client.stdout.readlines()]
    return [line.decode().strip() for line in lines if len(line) == 37]


def measure() -> list[Figure]:
    """What was lost and what is there twice after all kills."""
    chance, policy = random.Random(), SitePolicy(COLLECTION)
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as folder:
        home = Path(folder)
        told = [name for number in range(KILLS) for name in _round(home, number, chance)]
        with Spool(settings_of(home).spool) as spool, open_store(store_url(home)) as store:
            writer = Writer(spool=spool, store=store)
            writer.flush(timeout_seconds=600)
            sql = "SELECT event_id, toInt64(count()) AS times FROM site_events GROUP BY event_id"
            found = {row.event_id: row.times for row in store.rows(sql, as_=_Row)}
            writer.close()
    acknowledged = Counter(event_id_of(name, policy) for name in told)
    lost = sum(event_id not in found for event_id in acknowledged)
    twice = sum(times - 1 for times in found.values())
    kills = f"SIGKILL at {KILLS} random moments under 64 connections, every {MOVING_EVERY}th with the store open"
    conditions = f"{kills}; {len(told):,} acknowledged"
    return [
        Figure(name=name, value=value, unit="events", due=0, at_least=False, compared_with="exactly once", conditions=conditions)
        for name, value in (("acknowledged and lost", lost), ("stored twice", twice))
    ]
