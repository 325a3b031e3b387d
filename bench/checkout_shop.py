"""An installation to buy from through its API, started and killed as a process; benchmarks of the checkout share it."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PORT = int(os.environ.get("EMPORION_BENCH_PORT", "8461"))
GONE = (OSError, http.client.HTTPException)
CONDITIONS = "one process, SQLite with synchronous=FULL, sandbox payments in the same process"


@dataclass
class Shop:
    """An installation in a directory of its own, started and killed as a process."""

    home: Path
    token: str = ""
    offering: str = ""
    plan: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    def run(self, *arguments: str) -> str:
        """A command of this installation; its output."""
        done = subprocess.run([sys.executable, *arguments], env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "EMPORION_HOME": str(self.home),
            "EMPORION_PORT": str(PORT),
            "EMPORION_SECRET_KEY": "only-for-benchmarks",
        }

    def prepare(self) -> None:
        self.run("-m", "emporion.cli.main", "migrate")
        made = json.loads(self.run("-m", "bench.shop", "prepare").strip().splitlines()[-1])
        self.token, self.offering, self.plan = made["token"], made["offering"], made["plan"]

    def start(self) -> None:
        log = (self.home / "server.log").open("ab")
        command = [sys.executable, "-m", "emporion.cli.main", "serve"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(*GONE), self.connection() as wire:
                wire.request("GET", "/checkout/terms/")
                if wire.getresponse().status == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("the server did not start; see server.log")

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait()

    def connection(self) -> "contextlib.closing[http.client.HTTPConnection]":
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=30))

    def buy(self, key: str) -> "tuple[int, dict[str, str]]":
        """One request, as a program sends it."""
        body = {
            "offering_uuid": self.offering,
            "plan_uuid": self.plan,
            "payment_method": "card",
            "payment_token": "tok_visa",
        }
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, "Content-Type": "application/json"}
        with self.connection() as wire:
            wire.request("POST", "/api/marketplace/quick-checkout/", json.dumps(body), headers)
            answer = wire.getresponse()
            return answer.status, json.loads(answer.read())

    def count(self) -> "dict[str, object]":
        return json.loads(self.run("-m", "bench.shop", "count").strip().splitlines()[-1])


@contextlib.contextmanager
def open_shop() -> Iterator[Shop]:
    """A fresh installation that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as home:
        shop = Shop(home=Path(home))
        shop.prepare()
        try:
            yield shop
        finally:
            shop.kill()
