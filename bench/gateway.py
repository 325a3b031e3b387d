"""A gateway and a provider of models behind it, each in a process of its own, as the benchmarks of calls need them."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from emporion.gateway.routing.types import (
    BudgetPeriod,
    BudgetRule,
    BudgetScope,
    GatewaySnapshot,
    KeyGrant,
    Protocol,
    Upstream,
)
from emporion.plumbing.sealing import seal

SECRET = "a bench's secret"
ORGANISATION, PROJECT = UUID(int=1), UUID(int=2)
NEVER_REACHED = 10**18
INSTANT, THINK = "instant/v1/chat/completions", "think/v1/chat/completions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds of every call, by target, and how many failed."""

    whole: list[list[float]]
    firsts: list[list[float]]
    failed: list[int]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _snapshot(provider_port: int) -> GatewaySnapshot:
    """A key with limits and two hard budgets that are never reached: all of it is checked at each call."""
    apis = [
        Upstream(
            api_id=UUID(int=10 + number),
            organisation_id=ORGANISATION,
            project_id=PROJECT,
            slug=slug,
            protocol=Protocol.OPENAI,
            provider="openai",
            base_url=f"http://127.0.0.1:{provider_port}/{slug}",
            secret=seal("sk-upstream", key=SECRET),
            is_internal=True,
        )
        for number, slug in enumerate(("instant", "think"))
    ]
    key = KeyGrant(
        key_id=UUID(int=3),
        digest=hashlib.sha256(b"emp_bench").hexdigest(),
        organisation_id=ORGANISATION,
        project_id=PROJECT,
        team="shop",
        requests_per_minute=10**9,
        tokens_per_minute=10**12,
    )
    budgets = [
        BudgetRule(
            budget_id=UUID(int=20 + number),
            organisation_id=ORGANISATION,
            project_id=PROJECT,
            scope=scope,
            value=value,
            period=BudgetPeriod.MONTH,
            limit_picos=NEVER_REACHED,
            is_hard=True,
        )
        for number, (scope, value) in enumerate(((BudgetScope.PROJECT, ""), (BudgetScope.TEAM, "shop")))
    ]
    return GatewaySnapshot(number=1, upstreams=tuple(apis), keys=(key,), budgets=tuple(budgets))


@contextlib.contextmanager
def provider() -> Iterator[int]:
    """The provider's port, from its first answer on."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.upstream_process", str(port)])
    try:
        _await(f"http://127.0.0.1:{port}/instant/", process)
        yield port
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def gateway(home: Path, provider_port: int, **settings: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """`emporion edge` on this folder."""
    (home / "edge").mkdir(exist_ok=True)
    (home / "edge" / "gateway.msgpack").write_bytes(msgspec.msgpack.encode(_snapshot(provider_port)))
    port = free_port()
    told = {"EMPORION_HOME": str(home), "EMPORION_PORT": str(port), "EMPORION_SECRET_KEY": SECRET} | settings
    with (home / "edge.log").open("ab") as log:
        command = [sys.executable, "-c", "from emporion.cli.edge import serve; serve()"]
        process = subprocess.Popen(command, env=os.environ | told, stdout=log, stderr=log)
    try:
        _await(f"http://127.0.0.1:{port}/healthz", process)
        yield port, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.post(url, timeout=5).status_code:
                return
        time.sleep(0.05)
    raise TimeoutError(url)


@contextlib.contextmanager
def plan(ports: Sequence[tuple[int, str]], arrivals: list[tuple[float, int, int]], **options: bool) -> Iterator[list[str]]:
    """The command that carries out a plan."""
    targets = [{"port": port, "path": path} for port, path in ports]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"targets": targets, "arrivals": arrivals, **options}, file)
        file.flush()
        yield [sys.executable, "-m", "bench.callers", file.name]


def drive(ports: Sequence[tuple[int, str]], arrivals: list[tuple[float, int, int]], **options: bool) -> Measured:
    """One run of the client, in a process of its own."""
    with plan(ports, arrivals, **options) as command:
        subprocess.run(command, check=True)
        return Measured(**json.loads(Path(command[-1]).read_bytes()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """What a client saw that sends the next question when it has the answer."""

    a_second: float
    failed: int
    client: str


_SCRIPT = """
wrk.method = "POST"
wrk.body = '{"model":"gpt-4o-mini","max_tokens":300,"messages":[{"role":"user","content":"%s"}]}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer emp_bench"
"""


def rush(port: int, path: str, *, connections: int, seconds: float) -> Rush:
    """As many calls as go, by `wrk` where it is installed, else by our own client in bursts."""
    if shutil.which("wrk"):
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_SCRIPT % ("word " * 40))
            script.flush()
            command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script.name]
            told = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], check=True, capture_output=True, text=True).stdout
        lines = {line.strip().split(":")[0]: line.split(":", 1)[1] for line in told.splitlines() if ":" in line}
        errors = sum(int(part.split()[-1]) for part in lines.get("Socket errors", "").split(",") if part)
        return Rush(
            a_second=float(lines["Requests/sec"]), failed=errors + int(lines.get("Non-2xx or 3xx responses", "0")), client="wrk"
        )
    arrivals = [(second, 0, 200) for second in range(round(seconds)) for _ in range(3_000)]
    began = time.perf_counter()
    seen = drive([(port, path)], arrivals)
    return Rush(a_second=len(seen.whole[0]) / (time.perf_counter() - began), failed=seen.failed[0], client="our own client")
