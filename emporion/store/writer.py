"""Moves closed segments into the event store, each exactly once, and waits as long as it takes while the store is away.

A segment is deleted only after all of it is stored and what is computed from it is up to date; a writer that dies in between
sends the same pieces under the same tokens, and computes again.
"""

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from emporion.kernel.errors import DomainError
from emporion.store import frames, segments, stitching
from emporion.store.errors import StoreUnavailable
from emporion.store.priority import step_back
from emporion.store.query import EventStore
from emporion.store.spool import Spool
from emporion.store.types import Event, WriterStats

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.2  # finds what other processes closed; what this process closes wakes the writer at once
_LONGEST_WAIT_SECONDS = 5.0

Moved = Callable[[type[Event], Sequence[Event]], None]


class Writer:
    """Empties a spool's root into a store. Several may run over one root: one moves, the others stand by to take over.

    `on_moved(kind, events)` is called when events of a segment are stored, before the segment is deleted: an error keeps the
    segment, and both happen again, so that what it does must bear repetition.
    """

    def __init__(self, *, spool: Spool, store: EventStore, on_moved: Moved | None = None) -> None:
        self._spool = spool
        self._store = store
        self._on_moved = on_moved
        self._root = spool.root
        self._moving = threading.Lock()
        self._root_lock: int | None = None
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._events = self._segments = self._rejected = self._failures = 0
        self._problem = ""

    def start(self) -> Self:
        """Moves in the background from now on."""
        self._spool.on_sealed = self._wake.set
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stops after the segment at hand; what is left waits on the disk for the next start."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        with self._moving:
            if self._root_lock is not None:
                os.close(self._root_lock)
                self._root_lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def flush(self, timeout_seconds: float = 10.0) -> None:
        """Returns when everything acknowledged before the call can be queried; raises what keeps it from being so."""
        self._spool.seal()
        waiting = segments.sealed(self._root)
        deadline = time.monotonic() + timeout_seconds
        while any(path.exists() for path in waiting):
            if time.monotonic() > deadline:
                raise StoreUnavailable("Events are still on their way to the store.", waiting=len(waiting), problem=self._problem)
            if not self.move():
                self._stop.wait(0.01)  # another process holds the root and moves them

    def stats(self) -> WriterStats:
        """What was moved, and what is in the way."""
        return WriterStats(
            moved_events=self._events,
            moved_segments=self._segments,
            rejected_events=self._rejected,
            failures=self._failures,
            is_running=self._thread is not None and self._thread.is_alive(),
            problem=self._problem,
        )

    def move(self) -> int:
        """Moves every closed segment there is and says how many; none when another process does it."""
        with self._moving:
            if self._root_lock is None:
                self._root_lock = segments.lock(self._root / "writer.lock")
            if self._root_lock is None:
                return 0
            segments.adopt_the_dead(self._root)
            moved = 0
            for path in segments.sealed(self._root):
                if self._stop.is_set() and self._thread is threading.current_thread():
                    break
                self._move(path)
                moved += 1
            self._problem = ""
            return moved

    def _run(self) -> None:
        step_back()
        failures = 0
        while not self._stop.is_set():
            try:
                moved = self.move()
            except (DomainError, OSError) as error:
                failures += 1
                self._failures += 1
                self._problem = str(error)
                wait = min(_LONGEST_WAIT_SECONDS, 0.1 * 2 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter
                log.warning("store.writer_waits", problem=self._problem, failures=failures, seconds=round(wait, 2))
                self._stop.wait(wait)
                continue
            failures = 0
            if not moved:
                self._wake.wait(_POLL_SECONDS)
            self._wake.clear()

    def _move(self, path: Path) -> None:
        data = path.read_bytes()
        content = frames.read(data)
        rejected: list[bytes] = []
        stored: dict[type[Event], list[Event]] = defaultdict(list)
        for number, start in enumerate(range(0, len(content.records), content.chunk_records)):
            chunk = content.records[start : start + content.chunk_records]
            for kind, events in self._sorted(chunk, rejected).items():
                self._store.insert(kind, events, token=f"{path.stem}:{kind.table.name}:{number}")
                stored[kind].extend(events)
        for kind, events in stored.items():
            stitching.follow(self._store, kind, events)
            if self._on_moved is not None:
                self._on_moved(kind, events)
        if rejected:
            self._rejected += len(rejected)
            segments.set_aside(self._root, f"{path.stem}.rejected", b"".join(map(frames.frame, rejected)))
        if content.good_bytes < len(data):
            # A closed segment was whole once: this is the disk's doing, and a person should know.
            segments.set_aside(self._root, f"{path.stem}.damaged", data[content.good_bytes :])
        path.unlink()
        self._segments += 1
        self._events += len(content.records) - len(rejected)

    def _sorted(self, records: tuple[bytes, ...], rejected: list[bytes]) -> dict[type[Event], list[Event]]:
        """The events by kind, in order; what this version cannot read (a newer one wrote it) is kept aside, not lost."""
        by_kind: dict[type[Event], list[Event]] = defaultdict(list)
        for record in records:
            try:
                event = self._spool.codec.decode(record)
            except msgspec.MsgspecError:
                rejected.append(record)
                continue
            by_kind[type(event)].append(event)
        return by_kind
