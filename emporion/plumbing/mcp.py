"""An MCP server over streamable HTTP behind a check of the caller, for both eras of the protocol; the SDK takes a second to load.

Nothing is kept between requests, so that any process answers any of them.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import mcp_types as types
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from emporion.kernel.addresses import parts_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Denied, DomainError, NotFound
from emporion.plumbing.problems import CHALLENGE

CALLER = "emporion.caller"
# What the SDK refuses outside the protocol, in plain text or without a word: the kind, what happened, and the next step.
REFUSALS = {
    400: ("invalid", "The body is not said to be JSON.", "Send JSON, and Content-Type: application/json."),
    405: ("method", "This method is not taken here.", "Send POST."),
    406: (
        "invalid",
        "The request does not accept JSON.",
        "Send Accept: application/json, text/event-stream.",
    ),
    413: ("too-large", "The request is too large.", "Send a shorter question."),
}
# JSON-RPC's codes for what is no message; the SDK says such faults in the words of its validator, pages of them.
PARSE_ERROR = (types.PARSE_ERROR, "The body is not JSON.")
INVALID_REQUEST = (
    types.INVALID_REQUEST,
    "This is no JSON-RPC message. Send one object with `jsonrpc`, `method`, and an `id` where an answer is expected.",
)
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

Context = ServerRequestContext[Any, Any]
Check = Callable[[Scope, str, datetime], object]


class CheckedServer:
    """An ASGI application: `check(scope, bearer token, now)` says who calls, or raises."""

    def __init__(self, server: "Server[Any]", check: Check) -> None:
        self._check = check
        self._sessions = StreamableHTTPSessionManager(app=server, json_response=True, stateless=True)
        self._ready: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check who calls, then speak MCP; nothing is kept that a GET could listen to or a DELETE could end."""
        if scope["method"] != "POST":
            await _refusal(405, *REFUSALS[405], headers={"Allow": "POST"})(scope, receive, send)
            return
        try:
            caller = await sync_to_async(self._admitted)(scope, utcnow())
        except DomainError as error:
            await _problem(error)(scope, receive, send)
            return
        await self._start()
        try:
            await self._sessions.handle_request(
                dict(scope, path="/mcp", **{CALLER: caller}), receive, _worded(scope, receive, send)
            )
        finally:
            await sync_to_async(let_go)()

    def _admitted(self, scope: Scope, now: datetime) -> object:
        let_go()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not _is_ours(headers.get(b"origin", "")):
            raise Denied("Pages of other origins may not speak to this server.", next_step="Call it from a program.")
        scheme, _, token = headers.get(b"authorization", "").partition(" ")
        return self._check(scope, token.strip() if scheme.lower() == "bearer" else "", now)

    async def _start(self) -> None:
        if self._ready is None:
            self._ready = asyncio.Event()
            self._task = asyncio.create_task(self._run(self._ready), name="mcp-sessions")
        await self._ready.wait()

    async def _run(self, ready: asyncio.Event) -> None:
        async with self._sessions.run():
            ready.set()
            await asyncio.Event().wait()


def _worded(scope: Scope, receive: Receive, send: Send) -> Send:
    """Sends on what speaks the protocol; a refusal that does not becomes a problem document, as all of ours are."""
    refusal: Response | None = None
    begun: Message | None = None
    said = b""

    async def on(message: Message) -> None:
        nonlocal refusal, begun, said
        if message["type"] == "http.response.start":
            headers = {name.lower(): value for name, value in message.get("headers", ())}
            if b"content-type" not in headers and (words := REFUSALS.get(message["status"])):
                refusal = _refusal(message["status"], *words, headers={})
                await refusal(scope, receive, send)
            elif message["status"] == 400:
                begun = message
        elif begun is not None:
            said += message.get("body", b"")
            if not message.get("more_body"):
                await _plain(said)(scope, receive, send)
        if refusal is None and begun is None:
            await send(message)

    return on


def _plain(said: bytes) -> Response:
    """A refusal that speaks the protocol, in a sentence of ours where the SDK gives its validator's words."""
    told = json.loads(said)
    error = told["error"]
    for begins, (code, message) in (("Parse error", PARSE_ERROR), ("Validation error", INVALID_REQUEST)):
        if error["message"].startswith(begins):
            told["error"] = {"code": code, "message": message}
    return JSONResponse(told, status_code=400)


def caller_of(context: Context) -> object:
    """Who the check said is calling."""
    request = context.request
    if not isinstance(request, Request):
        raise NotFound
    return request.scope[CALLER]


def refused(words: str) -> types.CallToolResult:
    """A tool's answer that says what is wrong and what to do."""
    return types.CallToolResult(content=[types.TextContent(type="text", text=words)], is_error=True)


def let_go() -> None:
    """Close a connection that is stale, as Django does around its own requests only; never within somebody's transaction."""
    if not connection.in_atomic_block:
        close_old_connections()


def _is_ours(origin: str) -> bool:
    """Programs send no Origin; a browser's must be ours, as the protocol asks, so that no page reaches a local server."""
    theirs, ours = parts_of(origin), parts_of(settings.SITE_URL)
    is_local = theirs.hostname in LOCAL and ours.hostname in LOCAL
    return not origin or is_local or theirs.netloc == ours.netloc


def _problem(error: DomainError) -> Response:
    status = {"unauthenticated": 401, "not-found": 404, "limit": 429}.get(error.kind, 403)
    kind = error.kind if error.kind in {"unauthenticated", "not-found", "limit"} else "denied"
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    facts = {name: value for name, value in error.facts.items() if name == "retry_after_seconds"}
    if facts:
        headers["Retry-After"] = str(error.facts["retry_after_seconds"])
    return _refusal(status, kind, error.message, error.step, headers=headers, **facts)


def _refusal(status: int, kind: str, title: str, step: str, *, headers: dict[str, str], **also: object) -> Response:
    body = {"type": f"/docs/buyers/errors#{kind}", "title": title, "status": status, "next_step": step, **also}
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)
