"""HTTP/1.1 to an upstream: one connection, kept alive between calls, on httptools and asyncio alone.

A client for everything takes several times as long; this one knows what a gateway needs and no more. It reads
what the upstream sends as it comes, stops reading when nobody takes it, and tells apart how an answer can fail.
"""

import asyncio
from collections import deque
from typing import cast

import httptools

Header = tuple[bytes, bytes]

LARGEST_HEAD = 64 * 1024
_MOST_BETWEEN = 64 * 1024  # bytes of chunk marks and trailers in a row that bring nothing of a body
_HIGH_WATER = 256 * 1024
_ROUTES_END = frozenset({204, 304})


class UpstreamFault(Exception):
    """An answer failed; `had_begun` says whether any byte of it had come."""

    def __init__(self, reason: str, *, had_begun: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.had_begun = had_begun


class NoConnection(UpstreamFault):
    """There was none to be had: name, network or certificate; nothing was sent."""


class Hung(UpstreamFault):
    """Nothing came for longer than the upstream may take."""


class CutShort(UpstreamFault):
    """The connection ended before the answer did."""


class NotHttp(UpstreamFault):
    """What came is not HTTP, or its head is larger than anybody's."""


class Head:
    """How an answer begins; names are lower-case. `is_delimited` says that its end is marked, by a length or by chunks."""

    __slots__ = ("headers", "is_delimited", "length", "status")

    def __init__(self, status: int, headers: list[Header]) -> None:
        self.status = status
        self.headers = headers
        self.length = -1
        self.is_delimited = status in _ROUTES_END
        for name, value in headers:
            if name == b"content-length" and value.isdigit():
                self.length, self.is_delimited = int(value), True
            elif name == b"transfer-encoding" and b"chunked" in value.lower():
                self.is_delimited = True

    def get(self, name: bytes) -> bytes:
        """The first header of a name, empty where there is none."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""


class Connection(asyncio.Protocol):
    """One connection; carries one call after the other, never two at once."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._pieces: deque[bytes] = deque()
        self._queued = 0
        self._is_paused = False
        self._fault: UpstreamFault | None = None
        self._reset(is_head=False)
        self.is_open = False
        self.calls = 0
        self.idle_since = 0.0

    def _reset(self, *, is_head: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[Header] = []
        self._head_bytes = 0
        self._idle_bytes = 0
        self._head: Head | None = None
        self._is_head = is_head
        self._is_complete = False
        self._is_informational = False
        self._keeps_alive = False

    # What a caller does

    def send(self, data: bytes, *, is_head: bool) -> None:
        """Sends a whole request; the connection must be idle."""
        self._reset(is_head=is_head)
        self.calls += 1
        assert self._transport is not None
        self._transport.write(data)

    async def head(self) -> Head:
        """How the answer begins; UpstreamFault."""
        while self._head is None:
            await self._wait()
        return self._head

    async def piece(self) -> bytes:
        """The next bytes of the body as they came, empty at its end; UpstreamFault."""
        while not self._pieces:
            if self._is_complete:
                return b""
            await self._wait()
        if len(self._pieces) == 1:
            data = self._pieces.popleft()
        else:
            data = b"".join(self._pieces)
            self._pieces.clear()
        self._queued = 0
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    @property
    def has_piece(self) -> bool:
        """Whether the next piece, or the end, can be had without waiting."""
        return bool(self._pieces) or self._is_complete

    @property
    def is_done(self) -> bool:
        """Whether all of the answer has come."""
        return self._is_complete

    @property
    def is_reusable(self) -> bool:
        """Whether another call may follow on this connection."""
        return self.is_open and self._is_complete and self._keeps_alive and not self._pieces and not self._is_head

    def close(self) -> None:
        """Ends it at once; whoever waits for an answer is told that it was cut short."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        if self._fault is not None:
            raise self._fault
        if not self.is_open:
            raise CutShort("the connection is closed", had_begun=self._head_bytes > 0)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, fault: UpstreamFault) -> None:
        if self._fault is None:
            self._fault = fault
        self._wake()
        self.close()

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without being one
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`; what comes without having been asked for ends the connection."""
        if self._is_complete or not self.calls:
            self.close()
            return
        if self._head is None:
            self._head_bytes += len(data)
        self._idle_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(NotHttp("the upstream changed to another protocol", had_begun=True))
            return
        except httptools.HttpParserError as error:
            if not self.is_done:  # bytes after the end are a false length; the answer itself is whole
                self._fail(NotHttp(str(error)[:200] or type(error).__name__, had_begun=True))
                return
            self.is_open = False
        if self._head is None and self._head_bytes > LARGEST_HEAD:
            self._fail(NotHttp("the head of the answer is too large", had_begun=True))
            return
        if self._head is not None and not self.is_done and self._idle_bytes > _MOST_BETWEEN:
            self._fail(NotHttp("what stands around the answer is too large", had_begun=True))
            return
        self._wake()

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`; an answer without a marked end ends here."""
        self.is_open = False
        if not self._is_complete:
            if self._head is not None and not self._head.is_delimited and error is None:
                self._is_complete = True
            elif self._fault is None:
                reason = "the connection was reset" if error is not None else "the connection was closed"
                self._fault = CutShort(reason, had_begun=self._head_bytes > 0)
        self._wake()

    # What the parser tells

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools; trailers pass nobody."""
        if self._head is None:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """See httptools; 100 and 103 are no answer yet."""
        status = self._parser.get_status_code()
        self._is_informational = 100 <= status < 200 and status != 101
        if not self._is_informational:
            self._head = Head(status, self._headers)
            if self._is_head:
                self._is_complete = True
        self._headers = []

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._idle_bytes = 0
        self._pieces.append(body)
        self._queued += len(body)
        if self._queued > _HIGH_WATER and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """See httptools."""
        if not self._is_informational:
            self._is_complete = True
            self._keeps_alive = self._parser.should_keep_alive()
