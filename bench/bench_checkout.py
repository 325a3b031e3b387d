"""How long a purchase takes, and whether a key buys exactly once under a stampede of retries."""

import os
import signal
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench.checkout_shop import CONDITIONS, Shop, open_shop
from bench.harness import Figure

TITLE = "Checkout"

ALONE = 100
PAUSE = 0.3  # seconds: what a purchase sets off in the background is over before the next one
RETRIES = 50
STAMPEDES = 4


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


def measure() -> list[Figure]:
    """Alone, and under a stampede."""
    with open_shop() as shop:
        shop.start()
        load = os.getloadavg()[0]
        took = _alone(shop)
        strays = sum(_stampede(shop, f"stampede {number}") for number in range(STAMPEDES))
        shop.kill(signal.SIGTERM)
    return [
        Figure(
            name="purchase by API, 95th percentile",
            value=statistics.quantiles(took, n=20)[-1],
            unit="ms",
            due=300,
            at_least=False,
            compared_with="our limit",
            conditions=f"{ALONE} purchases, {PAUSE} s apart, load average {load:.0f} before; {CONDITIONS}",
        ),
        Figure(
            name="answers that differ among retries of one key",
            value=strays,
            unit="",
            due=0,
            at_least=False,
            compared_with="Lago #5870, Saleor #14926 charge twice",
            conditions=f"{STAMPEDES} times {RETRIES} requests at one moment; {CONDITIONS}",
        ),
    ]
