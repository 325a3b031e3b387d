"""A process that records events and says on stdout which are acknowledged, until it is killed. Called: SPOOL [URL [opened]].

Four threads and four tasks append at once; with a URL it also moves its segments into the store, as the server does, and says
`stored` when the first one is there. With `opened` it appends only once the store is open, in fewer segments: until one is stored
a busy machine would make hundreds.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path

from emporion.store import Spool, Writer, open_store
from emporion.store.tests.events import call, view
from emporion.store.types import SpoolLimits


def say(event_id: object) -> None:
    # One write of one line: a kill leaves whole lines, and at worst one torn one at the end.
    os.write(1, f"{event_id}\n".encode())


def in_thread(spool: Spool) -> None:
    while True:
        event = view()
        spool.append_sync(event, call())
        say(event.event_id)


async def in_task(spool: Spool) -> None:
    while True:
        events = [view(), view()]
        await spool.append(*events)
        for event in events:
            say(event.event_id)


def say_stored(writer: Writer) -> None:
    while not writer.stats().moved_segments:
        threading.Event().wait(0.01)
    say("stored")


async def main() -> None:
    is_opened = sys.argv[3:] == ["opened"]
    # Small segments, so that a kill meets every stage: writing, sealing, moving, deleting.
    small = SpoolLimits(segment_age_seconds=0.02, segment_bytes=100_000)
    spool = Spool(Path(sys.argv[1]), limits=SpoolLimits(segment_age_seconds=0.2) if is_opened else small)
    if len(sys.argv) > 2:
        store = open_store(sys.argv[2])
        if is_opened:
            store.migrate()
        writer = Writer(spool=spool, store=store).start()
        threading.Thread(target=say_stored, args=(writer,), daemon=True).start()
    for _ in range(4):
        threading.Thread(target=in_thread, args=(spool,), daemon=True).start()
    await asyncio.gather(*(in_task(spool) for _ in range(4)))


if __name__ == "__main__":
    asyncio.run(main())
