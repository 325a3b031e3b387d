"""An event is acknowledged when it is on the disk, and many callers share one trip to the disk.

One thread writes: it takes all records that wait, writes them, syncs once, and acknowledges them all (group commit).
"""

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, Union

import msgspec
import structlog

from emporion.kernel.ids import new_id
from emporion.store import frames, segments
from emporion.store.errors import InvalidEvent, SpoolBroken, SpoolFull
from emporion.store.schemas import KINDS
from emporion.store.tables import is_storable, moments_of
from emporion.store.types import Event, SpoolLimits, SpoolStats

log = structlog.get_logger(__name__)

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RECOUNT_SECONDS = 0.25


class EventCodec:
    """Events to bytes and back; what it accepts can be stored, so that the writer never meets a poisoned record."""

    def __init__(self, kinds: Sequence[type[Event]] = KINDS) -> None:
        self._kinds = frozenset(kinds)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Union[tuple(kinds)])  # noqa: UP007

    def encode(self, event: Event) -> bytes:
        """The bytes of an event that fits its schema; anything else is refused with the place and the reason."""
        if type(event) not in self._kinds:
            raise InvalidEvent(kind=type(event).__name__, reason="this kind is not registered")
        try:
            payload = self._encoder.encode(event)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
            raise InvalidEvent(kind=type(event).__name__, reason=str(error)) from error
        self.check(payload, kind=type(event).__name__)
        return payload

    def check(self, payload: bytes, *, kind: str = "event") -> None:
        """Refuses bytes that are not an event of a registered kind which the store can keep."""
        try:
            event = self._decoder.decode(payload)
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            raise InvalidEvent(kind=kind, reason=str(error)) from error
        for name in moments_of(type(event)):
            if not is_storable(getattr(event, name)):
                raise InvalidEvent(kind=kind, reason="an instant lies outside 1970-2199")

    def decode(self, payload: bytes) -> Event:
        """The event that was encoded, by this version or an older one."""
        return self._decoder.decode(payload)


class _Batch:
    """Records that go to the disk together, and those who wait for them."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.size = 0
        self.done = threading.Event()
        self.error: Exception | None = None
        self.waiting: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}

    def settle(self, error: Exception | None) -> None:
        """Tells everybody who waits, on whichever thread or loop they wait."""
        self.error = error
        self.done.set()
        for loop, futures in self.waiting.items():
            try:
                loop.call_soon_threadsafe(self._settle_loop, futures)
            except RuntimeError:
                log.info("spool.caller_gone", callers=len(futures))

    def _settle_loop(self, futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            if future.done():
                continue  # cancelled: the event is on the disk all the same
            if self.error is None:
                future.set_result(None)
            else:
                future.set_exception(self.error)


class _Segment:
    """The file that is being written; `size` is what is known to be on the disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{new_id().hex}{segments.OPEN}"
        self.fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self.size = 0
        self.records = 0
        self.born = time.monotonic()
        try:
            self.write(frames.header())
            segments.sync_folder(folder)
        except OSError:
            os.close(self.fd)
            self.path.unlink()
            raise

    def write(self, data: bytes) -> None:
        """All of the bytes on the disk, or none of them and an OSError."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self.fd, left) :]
            os.fdatasync(self.fd)
        except OSError:
            os.ftruncate(self.fd, self.size)
            raise
        self.size += len(data)

    def seal(self) -> None:
        """Hands the file to the writer; a file without records is removed. After an OSError it may be called again."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        if self.records:
            self.path.rename(self.path.with_suffix(segments.SEALED))
        else:
            self.path.unlink()


