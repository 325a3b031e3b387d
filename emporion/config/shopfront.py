"""Answers the searches of strangers from memory, in front of Django; everybody else goes on to Django.

A stranger is a request without any cookie and without a token: nothing about a person can then be in the answer, and no answer
made for a person can be kept. What stands around the results, and every header, is what Django itself answered to a stranger
who asked for the bare address at the same state of the catalogue.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connections
from django.http import HttpRequest, QueryDict
from django.utils import translation
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emporion.market import answering, index
from emporion.market.searching import Index
from emporion.market.types import Answer
from emporion.plumbing.types import Actor

LONGEST_QUERY = 1_000
MOST_BYTES = 24 * 1024 * 1024
PAGE, API = "/marketplace/", "/api/marketplace/offerings/"
PERSONAL = {b"cookie", b"authorization"}
NO_PAGE = re.compile(rb"(?:^|&)page=(?!\d+(?:&|$))")  # the API says what is wrong with it
HTMX_ELSEWHERE = {b"hx-boosted", b"hx-history-restore-request"}

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What tells one answer from another: nothing else of a request is looked at."""

    path: str
    query: bytes
    is_fragment: bool
    language: str
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Django's headers, and what stands before and after the middle of its page."""

    headers: Headers
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A whole answer, ready to be sent."""

    headers: Headers
    body: bytes


class Shopfront:
    """The door for strangers; holds answers for one state of the catalogue, the least used dropped first."""

    def __init__(self, django: ASGIApp, most_bytes: int = MOST_BYTES) -> None:
        self._django = django
        self._most_bytes = most_bytes
        self._version = UUID(int=0)
        self._kept: OrderedDict[Asked, Kept] = OrderedDict()
        self.bytes_kept = 0
        self._frames: dict[Asked, Frame] = {}
        self._reading: asyncio.Future[Index] | None = None
        self._reader = _one_thread()

    def close(self) -> None:
        """End the thread that reads the table, and its connection; whoever still asks gets another one."""
        reader, self._reader = self._reader, _one_thread()
        reader.submit(connections.close_all)
        reader.shutdown(wait=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a stranger's search; pass everything else on."""
        asked = asked_by_stranger(scope)
        kept = await self._answer(asked, scope) if asked else None
        if kept is None:
            await self._django(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
        await send({"type": "http.response.body", "body": kept.body})

    async def _answer(self, asked: Asked, scope: Scope) -> Kept | None:
        catalogue = index.latest() or await self._read()
        if catalogue.version != self._version:
            self._start_afresh(catalogue.version)
        if (kept := self._kept.get(asked)) is not None:
            self._kept.move_to_end(asked)
            return kept
        frame = await self._frame(asked, scope)
        if frame is None:
            return None
        kept = _made(asked, frame, catalogue)
        if catalogue.version == self._version:
            self._keep(asked, kept)
        return kept

    async def _read(self) -> Index:
        """Compare with the table in a thread, once for all who wait."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().run_in_executor(self._reader, _current)
        reading = self._reading
        try:
            return await asyncio.shield(reading)
        finally:
            if self._reading is reading and reading.done():
                self._reading = None

    async def _frame(self, asked: Asked, scope: Scope) -> Frame | None:
        """Django's own answer to the bare address, without what is personal; None where it is not a stranger's page."""
        bare = Asked(path=asked.path, query=b"", is_fragment=asked.is_fragment, language=asked.language, scheme=asked.scheme)
        if (frame := self._frames.get(bare)) is None:
            version = self._version
            frame = await _framed(self._django, scope)
            if frame is not None and version == self._version:
                self._frames[bare] = frame
        return frame

    def _keep(self, asked: Asked, kept: Kept) -> None:
        if asked not in self._kept:
            self.bytes_kept += len(kept.body)
        self._kept[asked] = kept
        while self.bytes_kept > self._most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.bytes_kept -= len(dropped.body)

    def _start_afresh(self, version: UUID) -> None:
        self._kept.clear()
        self._frames.clear()
        self.bytes_kept = 0
        self._version = version


def _one_thread() -> ThreadPoolExecutor:
    """What reads the table, with the one connection that it needs; it begins at the first question."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="shopfront")


def asked_by_stranger(scope: Scope) -> Asked | None:
    """What a stranger asks of the marketplace; None for everybody and everything else."""
    if scope["path"] not in {PAGE, API} or scope["method"] != "GET" or not settings.ANONYMOUS_BROWSING:
        return None
    headers = dict(scope["headers"])
    query: bytes = scope["query_string"]
    if headers.keys() & (PERSONAL | HTMX_ELSEWHERE) or len(query) > LONGEST_QUERY or scope.get("root_path"):
        return None
    if scope["path"] == API and NO_PAGE.search(query):
        return None
    return Asked(
        path=scope["path"],
        query=query,
        is_fragment=scope["path"] == PAGE and headers.get(b"hx-request") == b"true",
        language=_language(headers.get(b"accept-language", b"").decode("latin-1")),
        scheme=scope["scheme"],
    )


def _language(accepted: str) -> str:
    """The language that Django would choose for this header."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(request)


def _current() -> Index:
    """The catalogue as the table has it; on a thread that keeps its connection, so what died meanwhile is let go."""
    close_old_connections()
    return index.current()


def _made(asked: Asked, frame: Frame, catalogue: Index) -> Kept:
    """The answer, from memory alone: it runs in the event loop."""
    make: Callable[[QueryDict, Actor], Answer] = answering.page
    if asked.path == API:
        make = answering.program
    elif asked.is_fragment:
        make = answering.fragment
    with translation.override(asked.language), index.pinned(catalogue):
        found = make(QueryDict(asked.query), Actor.anonymous())
    body = f"{frame.before}{found.body}{frame.after}".encode()
    headers = [*frame.headers, (b"Content-Length", str(len(body)).encode())]
    if asked.is_fragment:
        headers.append((b"HX-Replace-Url", found.address.encode()))
    return Kept(headers=tuple(headers), body=body)


async def _framed(django: ASGIApp, scope: Scope) -> Frame | None:
    """Ask Django as a stranger without words would; an answer that sets a cookie, or is not a page, is nobody else's."""
    start, body = await _answered(django, {**scope, "query_string": b""})
    headers: Headers = tuple((name, value) for name, value in start["headers"])
    names = {name.lower() for name, _ in headers}
    if start["status"] != 200 or b"set-cookie" in names:
        return None
    own = tuple((name, value) for name, value in headers if name.lower() not in {b"content-length", b"hx-replace-url"})
    if b"hx-replace-url" in names or scope["path"] == API:
        return Frame(headers=own, before="", after="")
    around = answering.everything_around(body.decode())
    return Frame(headers=own, before=around[0], after=around[1]) if around else None


async def _answered(application: ASGIApp, scope: Scope) -> tuple[Message, bytes]:
    """The whole answer of an application to a request without a body."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await application(scope, receive, send)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])
