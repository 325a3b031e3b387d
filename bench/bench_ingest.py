"""How many events a second are acknowledged after the disk has them: one a request, in batches, and while they are moved."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.events import Seen
from bench.harness import Figure
from bench.installation import Installation, installed, load, percentile
from tests.journeys.installation import free_port

TITLE = "Collecting visits"

CONNECTIONS = 64
SECONDS = float(os.environ.get("EMPORION_BENCH_SECONDS", "10"))
BATCH = 500


@contextlib.contextmanager
def edge(home: Path, *options: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A process that collects, from its first answer on; what it had not moved is moved when it stops."""
    port = free_port()
    log = (home / "edge.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.edge_process", str(home), str(port), *options], stdout=log, stderr=log
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                    break
            time.sleep(0.05)
        else:
            raise TimeoutError((home / "edge.log").read_text()[-2_000:])
        yield port, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=120)


def drive(port: int, *, connections: int, seconds: float, batch: int) -> Seen:
    """One run of the client, in a process of its own."""
    command = [sys.executable, "-m", "bench.events", str(port), str(connections), str(seconds), str(batch)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Seen(**json.loads(done.stdout.strip().splitlines()[-1]))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rate(seen: Seen) -> int:
    return round(seen.acknowledged / seen.seconds)


def _alone() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as folder, edge(Path(folder)) as (port, process):
        drive(port, connections=CONNECTIONS, seconds=2, batch=1)
        before, busy = _cpu_seconds(process.pid), load()
        one = drive(port, connections=CONNECTIONS, seconds=SECONDS, batch=1)
        micros = (_cpu_seconds(process.pid) - before) / one.acknowledged * 1e6
        many = drive(port, connections=8, seconds=SECONDS, batch=BATCH)
    conditions = (
        f"`emporion edge`, {CONNECTIONS} connections, one event a request, fsync before each 202; client beside it; {busy} before"
    )
    return [
        _figure("acknowledged a second", _rate(one), 8_000, "/s", conditions),
        _figure("acknowledged, 99th percentile", one.p99_ms, 50, "ms", conditions, at_least=False),
        _figure("processor time of an event", micros, 125, "µs", "kernel included, the same run", at_least=False),
        _figure("acknowledged a second in batches", _rate(many), 50_000, "/s", _batches(many)),
    ]


def _batches(many: Seen) -> str:
    return f"batches of {BATCH}, 8 connections, the same process; {many.refused:,} refused"


def _served() -> list[Figure]:
    """With pages: first everything in one process, as `make run` starts it, then collecting in a process of its own beside it."""
    with installed() as one:
        one.settings = {"EMPORION_TRUSTED_PROXIES": "127.0.0.1"}
        told = one.shop("website")
        one.start()
        drive(one.port, connections=CONNECTIONS, seconds=2, batch=1)
        busy = load()
        quiet = drive(one.port, connections=CONNECTIONS, seconds=SECONDS, batch=1)
        watched, its_loads = _watched(one, told, one.port)
        with _beside(one) as port:
            drive(port, connections=CONNECTIONS, seconds=2, batch=1)
            apart, loads = _watched(one, told, port)
    whole = f"`emporion serve`: pages, jobs, writer and embedded event store in one process; {CONNECTIONS} connections"
    two = f"`emporion edge` collects, `emporion serve` beside it moves what came and answers the pages; {CONNECTIONS} connections"
    return [
        _figure("acknowledged a second while a dashboard loads", _rate(apart), 5_000, "/s", f"{two}; {_page(loads)}"),
        _figure("acknowledged a second, all in one process", _rate(quiet), 5_000, "/s", f"{whole}; {busy} before"),
        _figure("the same while a dashboard loads", _rate(watched), 26, "/s", f"{whole}; {_page(its_loads)}"),
    ]


def _watched(one: Installation, told: dict[str, str], port: int) -> tuple[Seen, list[float]]:
    """A run of the client while somebody loads the dashboard again and again; how long each load took."""
    stop, loads = threading.Event(), []
    reader = threading.Thread(target=_look, args=(one.url, told, stop, loads))
    reader.start()
    try:
        return drive(port, connections=CONNECTIONS, seconds=SECONDS, batch=1), loads
    finally:
        stop.set()
        reader.join()


@contextlib.contextmanager
def _beside(one: Installation) -> Iterator[int]:
    """The port of an `emporion edge` on the data of a server that runs."""
    other = Installation(home=one.home, port=free_port(), settings=one.settings)
    other.start("edge")
    try:
        yield other.port
    finally:
        other.stop()


def _page(loads: list[float]) -> str:
    return f"{len(loads)} loads one after the other, median {percentile(loads, 0.5):.1f} s" if loads else "no load ended"


def _look(url: str, told: dict[str, str], stop: threading.Event, loads: list[float]) -> None:
    """Somebody who loads the dashboard again and again."""
    with httpx.Client(cookies={"sessionid": told["session"]}, timeout=60) as browser:
        while not stop.is_set():
            before = time.perf_counter()
            browser.get(f"{url}/insights/{told['site']}/").raise_for_status()
            loads.append(time.perf_counter() - before)


def _figure(name: str, value: float, due: float, unit: str, conditions: str, *, at_least: bool = True) -> Figure:
    return Figure(
        name=name,
        value=value,
        unit=unit,
        due=due,
        at_least=at_least,
        compared_with=_PEERS.get(name, "our promise"),
        conditions=conditions,
    )


_PEERS = {
    "acknowledged a second": "our promise; Umami 3.1 on PostgreSQL 284",
    "acknowledged, 99th percentile": "our promise; Umami 326",
    "acknowledged a second while a dashboard loads": "our promise; Umami 26",
    "the same while a dashboard loads": "Umami",
}


def measure() -> list[Figure]:
    """All figures of collection."""
    return [*_alone(), *_served()]