class Spool:
    """A durable queue of events in a folder that several processes may share, each with a `Spool` of its own.

    Use from any thread and any event loop. Opened in one process, it is not usable in a child made by fork.
    """

    def __init__(self, root: Path, *, limits: SpoolLimits | None = None, kinds: Sequence[type[Event]] = KINDS) -> None:
        self.root = Path(root)
        self.limits = limits or SpoolLimits()
        self.codec = EventCodec(kinds)
        self.on_sealed: Callable[[], None] = lambda: None
        self._folder, self._lock_fd = segments.make_folder(self.root)
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._batch = self._writing = _Batch()
        self._unsealed: list[_Segment] = []
        self._sealing: list[threading.Event] = []
        self._closing = False
        self._segment: _Segment | None = None
        self._appended = self._commits = self._refused = 0
        self._usage, self._counted_at, self._since_count = segments.usage(self.root), time.monotonic(), 0
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    # Callers

    async def append(self, *events: Event) -> None:
        """Returns when the events are on the disk; raises when they are not (SpoolFull, SpoolBroken, InvalidEvent)."""
        await self._acknowledged(self._encode(events))

    async def append_records(self, records: Sequence[bytes]) -> None:
        """`append` for events that are encoded already; what is no event is refused, and then nothing is recorded."""
        for record in records:
            self.codec.check(record)
            self._require_size(record, "event")
        await self._acknowledged([frames.frame(record) for record in records])

    async def _acknowledged(self, records: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        acknowledged = loop.create_future()
        with self._changed:
            batch = self._enqueue(records)
            batch.waiting.setdefault(loop, []).append(acknowledged)
        await acknowledged

    def append_sync(self, *events: Event) -> None:
        """`append` for threads: blocks for one trip to the disk."""
        records = self._encode(events)
        with self._changed:
            batch = self._enqueue(records)
        batch.done.wait()
        if batch.error is not None:
            raise batch.error

    def _encode(self, events: Sequence[Event]) -> list[bytes]:
        records = [self.codec.encode(event) for event in events]
        for event, record in zip(events, records, strict=True):
            self._require_size(record, type(event).__name__)
        return [frames.frame(record) for record in records]

    def _require_size(self, record: bytes, kind: str) -> None:
        if len(record) > self.limits.record_bytes:
            raise InvalidEvent(kind=kind, reason=f"larger than {self.limits.record_bytes} bytes")

    def _enqueue(self, records: list[bytes]) -> _Batch:
        if self._closing or os.getpid() != self._pid:
            raise SpoolBroken("The spool is closed, or was opened by a parent process.")
        size = sum(map(len, records))
        self._require_room(size, len(records))
        batch = self._batch
        batch.frames.extend(records)
        batch.size += size
        self._since_count += size
        if len(batch.frames) == len(records):
            self._changed.notify()
        return batch

    def _require_room(self, size: int, records: int) -> None:
        if self._has_room(size):
            return
        if time.monotonic() - self._counted_at > _RECOUNT_SECONDS:
            self._recount()
        if not self._has_room(size):
            self._refused += records
            raise self._full()

    def _has_room(self, size: int) -> bool:
        coming = self._since_count + size
        within = self._usage.used_bytes + coming <= self.limits.max_bytes
        return within and self._usage.free_bytes - coming >= self.limits.min_free_bytes

    def _full(self) -> SpoolFull:
        return SpoolFull(
            used_bytes=self._usage.used_bytes,
            max_bytes=self.limits.max_bytes,
            free_bytes=self._usage.free_bytes,
            retry_after_seconds=1,
        )

    def _recount(self) -> None:
        # Records between here and the disk are counted as new ones still: at worst a moment too many, never too few.
        self._since_count = self._batch.size
        self._usage, self._counted_at = segments.usage(self.root), time.monotonic()

    def stats(self) -> SpoolStats:
        """The gauge, counted now."""
        with self._changed:
            self._recount()
            return SpoolStats(
                segments=self._usage.segments,
                used_bytes=self._usage.used_bytes,
                max_bytes=self.limits.max_bytes,
                free_bytes=self._usage.free_bytes,
                oldest_seconds=self._usage.oldest_seconds,
                damaged_files=self._usage.damaged_files,
                appended=self._appended,
                commits=self._commits,
                refused=self._refused,
            )

    def seal(self) -> None:
        """Returns when everything acknowledged so far lies in closed segments, where the writer takes it."""
        sealed = threading.Event()
        with self._changed:
            if self._closing:
                return
            self._sealing.append(sealed)
            self._changed.notify()
        sealed.wait()

    def close(self) -> None:
        """Writes and acknowledges what waits, closes the segment and gives the folder to whoever writes next."""
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

    # The thread that writes

    def _run(self) -> None:
        try:
            while not self._turn():
                pass
        finally:
            # Whatever ended this thread, nobody waits for ever: what is not on the disk by now is not recorded.
            with self._changed:
                self._closing = True
                batches = (self._writing, self._batch)
            for batch in batches:
                if not batch.done.is_set():
                    batch.settle(SpoolBroken("The spool is closed."))
            for sealed in self._sealing:
                sealed.set()

    def _turn(self) -> bool:
        """Waits for work and does it once; true when it was the last time."""
        with self._changed:
            self._changed.wait_for(self._has_work, timeout=self._seconds_left())
            batch, self._batch = self._batch, _Batch()
            sealing, self._sealing = self._sealing, []
            self._writing, closing = batch, self._closing
        if batch.frames:
            batch.settle(self._commit(batch))
        if sealing or closing or self._is_due():
            self._seal()
        for sealed in sealing:
            sealed.set()
        return closing

    def _has_work(self) -> bool:
        return bool(self._batch.frames or self._sealing or self._closing)

    def _age_limit(self) -> float:
        # While the store is away segments pile up; longer ones then keep their number, and the catching up, small. So does a
        # rush: what the store does for each segment then costs the time that acknowledging needs.
        rush = min(4.0, self._segment.records / 1_000) if self._segment else 1.0
        return self.limits.segment_age_seconds * max(1.0, rush, min(20.0, self._usage.segments / 20))

    def _seconds_left(self) -> float | None:
        if self._segment is None:
            return None
        return max(0.0, self._segment.born + self._age_limit() - time.monotonic())

    def _is_due(self) -> bool:
        left = self._seconds_left()
        return self._segment is not None and (left == 0.0 or self._segment.size >= self.limits.segment_bytes)

    def _commit(self, batch: _Batch) -> Exception | None:
        """Puts a batch on the disk; the error, if any, goes to each of its callers."""
        try:
            if self._segment is None:
                self._segment = _Segment(self._folder)
            self._segment.write(b"".join(batch.frames))
        except OSError as error:
            log.exception("spool.write_failed", records=len(batch.frames))
            self._seal()
            with self._changed:
                self._refused += len(batch.frames)
            return self._full() if error.errno in _NO_ROOM else SpoolBroken(reason=str(error))
        self._segment.records += len(batch.frames)
        self._appended += len(batch.frames)
        self._commits += 1
        return None

    def _seal(self) -> None:
        if self._segment is not None:
            self._unsealed.append(self._segment)
            self._segment = None
        try:
            for segment in tuple(self._unsealed):
                segment.seal()
                self._unsealed.remove(segment)
            with self._changed:
                self._recount()
        except OSError:
            log.exception("spool.seal_failed", segments=len(self._unsealed))  # tried again with the next segment
        self.on_sealed()
