"""Runs Django's requests on lanes: threads that stay, with their database connection, instead of a new one for each request.

Django's own handler makes a thread for each request and changes threads before and after each middleware. Here the whole
chain runs in one piece on one lane; what an asynchronous view awaits, and what it streams, still runs in the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, cast

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

LANES_KEPT = 16


class Lanes:
    """Single threads for one request at a time; as many as there are requests, of which some are kept for the next ones."""

    def __init__(self) -> None:
        self._idle: list[ThreadPoolExecutor] = []
        self._made = 0

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[None]:
        """Everything synchronous below runs on one lane; only called in the event loop, so that no lock is needed."""
        lane = self._idle.pop() if self._idle else self._new()
        try:
            async with ThreadSensitiveContext(executor=lane):
                yield
        finally:
            self._give_back(lane)

    def close(self) -> None:
        """End the lanes that nobody uses, and wait until their connections are closed."""
        while self._idle:
            lane = self._idle.pop()
            self._end(lane)
            lane.shutdown(wait=True)

    def _new(self) -> ThreadPoolExecutor:
        self._made += 1
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"lane-{self._made}")

    def _give_back(self, lane: ThreadPoolExecutor) -> None:
        if len(self._idle) < LANES_KEPT:
            self._idle.append(lane)
            return
        self._end(lane)

    @staticmethod
    def _end(lane: ThreadPoolExecutor) -> None:
        lane.submit(connections.close_all)
        lane.shutdown(wait=False)


async def _pieces(file: Any, size: int) -> AsyncIterator[bytes]:
    """A file, piece by piece: left to Django it would be read whole before its first byte is sent."""
    while piece := await sync_to_async(file.read)(size):
        yield piece


async def _taken(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What a view makes piece by piece on its lane: left to Django all of it would be made before the first is sent."""
    while (piece := await sync_to_async(lambda: next(parts, None))()) is not None:
        yield piece


class Handler(ASGIHandler):
    """Django's handler with signals, middleware and view in one piece on one lane: one change of threads, not one for each."""

    def __init__(self) -> None:
        super().__init__()
        self._lanes = Lanes()
        self._chain = BaseHandler()
        self._chain.load_middleware(is_async=False)

    def close(self) -> None:
        """Give back the threads and connections of what has been served."""
        self._lanes.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        async with self._lanes.lend():
            await self.handle(scope, receive, send)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; a reader who leaves a stream ends it."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        set_script_prefix(get_script_prefix(scope))
        try:
            request, refused = self.create_request(scope, body)
            if request is None:
                await self.send_response(cast("HttpResponseBase", refused), send)
                return
            response = await sync_to_async(self._respond)(request, scope)
            if not response.streaming:
                await self.send_response(response, send)
                return
            try:
                await self._stream(response, receive, send)
            finally:
                await sync_to_async(response.close)()
        finally:
            body.close()

    def _respond(self, request: HttpRequest, scope: Any) -> HttpResponseBase:
        """The response; a whole one is finished here, on the lane, before it is sent."""
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self._chain.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]  # noqa: SLF001 - the sender of request_finished
        if isinstance(response, FileResponse) and response.file_to_stream is not None:
            response.streaming_content = _pieces(response.file_to_stream, self.chunk_size)
        elif isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _taken(iter(cast("Iterator[bytes]", response.streaming_content)))
        if not response.streaming:
            response.close()
        return response

    async def _stream(self, response: HttpResponseBase, receive: Any, send: Any) -> None:
        """Send a stream until it ends or its reader leaves."""
        gone = asyncio.create_task(self.listen_for_disconnect(receive))
        sent = asyncio.create_task(self.send_response(response, send))
        try:
            await asyncio.wait((gone, sent), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, sent):
                task.cancel()
            outcomes = await asyncio.gather(gone, sent, return_exceptions=True)
        expected = (asyncio.CancelledError, RequestAborted)
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, expected):
                raise outcome
