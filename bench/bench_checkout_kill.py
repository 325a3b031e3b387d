"""Kills the server at random moments while purchases are made: each key buys exactly once, and nothing acknowledged is lost."""

import os
import random
import signal
import threading
import time

from bench.checkout_shop import CONDITIONS, GONE, Shop, open_shop
from bench.harness import Figure

TITLE = "Checkout through kills"

KILLS = int(os.environ.get("EMPORION_BENCH_KILLS_CHECKOUT", "100"))
BUYERS = 4


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
    """Buys under kill -9, asks again for every key, and counts what there is."""
    with open_shop() as shop:
        acknowledged, tried = _kill_while_buying(shop)
        shop.kill(signal.SIGTERM)
        found = shop.count()
    orders: dict[str, list[str]] = found["orders"]  # type: ignore[assignment]
    lost = sum(orders.get(key, [""])[0] != order for key, order in acknowledged.items())
    extra = sum(abs(int(found[name]) - len(tried)) for name in ("charges", "payments", "subscriptions"))  # type: ignore[call-overload]
    extra += sum(orders.get(key, ["", ""])[1] != "paid" for key in tried)
    extra += sum(state == "paid" for key, (_, state) in orders.items() if key not in tried)
    receipts: list[str] = found["receipts"]  # type: ignore[assignment]
    gaps = len(receipts) - int(receipts[-1].rpartition("-")[2])
    killed = f"{KILLS} kills at random moments, {BUYERS} buyers, {len(tried)} keys, every key sent again afterwards; {CONDITIONS}"
    counted = (
        ("acknowledged purchases lost", lost),
        ("orders, charges or subscriptions too many or too few", extra),
        ("gaps in receipt numbers and faults in the ledger", abs(gaps) + int(found["faults"])),  # type: ignore[call-overload]
    )
    return [
        Figure(name=name, value=value, unit="", due=0, at_least=False, compared_with="our limit", conditions=killed)
        for name, value in counted
    ]
