"""How long a purchase takes, and whether a key buys exactly once: under a stampede of retries, and when the server is killed."""

import contextlib
import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness import Figure

TITLE = "Checkout"

PORT = int(os.environ.get("EMPORION_BENCH_PORT", "8461"))
ALONE = 100
PAUSE = 0.3  # seconds: what a purchase sets off in the background is over before the next one
RETRIES = 50
STAMPEDES = 4
KILLS = int(os.environ.get("EMPORION_BENCH_KILLS_CHECKOUT", "100"))
BUYERS = 4
GONE = (OSError, http.client.HTTPException)


@dataclass
class Shop:
    """An installation in a directory of its own, started and killed as a process."""

    home: Path
    token: str = ""
    offering: str = ""
    plan: str = ""
    process: "subprocess.Popen[bytes] | None" = None
    errors: list[int] = field(default_factory=list)

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


def _alone(shop: Shop) -> list[float]:
    shop.buy("warm up")
    took = []
    for number in range(ALONE):
        began = time.perf_counter()
        status, _ = shop.buy(f"alone {number}")
        took.append((time.perf_counter() - began) * 1000)
        assert status == 201, status
        time.sleep(PAUSE)
    return took


def _stampede(shop: Shop, key: str) -> int:
    """How many of fifty requests at the same moment got a different answer than the others, or none."""
    barrier = threading.Barrier(RETRIES)

    def retry(_: int) -> tuple[int, str]:
        barrier.wait()
        status, done = shop.buy(key)
        return status, done.get("order_uuid", "")

    with ThreadPoolExecutor(RETRIES) as pool:
        answers = list(pool.map(retry, range(RETRIES)))
    orders = {order for _, order in answers}
    return sum(status not in {201, 202} for status, _ in answers) + len(orders) - 1


def _buy_until_killed(shop: Shop, prefix: str, acknowledged: "dict[str, str]", tried: "set[str]") -> None:
    for number in range(10_000):
        key = f"{prefix}-{number}"
        tried.add(key)
        try:
            status, done = shop.buy(key)
        except GONE:
            return
        if status == 201:
            acknowledged[key] = done["order_uuid"]


def _kill_while_buying(shop: Shop) -> "tuple[dict[str, str], set[str]]":
    """Buys while the server is killed at random moments; then every key is sent again until it is answered."""
    acknowledged: dict[str, str] = {}
    tried: set[str] = set()
    chance = random.Random(7)
    for round_ in range(KILLS):
        shop.start()
        buyers = [
            threading.Thread(target=_buy_until_killed, args=(shop, f"kill {round_} {buyer}", acknowledged, tried))
            for buyer in range(BUYERS)
        ]
        for buyer in buyers:
            buyer.start()
        time.sleep(chance.uniform(0.05, 0.8))
        shop.kill()
        for buyer in buyers:
            buyer.join()
    shop.start()
    for key in sorted(tried):
        status, done = shop.buy(key)
        if status == 409 and key not in acknowledged:
            # Killed before the provider was reached and settled as failed since: the key says so for ever, nobody was charged.
            tried.discard(key)
            continue
        assert status == 201, (key, status, done)
        assert acknowledged.get(key, done["order_uuid"]) == done["order_uuid"], key
        acknowledged[key] = done["order_uuid"]
    return acknowledged, tried


def measure() -> list[Figure]:
    """Alone, under a stampede, and under kill -9."""
    with open_shop() as shop:
        shop.start()
        load = os.getloadavg()[0]
        took = _alone(shop)
        strays = sum(_stampede(shop, f"stampede {number}") for number in range(STAMPEDES))
        shop.kill(signal.SIGTERM)
        acknowledged, tried = _kill_while_buying(shop)
        shop.kill(signal.SIGTERM)
        found = shop.count()
    keys = 1 + ALONE + STAMPEDES + len(tried)
    orders: dict[str, list[str]] = found["orders"]  # type: ignore[assignment]
    lost = sum(orders.get(key, [""])[0] != order for key, order in acknowledged.items())
    extra = sum(abs(int(found[name]) - keys) for name in ("charges", "payments", "subscriptions"))  # type: ignore[call-overload]
    extra += abs(len(orders) - keys) + sum(state != "paid" for _, state in orders.values())
    receipts: list[str] = found["receipts"]  # type: ignore[assignment]
    gaps = len(receipts) - int(receipts[-1].rpartition("-")[2])
    one = "one process, SQLite with synchronous=FULL, sandbox payments in the same process"
    killed = f"{KILLS} kills at random moments, {BUYERS} buyers, {len(tried)} keys, every key sent again afterwards"
    return [
        Figure(
            name="purchase by API, 95th percentile",
            value=statistics.quantiles(took, n=20)[-1],
            unit="ms",
            due=300,
            at_least=False,
            compared_with="our limit",
            conditions=f"{ALONE} purchases, {PAUSE} s apart, load average {load:.0f} before; {one}",
        ),
        Figure(
            name="answers that differ among retries of one key",
            value=strays,
            unit="",
            due=0,
            at_least=False,
            compared_with="Lago #5870, Saleor #14926 charge twice",
            conditions=f"{STAMPEDES} times {RETRIES} requests at one moment; {one}",
        ),
        Figure(
            name="acknowledged purchases lost",
            value=lost,
            unit="",
            due=0,
            at_least=False,
            compared_with="our limit",
            conditions=killed,
        ),
        Figure(
            name="orders, charges or subscriptions too many or too few",
            value=extra,
            unit="",
            due=0,
            at_least=False,
            compared_with="our limit",
            conditions=killed,
        ),
        Figure(
            name="gaps in receipt numbers and faults in the ledger",
            value=abs(gaps) + int(found["faults"]),  # type: ignore[call-overload]
            unit="",
            due=0,
            at_least=False,
            compared_with="our limit",
            conditions=killed,
        ),
    ]
