"""How fast events become durable and visible, how small they are, and whether any is lost when the process is killed."""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.harness import Figure
from emporion.kernel.ids import new_id
from emporion.store import EventStore, Spool, Writer, open_store
from emporion.store.schemas import PageViewed, UsageRecorded
from emporion.store.tests.conftest import all_ids
from emporion.store.tests.kill import run_and_kill
from emporion.store.types import SpoolLimits

TITLE = "Event store"

CALLERS = 64
APPENDS_EACH = 500
KILLS = int(os.environ.get("EMPORION_BENCH_KILLS", "200"))
STORED = 100_000

_BYTES_PER_ROW = """SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts
    WHERE active AND database = currentDatabase() AND table = {table:String}"""

_chance = random.Random(1)
_ORGANISATIONS = [new_id() for _ in range(50)]
_SUBSCRIPTIONS = [new_id() for _ in range(200)]
_VISITORS = [f"{_chance.getrandbits(64):016x}" for _ in range(5_000)]
_START = datetime(2026, 3, 1, tzinfo=UTC)


def _usage(number: int = 0) -> UsageRecorded:
    return UsageRecorded(
        event_id=new_id(),
        occurred_at=_START + timedelta(seconds=number, milliseconds=_chance.randrange(1000)),
        organisation_id=_chance.choice(_ORGANISATIONS),
        subscription_id=_chance.choice(_SUBSCRIPTIONS),
        product_id="support-agent",
        metric=_chance.choice(["answers", "api_calls", "pages"]),
        quantity_micros=1_000_000 * _chance.randrange(1, 5),
        currency="USD",
    )


def _page_view(number: int) -> PageViewed:
    return PageViewed(
        event_id=new_id(),
        occurred_at=_START + timedelta(milliseconds=137 * number),
        visitor=_chance.choice(_VISITORS),
        path=f"/marketplace/offering-{int(_chance.paretovariate(1)) % 400}/",
        page="offering",
        referrer_host=_chance.choice(["", "", "", "www.google.com", "news.ycombinator.com"]),
        country=_chance.choice(["CH", "DE", "FR", "US", "JP"]),
        browser=_chance.choice(["Chrome", "Safari", "Firefox"]),
        system=_chance.choice(["Android", "iOS", "Windows", "Mac OS X"]),
        device=_chance.choice(["phone", "desktop"]),
    )


@contextmanager
def _plane(limits: SpoolLimits | None = None) -> Iterator[tuple[Spool, EventStore, Writer]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with Spool(root / "spool", limits=limits) as spool, open_store(f"chdb://{root}/events") as store:
            writer = Writer(spool=spool, store=store)
            yield spool, store, writer
            writer.close()


async def _append_all(spool: Spool) -> list[float]:
    """The seconds that each acknowledgement took."""
    took: list[float] = []

    async def caller() -> None:
        for _ in range(APPENDS_EACH):
            event, before = _usage(), time.perf_counter()
            await spool.append(event)
            took.append(time.perf_counter() - before)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return took


def _durable() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Spool(Path(folder)) as spool:
        before = time.perf_counter()
        took = asyncio.run(_append_all(spool))
        rate = len(took) / (time.perf_counter() - before)
        commits = spool.stats().commits
    conditions = f"{CALLERS} concurrent callers, one loop, one event each, {len(took) / commits:.0f} events per fdatasync"
    return [
        Figure(
            name="durable appends a second",
            value=round(rate),
            unit="/s",
            due=10_000,
            at_least=True,
            compared_with="our promise",
            conditions=conditions,
        ),
        Figure(
            name="append, 99th percentile",
            value=statistics.quantiles(took, n=100)[98] * 1000,
            unit="ms",
            due=50,
            at_least=False,
            compared_with="our promise",
            conditions=conditions,
        ),
    ]


def _visible() -> list[Figure]:
    took = []
    with _plane() as (spool, store, writer), writer:
        store.migrate()
        for seen in range(20):
            before = time.perf_counter()
            spool.append_sync(_usage())
            while store.value("SELECT count() FROM usage_records", as_=int) == seen:
                time.sleep(0.005)
            took.append(time.perf_counter() - before)
    return [
        Figure(
            name="acknowledged to visible, slowest of 20",
            value=max(took),
            unit="s",
            due=1,
            at_least=False,
            compared_with="our promise",
            conditions=f"embedded engine, steady state; median {statistics.median(took):.2f} s",
        )
    ]


def _size_and_speed() -> list[Figure]:
    figures = []
    # One long segment age, so that the whole load waits as it would after the store was away.
    with _plane(SpoolLimits(segment_age_seconds=60)) as (spool, store, writer):
        store.migrate()
        for start in range(0, STORED, 1_000):
            spool.append_sync(*(_page_view(start + n) for n in range(500)), *(_usage(start + n) for n in range(500)))
        in_spool = spool.stats().used_bytes / STORED
        before = time.perf_counter()
        writer.flush(timeout_seconds=120)
        rate = STORED / (time.perf_counter() - before)
        for table in ("page_views", "usage_records"):
            with store._clients.lend() as client:  # noqa: SLF001 -- a statement that the product never needs
                client.command(f"OPTIMIZE TABLE {table} FINAL")
            size = store.value(_BYTES_PER_ROW, {"table": table}, as_=float)
            figures.append(_size(table.replace("_", " "), size, due=80))
    figures.append(_size("spool, both", in_spool, due=400))
    moved = Figure(
        name="spool to store",
        value=round(rate),
        unit="events/s",
        due=20_000,
        at_least=True,
        compared_with="twice the appends that are due",
        conditions=f"{STORED:,} events of two kinds after the store was away, embedded engine, parts synced to disk",
    )
    return [moved, *figures]


def _size(what: str, value: float, *, due: float) -> Figure:
    return Figure(
        name=f"bytes per event, {what}",
        value=value,
        unit="bytes",
        due=due,
        at_least=False,
        compared_with="our budget",
        conditions=f"{STORED // 2:,} of a kind, random ids, merged"
        if "spool" not in what
        else "MessagePack with names, 8 bytes of frame",
    )


def _killed() -> list[Figure]:
    """Most die while they append, two at a time in one root; every tenth dies with the engine open, while it moves segments."""
    with tempfile.TemporaryDirectory() as folder:
        root, url = Path(folder), f"chdb://{folder}/events"
        chance, acknowledged = random.Random(), []
        with ThreadPoolExecutor(2) as pool:
            rounds = [pool.submit(run_and_kill, root / "spool", None, chance, most=300) for _ in range(KILLS - KILLS // 10)]
            for one in rounds:
                acknowledged += one.result()
        for _ in range(KILLS // 10):
            acknowledged += run_and_kill(root / "spool", url, chance, most=6_000, once_stored=True)
        with Spool(root / "spool") as spool, open_store(url) as store:
            writer = Writer(spool=spool, store=store)
            writer.flush(timeout_seconds=300)
            found = all_ids(store)
            writer.close()
    conditions = f"SIGKILL at {KILLS} random moments, {KILLS // 10} with the engine open; {len(acknowledged):,} acknowledged"
    lost, twice = len(set(acknowledged) - set(found)), len(found) - len(set(found))
    return [
        Figure(name=name, value=value, unit="events", due=0, at_least=False, compared_with="exactly once", conditions=conditions)
        for name, value in (("acknowledged and lost", lost), ("stored twice", twice))
    ]


def measure() -> list[Figure]:
    """All figures of the event store."""
    return [*_durable(), *_visible(), *_size_and_speed(), *_killed()]
