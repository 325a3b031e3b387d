"""What the data plane knows of a request and of its answer, whatever server stands in front of it.

The server speaks ASGI to us: granian's own protocol costs as much of the processor, decodes `%2F` in paths and drops every header
that holds a byte above 127, and with it the cookie by which somebody opted out (docs/decisions/0014).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.types import Receive, Scope, Send

from emporion.edge.types import Answer

Header = tuple[bytes, bytes]


class BodyTooLarge(Exception):
    """More was announced or sent than the address takes; what came so far is dropped."""


class ClientGone(Exception):
    """Whoever asked has hung up; nobody reads an answer any more."""


class Exchange(Protocol):
    """One request and its answer: a whole one, or one that begins, is sent in pieces and ends.

    Header names are lower-case; of a name that came twice `headers` has the last, `raw_headers` all, in order. `path` is decoded,
    `raw_path` is not, `query` never. A stream that is not ended when its handler returns is cut off, and the client sees that.
    """

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    raw_headers: Sequence[Header]

    @property
    def raw_path(self) -> bytes:
        """The path as it was sent."""

    @property
    def query(self) -> bytes:
        """What followed the question mark."""

    @property
    def peer(self) -> str:
        """The address of whoever opened the connection."""

    async def body(self, limit: int) -> bytes:
        """The whole body; BodyTooLarge before what is too large is read, ClientGone."""

    async def answer(self, answer: Answer) -> None:
        """Sends a whole answer."""

    async def begin(self, status: int, headers: Sequence[Header]) -> None:
        """Sends the head of an answer whose body comes in pieces."""

    async def send(self, piece: bytes) -> None:
        """Sends a piece at once; returns when the server took it, so that a slow reader slows the writer."""

    async def end(self, piece: bytes = b"") -> None:
        """Sends the last piece."""

    async def break_off(self) -> None:
        """Ends an answer that has begun so that its client sees that it is not whole."""

    def gone(self) -> "asyncio.Future[None]":
        """Is done when the client hangs up; to be asked for only after the body was read."""


class AsgiExchange:
    """An exchange as an ASGI server hands it over."""

    __slots__ = ("_gone", "_receive", "_scope", "_send", "headers", "method", "path", "raw_headers")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._gone: asyncio.Future[None] | None = None
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_headers: Sequence[Header] = scope["headers"]
        self.headers: Mapping[bytes, bytes] = dict(self.raw_headers)

    @property
    def raw_path(self) -> bytes:
        """See `Exchange`."""
        sent: bytes | None = self._scope.get("raw_path")
        return sent or self.path.encode()

    @property
    def query(self) -> bytes:
        """See `Exchange`."""
        query: bytes = self._scope.get("query_string", b"")
        return query

    @property
    def peer(self) -> str:
        """See `Exchange`."""
        client: tuple[str, int] | None = self._scope.get("client")
        return client[0] if client else ""

    async def body(self, limit: int) -> bytes:
        """See `Exchange`."""
        told = self.headers.get(b"content-length", b"")
        if told and (not told.isdigit() or int(told) > limit):
            raise BodyTooLarge
        expected = int(told) if told else -1
        pieces: list[bytes] = []
        size, has_more = 0, True
        while has_more and size != expected:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            has_more = message.get("more_body", False)
            if size > limit:
                raise BodyTooLarge
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def answer(self, answer: Answer) -> None:
        """See `Exchange`."""
        await self.begin(answer.status, answer.headers)
        await self.end(answer.body)

    async def begin(self, status: int, headers: Sequence[Header]) -> None:
        """See `Exchange`."""
        await self._send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def send(self, piece: bytes) -> None:
        """See `Exchange`."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self, piece: bytes = b"") -> None:
        """See `Exchange`."""
        await self._send({"type": "http.response.body", "body": piece})

    async def break_off(self) -> None:
        """See `Exchange`; the server cuts off what its application leaves unended."""

    def gone(self) -> "asyncio.Future[None]":
        """See `Exchange`."""
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._wait_until_gone())
        return self._gone

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Socket(Protocol):
    """A WebSocket that we speak on; what its browser says is not listened to."""

    path: str

    async def accept(self) -> None:
        """Lets the browser in."""

    async def send(self, text: str) -> None:
        """Sends one message."""

    async def close(self, code: int) -> None:
        """Turns the browser away, or ends it."""

    def gone(self) -> "asyncio.Future[None]":
        """Is done when the browser goes away."""


class AsgiSocket:
    """A WebSocket as an ASGI server hands it over."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.path: str = scope["path"]
        self._receive = receive
        self._send = send
        self._gone: asyncio.Future[None] | None = None

    async def accept(self) -> None:
        """See `Socket`."""
        await self._send({"type": "websocket.accept"})

    async def send(self, text: str) -> None:
        """See `Socket`."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        """See `Socket`."""
        await self._send({"type": "websocket.close", "code": code})

    def gone(self) -> "asyncio.Future[None]":
        """See `Socket`."""
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._wait_until_gone())
        return self._gone

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "websocket.disconnect":
            pass
