"""Records that are handed to the kernel at once and reach the disk a moment later, for callers who cannot wait for the disk.

A trip to the disk takes three milliseconds where an answer may be held up for one. What is appended here survives the death of
the process from that instant (a kill loses nothing), and the death of the machine once `synced` says so; docs/decisions/0013. It
is a folder of segments like the spool's, so that the writer finds it, and closes it when its process is gone.
"""

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import structlog

from emporion.kernel.ids import new_id
from emporion.store import frames, segments
from emporion.store.errors import SpoolBroken, SpoolFull
from emporion.store.spool import Spool
from emporion.store.types import Event

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.25
_GATHER_SECONDS = 0.01
_BROKEN_SECONDS = 1.0


class _Segment:
    """An open file; `dirty_since` is when the first record came that the disk does not have yet."""

    def __init__(self, fd: int, name: str) -> None:
        self.fd = fd
        self.name = name
        self.size = 0
        self.records = 0
        self.born = time.monotonic()
        self.dirty_since: float | None = None


class Journal:
    """Beside a spool, with its limits and its codec; `append` is for one thread, which it never makes wait."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._folder, self._lock_fd = segments.make_folder(spool.root)
        self._changed = threading.Condition()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._closing = False
        self._broken_until = 0.0
        self._usage = segments.usage(spool.root)
        self._since_count = 0
        self._counted_at = time.monotonic()
        self._open = self._made()
        self.appended = self.refused = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, events: Sequence[Event]) -> None:
        """All events are the kernel's when this returns, or none is: SpoolFull, SpoolBroken, InvalidEvent."""
        data = b"".join([frames.frame(self._spool.codec.encode(event)) for event in events])
        with self._changed:
            self._require_room(len(data))
            segment = self._open
            was_clean = segment.dirty_since is None
            self._write(segment, data)
            if not segment.records:
                segment.born = time.monotonic()
            segment.records += len(events)
            self.appended += len(events)
            if was_clean:
                segment.dirty_since = time.monotonic()
                self._changed.notify()

    @property
    def behind_seconds(self) -> float:
        """For how long the oldest record waits for the disk."""
        since = self._open.dirty_since
        return 0.0 if since is None else time.monotonic() - since

    async def synced(self) -> None:
        """Returns when the disk has everything appended so far."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        with self._changed:
            if self._closing:
                return
            self._waiting.append((loop, done))
            self._changed.notify()
        await done

    def close(self) -> None:
        """Brings everything to the disk and leaves it to the writer."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._thread.join()
        os.close(self._lock_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _require_room(self, size: int) -> None:
        limits, coming = self._spool.limits, self._since_count + size
        if self._closing or time.monotonic() < self._broken_until:
            raise SpoolBroken("The journal is closed, or the disk refuses to write.")
        within = self._usage.used_bytes + coming <= limits.max_bytes
        if not within or self._usage.free_bytes - coming < limits.min_free_bytes:
            self.refused += 1
            raise SpoolFull(used_bytes=self._usage.used_bytes, max_bytes=limits.max_bytes, free_bytes=self._usage.free_bytes)
        self._since_count = coming

    def _write(self, segment: _Segment, data: bytes) -> None:
        """The whole, or nothing of it: half a record would hide those behind it."""
        try:
            written = os.write(segment.fd, data)
            while written < len(data):
                written += os.write(segment.fd, data[written:])
        except OSError as error:
            os.ftruncate(segment.fd, segment.size)
            self.refused += 1
            self._broken_until = time.monotonic() + _BROKEN_SECONDS
            raise SpoolBroken(reason=str(error)) from error
        segment.size += len(data)

    # The thread that brings things to the disk

    def _made(self) -> _Segment:
        path = self._folder / f"{new_id().hex}{segments.OPEN}"
        segment = _Segment(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600), path.name)
        os.write(segment.fd, frames.header())
        segment.size = os.fstat(segment.fd).st_size
        segments.sync_folder(self._folder)
        return segment

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, timeout=_LOOK_SECONDS)
                if not (self._waiting or self._closing):
                    # Nobody waits for the disk: one trip for many, because each holds up who writes to the file meanwhile.
                    self._changed.wait_for(self._is_urgent, timeout=_GATHER_SECONDS)
                waiting, self._waiting = self._waiting, []
                segment, closing = self._open, self._closing
                is_dirty, segment.dirty_since = segment.dirty_since is not None, None
            try:
                if is_dirty:
                    os.fdatasync(segment.fd)
                if segment.records and (closing or self._is_due(segment)):
                    self._turn_over(segment, is_last=closing)
                self._recount()
            except OSError:
                log.exception("journal.disk_refused")
                self._broken_until = time.monotonic() + _BROKEN_SECONDS
            self._settle(waiting)
            if closing:
                self._end()
                return

    def _has_work(self) -> bool:
        return bool(self._waiting or self._closing or self._open.dirty_since is not None)

    def _is_urgent(self) -> bool:
        return bool(self._waiting or self._closing)

    def _is_due(self, segment: _Segment) -> bool:
        limits = self._spool.limits
        age = limits.segment_age_seconds * max(1.0, min(4.0, segment.records / 1_000), min(20.0, self._usage.segments / 20))
        return segment.size >= limits.segment_bytes or time.monotonic() - segment.born >= age

    def _turn_over(self, segment: _Segment, *, is_last: bool) -> None:
        """Puts a fresh file in the place of a full one and hands that one to the writer."""
        fresh = None if is_last else self._made()
        with self._changed:
            self._open = fresh or segment
        os.fdatasync(segment.fd)  # what came between the last trip to the disk and the turn
        os.close(segment.fd)
        path = self._folder / segment.name
        path.rename(path.with_suffix(segments.SEALED))
        segment.records = 0
        self._spool.on_sealed()

    def _recount(self) -> None:
        if time.monotonic() - self._counted_at < _LOOK_SECONDS:
            return
        try:
            usage = segments.usage(self._spool.root)
        except FileNotFoundError:
            return  # the whole folder was taken away; whoever appends meets that
        with self._changed:
            self._usage, self._since_count, self._counted_at = usage, 0, time.monotonic()

    def _settle(self, waiting: "list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]]") -> None:
        for loop, done in waiting:
            try:
                loop.call_soon_threadsafe(_finish, done)
            except RuntimeError:
                log.info("journal.caller_gone")

    def _end(self) -> None:
        segment = self._open
        path = self._folder / segment.name
        if path.exists():  # nothing came since it was made
            os.close(segment.fd)
            path.unlink()
        with self._changed:
            waiting, self._waiting = self._waiting, []
        self._settle(waiting)


def _finish(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
