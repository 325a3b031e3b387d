"""What the gateway adds to a call, direct and through it in one run, with key, metering, budgets and durable writes on."""

import csv
import os
import tempfile
from datetime import datetime
from pathlib import Path

from bench.gateway import INSTANT, THINK, Measured, drive, gateway, provider, rush
from bench.harness import Figure
from bench.installation import load, percentile

TITLE = "Calls through the gateway"

SECONDS = int(os.environ.get("EMPORION_BENCH_SECONDS", "10"))
RATE = 500
TRACE = Path(__file__).parent.parent.parent / "shared" / "data" / "azure-llm-2023" / "conv.csv"
FASTER = 60  # an hour of the trace's time passes in a minute
CHARACTERS_PER_TOKEN = 4
LARGEST_QUESTION = 32_000
LITELLM = "our promise; LiteLLM 1.109 on such a machine: 13.9 ms at one client"


def slices(seconds: int, rate: int) -> list[tuple[float, int, int]]:
    """A second to the one target, a second to the other, in turn, so that both meet the same machine."""
    return [(second + number / rate, second % 2, 200) for second in range(2 * seconds) for number in range(rate)]


def _trace(seconds: int) -> list[tuple[float, int, int]]:
    """Arrivals and sizes as Azure saw them, faster; each goes to the one target and, a moment later, to the other."""
    arrivals: list[tuple[float, int, int]] = []
    with TRACE.open() as file:
        rows = csv.DictReader(file)
        first: datetime | None = None
        for row in rows:
            at = datetime.fromisoformat(row["TIMESTAMP"][:26])
            first = first or at
            moment = (at - first).total_seconds() / FASTER
            if moment > seconds:
                break
            size = min(LARGEST_QUESTION, int(row["ContextTokens"]) * CHARACTERS_PER_TOKEN)
            arrivals += [(moment, 0, size), (moment + 0.5, 1, size)]
    return sorted(arrivals)


def _added(seen: list[list[float]], fraction: float) -> float:
    return percentile(seen[1], fraction) - percentile(seen[0], fraction)


def _figure(name: str, value: float, due: float, unit: str, conditions: str, compared_with: str = "our promise") -> Figure:
    at_least = unit == "/s"
    return Figure(
        name=name, value=value, unit=unit, due=due, at_least=at_least, compared_with=compared_with, conditions=conditions
    )


def _of_rate(seen: Measured, conditions: str) -> list[Figure]:
    median, tail = percentile(seen.whole[0], 0.5), percentile(seen.whole[0], 0.99)
    conditions = f"{conditions}; direct {median:.2f} and {tail:.2f} ms"
    return [
        _figure(f"added at {RATE} a second, median", _added(seen.whole, 0.5), 1.0, "ms", conditions, LITELLM),
        _figure(f"added at {RATE} a second, 99th percentile", _added(seen.whole, 0.99), 8.0, "ms", conditions),
    ]


def _of_trace(ports: list[tuple[int, str]]) -> tuple[list[Figure], int]:
    if not TRACE.exists():
        print(f"skipped: Azure's arrivals, because {TRACE} is not there")
        return [], 0
    arrivals = _trace(SECONDS)
    seen = drive(ports, arrivals)
    conditions = (
        f"Azure's conversations of 2023, {len(arrivals) // 2:,} arrivals, {FASTER} times as fast, questions up to 32 kB, "
        "a provider that thinks for 20 ms"
    )
    figures = [
        _figure("added at Azure's arrivals, median", _added(seen.whole, 0.5), 1.0, "ms", conditions),
        _figure("added at Azure's arrivals, 99th percentile", _added(seen.whole, 0.99), 8.0, "ms", conditions),
    ]
    return figures, sum(seen.failed)


def measure() -> list[Figure]:
    """All figures of calls."""
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as folder, provider() as direct:
        with gateway(Path(folder), direct) as (port, _):
            both = [(direct, f"/{INSTANT}"), (port, f"/gateway/{INSTANT}")]
            thinking = [(direct, f"/{THINK}"), (port, f"/gateway/{THINK}")]
            drive(both, slices(2, RATE))
            busy = load()
            steady = drive(both, slices(SECONDS, RATE))
            streamed = drive(both, slices(SECONDS, 100), stream=True)
            replayed, lost = _of_trace(thinking)
            rushed = rush(port, f"/gateway/{INSTANT}", connections=64, seconds=SECONDS)
        with gateway(Path(folder), direct, EMPORION_GATEWAY_WAITS_FOR_DISK="1") as (port, _):
            both = [(direct, f"/{INSTANT}"), (port, f"/gateway/{INSTANT}")]
            drive(both, slices(1, RATE))
            patient = drive(both, slices(SECONDS, RATE))
    failed = rushed.failed + sum(steady.failed) + sum(streamed.failed) + sum(patient.failed) + lost
    on = "`emporion edge`, key with limits, two hard budgets, metering and durable writes on, all on one machine"
    first, waiting = _added(streamed.firsts, 0.5), _added(patient.whole, 0.5)
    many = f"{on}; 64 connections of {rushed.client}"
    return [
        *_of_rate(steady, f"{on}; {busy} before"),
        _figure("added to the first token, median", first, 2.0, "ms", f"{on}; 100 streams a second"),
        *replayed,
        _figure("calls a second", rushed.a_second, 2_500, "/s", many, "our promise; LiteLLM 69"),
        _figure("calls that failed", failed, 0, "calls", "all of the runs in this table"),
        _figure("added when answers wait for the disk, median", waiting, 8.0, "ms", f"{on}; {RATE} a second, opt-in"),
    ]
