"""Kills the gateway at random moments under load and counts: every call that was answered whole is in the store exactly once."""

import contextlib
import os
import random
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.gateway import INSTANT, gateway, plan, provider
from bench.harness import Figure
from emporion.edge.gateway.budgets import spendings
from emporion.store import Spool, Writer, open_store

TITLE = "Calls through the gateway and through kills"

KILLS = int(os.environ.get("EMPORION_BENCH_KILLS", "50"))
LONGEST_SECONDS = 1.0
RATE = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    event_id: UUID
    times: int
    cost: int


def _round(home: Path, provider_port: int, chance: random.Random) -> list[str]:
    """Starts, loads, kills; the ids of the calls that were answered."""
    arrivals = [(number / RATE, 0, 200) for number in range(RATE * 20)]
    with (
        gateway(home, provider_port) as (port, process),
        plan([(port, f"/gateway/{INSTANT}")], arrivals, tell=True) as command,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client,
    ):
        first = client.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            client.wait(timeout=chance.uniform(0, LONGEST_SECONDS))
        process.kill()
        process.wait()
        client.terminate()
        lines = [first, *client.stdout.readlines()]
    return [line.decode().strip() for line in lines if len(line) == 37]


def measure() -> list[Figure]:
    """What was lost, what is there twice, and what budgets think was spent, after all kills."""
    chance = random.Random()
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as folder, provider() as provider_port:
        home = Path(folder)
        told = [name for _ in range(KILLS) for name in _round(home, provider_port, chance)]
        with Spool(home / "spool") as spool, open_store(f"chdb://{home.resolve()}/events") as store:
            writer = Writer(spool=spool, store=store)
            writer.flush(timeout_seconds=600)
            sql = "SELECT event_id, toInt64(count()) AS times, toInt64(any(cost_picos)) AS cost FROM api_calls GROUP BY event_id"
            found = {row.event_id: row for row in store.rows(sql, as_=_Row)}
            writer.close()
        spent = {one.budget_id: one.spent_picos for one in spendings(home / "edge" / "budgets")}
    lost = sum(UUID(name) not in found for name in told)
    twice = sum(row.times - 1 for row in found.values())
    cost = sum(row.cost for row in found.values())
    # A call whose event the kill prevented may be in the budget already: one per call under way, never the other way round.
    under = sum(max(0, cost - one) for one in spent.values())
    conditions = f"SIGKILL at {KILLS} random moments at {RATE} calls a second; {len(Counter(told)):,} answered whole"
    return [
        Figure(name=name, value=value, unit=unit, due=0, at_least=False, compared_with="exactly once", conditions=conditions)
        for name, value, unit in (
            ("answered and not metered", lost, "calls"),
            ("metered twice", twice, "calls"),
            ("metered and missing from a budget", under, "picos"),
        )
    ]
