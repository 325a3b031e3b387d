"""A real installation for benchmarks: `emporion serve` as a process of its own, in a directory that is gone afterwards."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.journeys.installation import free_port

READY_SECONDS = 90


@dataclass
class Installation:
    """One data directory and, while it runs, its server."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EMPORION_", "DJANGO_"))}
        return kept | {"EMPORION_HOME": str(self.home), "EMPORION_PORT": str(self.port)} | self.settings

    def run(self, *arguments: str) -> str:
        """A command of this installation; its output."""
        done = subprocess.run([sys.executable, *arguments], env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def shop(self, verb: str) -> "dict[str, str]":
        """What `bench.shop` says."""
        return json.loads(self.run("-m", "bench.shop", verb).strip().splitlines()[-1])

    def start(self, verb: str = "serve") -> float:
        """Starts `emporion VERB`; the seconds until it answered."""
        began = time.perf_counter()
        log = (self.home / f"{verb}.log").open("ab")
        command = [sys.executable, "-m", "emporion.cli.main", verb]
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        while time.perf_counter() - began < READY_SECONDS and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return time.perf_counter() - began
            time.sleep(0.02)
        raise TimeoutError((self.home / f"{verb}.log").read_text()[-2000:])

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def resident_mb(self) -> float:
        """The memory of the server and of whatever it started, in MB (10^6 bytes)."""
        assert self.process is not None
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1000


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) * 1024 // 1000


@contextlib.contextmanager
def installed() -> Iterator[Installation]:
    """An installation with its tables and its catalogue, not started yet; what its agents know is read."""
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as home:
        one = Installation(home=Path(home), port=free_port())
        one.run("-m", "emporion.cli.main", "migrate")
        try:
            yield one
        finally:
            one.stop()


def load() -> str:
    """How busy the machine was, for the conditions of a figure."""
    return f"load average {os.getloadavg()[0]:.1f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]
