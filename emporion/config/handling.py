"""Runs Django's requests on lanes: threads that stay, with their database connection, instead of a new one for each request.

Django's own handler makes a thread for each request and changes threads before and after each middleware. Here the whole
chain runs in one piece on one lane; what an asynchronous view awaits, and what it streams, still runs in the event loop.
"""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

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

    def _new(self) -> ThreadPoolExecutor:
        self._made += 1
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"lane-{self._made}")

    def _give_back(self, lane: ThreadPoolExecutor) -> None:
        if len(self._idle) < LANES_KEPT:
            self._idle.append(lane)
            return
        lane.submit(connections.close_all)
        lane.shutdown(wait=False)


class Handler(ASGIHandler):
    """Django's handler with the middleware chain in one piece on one lane."""

    def __init__(self) -> None:
        super().__init__()
        self._lanes = Lanes()
        self._chain = BaseHandler()
        self._chain.load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        async with self._lanes.lend():
            await self.handle(scope, receive, send)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The response, made on the lane of this request."""
        return await sync_to_async(self._chain.get_response)(request)
