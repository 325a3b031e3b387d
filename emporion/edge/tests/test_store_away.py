"""While the event store is away: events are kept, their room is bounded, a person is told; afterwards all are there."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from emporion.edge.tests.world import World, new_visitor, seen
from emporion.store import Writer, open_store
from emporion.store.backlog import backlog
from emporion.store.shared import close_shared
from emporion.store.types import SpoolLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    event_id: UUID


@pytest.mark.requirement("REL-01", "REL-02", "INS-03")
async def test_what_was_acknowledged_while_the_store_was_away_is_there_when_it_is_back(tmp_path: Path) -> None:
    world = World(home=tmp_path, limits=SpoolLimits(max_bytes=60_000, min_free_bytes=0))
    taken, refused = 0, 0
    for _ in range(40):
        reply = await world.send([seen(visitorId=new_visitor()) for _ in range(10)])
        taken, refused = taken + 10 * (reply.status == 202), refused + (reply.status == 503)
    assert taken
    assert refused
    waiting = backlog(world.settings.spool, world.spool.limits)
    assert waiting.waiting_bytes <= 60_000
    assert waiting.is_alarming
    close_shared()  # a process opens one embedded store at a time
    with open_store(f"chdb://{tmp_path}/events") as store:
        writer = Writer(spool=world.spool, store=store)
        writer.flush(timeout_seconds=60)
        rows = store.rows("SELECT event_id FROM site_events", as_=Row)
        writer.close()
    assert len({row.event_id for row in rows}) == len(rows) == taken
    assert (await world.send(seen())).status == 202
    world.close()


@pytest.mark.requirement("REL-02", "INS-03")
async def test_events_that_wait_for_a_minute_raise_the_alarm(world: World) -> None:
    assert not backlog(world.settings.spool).is_alarming
    await world.send(seen())
    world.spool.seal()
    assert not backlog(world.settings.spool).is_alarming
    for path in world.settings.spool.rglob("*.seg"):
        os.utime(path, (time.time() - 600, time.time() - 600))
    assert backlog(world.settings.spool).is_alarming
    assert not backlog(world.home / "nowhere").is_alarming
