"""Pushes what happens on a website to the browsers that watch it, the moment it is acknowledged.

A watcher that does not keep up loses the oldest messages; the page asks for the whole state every few seconds in any case.
"""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from emporion.edge.collect.types import Visit
from emporion.edge.transport import Socket
from emporion.insights.live.tickets import site_of

PATH = "/realtime/"
MOST_WAITING = 100
MOST_WATCHERS = 1_000
_POLICY_VIOLATION, _TRY_AGAIN = 1008, 1013


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher is told of an event; nothing that names a person."""

    visitor: UUID
    kind: str
    name: str
    path: str
    country: str
    source: str
    device: str
    browser: str
    at: datetime


class Hub:
    """The watchers of this process, by website; used from the event loop's own thread."""

    def __init__(self) -> None:
        self._watchers: dict[UUID, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self._encoder = msgspec.json.Encoder()
        self._count = 0

    def publish(self, event: Visit) -> None:
        """Tells the watchers of its website of an event; costs nothing where nobody watches."""
        if not self._watchers:
            return
        watchers = self._watchers.get(event.site_id)
        if not watchers:
            return
        message = self._encoder.encode(
            Step(
                visitor=event.visitor_id,
                kind=event.kind,
                name=event.name,
                path=event.path,
                country=event.country,
                source=event.source,
                device=event.device,
                browser=event.browser,
                at=event.occurred_at,
            )
        )
        for queue in watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    @property
    def is_full(self) -> bool:
        """Whether another watcher would be too many."""
        return self._count >= MOST_WATCHERS

    def enter(self, site_id: UUID) -> asyncio.Queue[bytes]:
        """A new watcher's messages."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self._watchers[site_id].add(queue)
        self._count += 1
        return queue

    def leave(self, site_id: UUID, queue: asyncio.Queue[bytes]) -> None:
        """Forgets a watcher."""
        self._watchers[site_id].discard(queue)
        self._count -= 1
        if not self._watchers[site_id]:
            del self._watchers[site_id]


async def watch(socket: Socket, *, hub: Hub, key: bytes) -> None:
    """Serves one WebSocket at /realtime/<ticket> until its browser goes away."""
    site_id = site_of(socket.path.removeprefix(PATH), key=key, now=datetime.now(UTC))
    if site_id is None or hub.is_full:
        await socket.close(_POLICY_VIOLATION if site_id is None else _TRY_AGAIN)
        return
    await socket.accept()
    queue = hub.enter(site_id)
    gone = socket.gone()
    try:
        while not gone.done():
            message = asyncio.ensure_future(queue.get())
            waiting: set[asyncio.Future[Any]] = {gone, message}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if message.done():
                await socket.send(message.result().decode())
            else:
                message.cancel()
    finally:
        gone.cancel()
        hub.leave(site_id, queue)
