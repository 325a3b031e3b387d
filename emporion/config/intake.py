"""Refuses bodies that are larger than anything we take in, before a byte of them is kept on disk."""

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEBIBYTE = 1024 * 1024
LONGEST_LENGTH = 15  # digits; what has more is no length
TITLE = "The request is too large."
LARGEST_BODY = 8 * MEBIBYTE  # a demo's document of 5 MB with its form around it
LARGEST_UPLOAD = 300 * MEBIBYTE  # many documents at once, on the training page
LARGEST_IMPORT = 501 * MEBIBYTE  # a log or an export of another product, with its form around it


def bounded(application: ASGIApp) -> ASGIApp:
    """The application behind a door that is as wide as the address needs; what is too large is answered with 413."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        headers = dict(scope["headers"])
        told = headers.get(b"content-length", b"0")
        refusal = _page(limit) if b"text/html" in headers.get(b"accept", b"") else _refusal(limit)
        if not told.isdigit() or len(told) > LONGEST_LENGTH or int(told) > limit:
            await refusal(scope, receive, send)
            return
        intake = _Intake(limit, receive, send)
        await application(scope, intake.receive, intake.send)
        if intake.is_over and not intake.has_answered:
            await refusal(scope, receive, send)

    return door


def limit_of(path: str) -> int:
    """The most bytes that an address takes."""
    if path.startswith("/insights/") and path.endswith("/settings/import/"):
        return LARGEST_IMPORT
    return LARGEST_UPLOAD if path.startswith("/agents/") and "/training/" in path else LARGEST_BODY


def _step(limit: int) -> str:
    step = f"Send at most {limit // MEBIBYTE} MB at once."
    if limit == LARGEST_IMPORT:
        step += " Pack a log with gzip, which makes it ten times smaller, or import its parts one after the other."
    return step


def _refusal(limit: int) -> Response:
    body = {
        "type": "/docs/buyers/errors#too-large",
        "title": TITLE,
        "status": 413,
        "next_step": _step(limit),
        "limit_bytes": limit,
    }
    return JSONResponse(body, status_code=413, media_type="application/problem+json", headers={"Connection": "close"})


def _page(limit: int) -> Response:
    """The same for a browser, in which somebody sent a form without scripts; it stands before the templates and languages."""
    words = f"<h1>{TITLE}</h1><p>Nothing was done. {_step(limit)}</p><p>Go back, and choose something smaller.</p>"
    body = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{TITLE}</title><main>{words}</main></html>'
    headers = {"Connection": "close", "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(body, status_code=413, headers=headers)


class _Intake:
    """Counts what really comes: a body without a length, or with a false one, ends as if the client had gone."""

    def __init__(self, limit: int, receive: Receive, send: Send) -> None:
        self._left = limit
        self._receive = receive
        self._send = send
        self.is_over = False
        self.has_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self.is_over = self.is_over or self._left < 0
        return {"type": "http.disconnect"} if self.is_over else message

    async def send(self, message: Message) -> None:
        self.has_answered = True
        await self._send(message)
