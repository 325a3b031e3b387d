"""The server's own handler: whole answers, streams, readers who leave, and threads that stay."""

import asyncio
import io
import threading
import warnings
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from emporion.config.handling import Handler

ended: list[str] = []


def whole(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.body.decode()} {threading.get_ident()}")


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            if "endless" in request.GET:
                await asyncio.Event().wait()
            yield b" last"
        finally:
            ended.append("stream")

    return StreamingHttpResponse(parts())


class Noted(io.BytesIO):
    """A file that says when it is closed and how often it was read."""

    def read(self, size: int | None = -1) -> bytes:
        ended.append("read")
        return super().read(size)

    def close(self) -> None:
        ended.append("closed")
        super().close()


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Noted(b"\xc3\xa9" * 100_000), content_type="application/octet-stream")


def rows(request: HttpRequest) -> StreamingHttpResponse:
    """As a view exports what it reads from a store: each piece is made when it is asked for."""

    def made() -> Iterator[bytes]:
        try:
            for number in range(3):
                ended.append(f"row {number}")
                yield f"é{number}\n".encode()
        finally:
            ended.append("closed")

    return StreamingHttpResponse(made(), content_type="text/csv")


urlpatterns = [path("rows/", rows), path("whole/", whole), path("stream/", stream), path("file/", file)]
pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _these_addresses():
    ended.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield


def client(handler: Handler) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(handler), base_url="http://testserver")


async def test_requests_one_after_the_other_share_a_thread_and_its_connection() -> None:
    async with client(Handler()) as browser:
        threads = {(await browser.post("/whole/", content="olá")).text for _ in range(3)}
    assert len(threads) == 1
    assert threads.pop().startswith("olá ")


async def test_every_request_is_finished_once() -> None:
    finished = []

    def note(**_: object) -> None:
        finished.append(threading.get_ident())

    request_finished.connect(note)
    try:
        async with client(Handler()) as browser:
            await browser.get("/whole/")
            assert (await browser.get("/stream/")).text == "first last"
    finally:
        request_finished.disconnect(note)
    assert len(finished) == 2
    assert threading.get_ident() not in finished


@pytest.mark.requirement("BUY-17")
async def test_a_file_is_sent_in_pieces_and_closed_afterwards() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with client(Handler()) as browser:
            answer = await browser.get("/file/")
    assert answer.content == "é".encode() * 100_000
    assert ended == ["read"] * 5 + ["closed"]


@pytest.mark.requirement("INS-07")
async def test_rows_are_sent_as_they_are_made() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sent = await sent_for(Handler(), "GET", "/rows/")
    assert b"".join(message.get("body", b"") for message in sent) == "é0\né1\né2\n".encode()
    assert ended == ["row 0", "sent", "row 1", "sent", "row 2", "sent", "closed"]


async def test_head_sends_no_body_begins_no_stream_and_closes_the_file() -> None:
    with override_settings(MIDDLEWARE=["emporion.plumbing.middleware.HeadMiddleware"]):
        handler = Handler()
    for address in ("/whole/", "/rows/", "/stream/", "/file/"):
        ended.clear()
        sent = await sent_for(handler, "HEAD", address)
        assert sent[0]["status"] == 200
        assert b"".join(message.get("body", b"") for message in sent) == b"", address
        assert set(ended) <= {"closed"}, address
    assert ended == ["closed"]


async def sent_for(handler: Handler, method: str, address: str) -> list[dict]:
    """What the server is told to send: a client would throw away a body that it should not have been sent."""
    sent: list[dict] = []
    received = iter([{"type": "http.request", "body": b""}])

    async def receive() -> dict[str, object]:
        if (message := next(received, None)) is not None:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict) -> None:
        sent.append(message)
        if message.get("body"):
            ended.append("sent")

    await handler({"type": "http", "method": method, "path": address, "query_string": b"", "headers": []}, receive, send)
    return sent


async def test_a_reader_who_leaves_ends_the_stream() -> None:
    left, sent = asyncio.Event(), []
    scope = {"type": "http", "method": "GET", "path": "/stream/", "query_string": b"endless=1", "headers": []}
    received = iter([{"type": "http.request", "body": b""}])

    async def receive() -> dict[str, object]:
        if (message := next(received, None)) is not None:
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)
        if message.get("body") == b"first":
            left.set()

    await Handler()(scope, receive, send)
    assert ended == ["stream"]
    assert sent[0]["status"] == 200


async def test_a_handler_that_is_closed_leaves_no_thread_and_no_connection_behind() -> None:
    others, handler = set(threading.enumerate()), Handler()
    async with client(handler) as browser:
        await asyncio.gather(*(browser.get("/whole/") for _ in range(3)))
        assert set(threading.enumerate()) - others
        handler.close()
        assert set(threading.enumerate()) <= others
        assert (await browser.get("/whole/")).status_code == 200  # and serves on, should somebody still ask
    handler.close()
