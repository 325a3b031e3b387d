"""Each agent as an MCP server over streamable HTTP, for both eras of the protocol: one ASGI application for all agents.

The agent is in the path and its key in the header; both are checked before the protocol begins. Nothing is kept between
requests, so that any process answers any of them.
"""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import mcp_types as types
import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings as site
from django.db import close_old_connections, connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from emporion.agents.channels import queries, rules
from emporion.agents.channels.endpoints import PER_KEY, bearer
from emporion.agents.channels.errors import KeyUnknown
from emporion.agents.channels.streams import Answer, answered
from emporion.agents.channels.types import KeyHolder
from emporion.agents.runtime.types import Channel, Failed, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Denied, DomainError, NotFound
from emporion.plumbing.limits import count

HOLDER = "emporion.key_holder"
ASK = types.Tool(
    name="ask",
    title="Ask the agent",
    description=(
        "Ask the agent a question. It answers from what it was taught and names its sources, or says that it does not know. "
        "Give the conversation_id of an earlier answer to go on from there."
    ),
    input_schema={
        "type": "object",
        "properties": {
            "question": {"type": "string", "minLength": 1, "maxLength": 4000},
            "conversation_id": {"type": "string", "format": "uuid"},
        },
        "required": ["question"],
        "additionalProperties": False,
    },
    output_schema={
        "type": "object",
        "properties": {
            "conversation_id": {"type": "string"},
            "message_id": {"type": "string"},
            "text": {"type": "string"},
            "answered": {"type": "boolean"},
            "offers_person": {"type": "boolean"},
            "sources": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["conversation_id", "text", "answered", "sources"],
    },
    annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
)


class _Arguments(msgspec.Struct, forbid_unknown_fields=True):
    question: str
    conversation_id: UUID | None = None


async def _list_tools(
    context: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[ASK])


async def _call_tool(context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> types.CallToolResult:
    if params.name != ASK.name:
        return _refused(f"There is no tool {params.name!r}. The one tool is `ask`.")
    try:
        given = msgspec.convert(params.arguments or {}, _Arguments)
    except msgspec.ValidationError as error:
        return _refused(str(error))
    holder = _holder(context)
    turn = Turn(agent_id=holder.agent_id, text=given.question, channel=Channel.MCP, conversation_id=given.conversation_id)
    made = await answered(turn, now=utcnow())
    if isinstance(made, Failed):
        return _refused(f"{made.problem.message} {made.problem.next_step}".strip())
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=_with_sources(made))], structured_content=msgspec.to_builtins(made)
    )


def _holder(context: ServerRequestContext[Any, Any]) -> KeyHolder:
    request = context.request
    if not isinstance(request, Request):
        raise KeyUnknown
    holder: KeyHolder = request.scope[HOLDER]
    return holder


def _refused(words: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=words)], is_error=True)


def _with_sources(made: Answer) -> str:
    lines = [made.text]
    if made.sources:
        lines += ["", "Sources:"]
        lines += [f"[{source.number}] {source.title}, {source.heading}".rstrip(", ") for source in made.sources]
    return "\n".join(lines)


class AgentServers:
    """The ASGI application below /mcp/<agent id>; it starts its session manager with the first request."""

    def __init__(self) -> None:
        server: Server[Any] = Server(
            "emporion-agent",
            version="1",
            title="An agent on Emporion",
            instructions="Use `ask` for questions that this agent's documents may answer. Cite the sources that it names.",
            on_list_tools=_list_tools,
            on_call_tool=_call_tool,
        )
        self._sessions = StreamableHTTPSessionManager(app=server, json_response=True, stateless=True)
        self._ready: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the key, then speak MCP."""
        try:
            holder = await sync_to_async(_authenticated)(scope, now=utcnow())
        except DomainError as error:
            await _problem(error)(scope, receive, send)
            return
        await self._start()
        try:
            await self._sessions.handle_request(dict(scope, path="/mcp", **{HOLDER: holder}), receive, send)
        finally:
            await sync_to_async(_let_go)()

    async def _start(self) -> None:
        if self._ready is None:
            self._ready = asyncio.Event()
            self._task = asyncio.create_task(self._run(self._ready), name="mcp-sessions")
        await self._ready.wait()

    async def _run(self, ready: asyncio.Event) -> None:
        async with self._sessions.run():
            ready.set()
            await asyncio.Event().wait()


def _let_go() -> None:
    """Close a connection that is stale, as Django does around its own requests only; never within somebody's transaction."""
    if not connection.in_atomic_block:
        close_old_connections()


def _authenticated(scope: Scope, *, now: datetime) -> KeyHolder:
    _let_go()
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if not _is_ours(headers.get(b"origin", "")):
        raise Denied("Pages of other origins may not speak to this server.", next_step="Call it from a program.")
    holder = queries.holder_of(bearer(headers.get(b"authorization", "")), now=now)
    if scope["path"].removeprefix("/mcp/").strip("/") != str(holder.agent_id):
        raise NotFound("This key belongs to another agent.", next_step="Use the address that is shown beside the key.")
    count(PER_KEY, str(holder.key_id), now=now)
    return holder


def _is_ours(origin: str) -> bool:
    """Programs send no Origin; a browser's must be ours, as the protocol asks, so that no page reaches a local server."""
    host, ours = rules.host_of(origin), rules.host_of(site.SITE_URL)
    is_local = rules.without_port(host) in rules.LOCAL and rules.without_port(ours) in rules.LOCAL
    return not origin or host == ours or is_local


def _problem(error: DomainError) -> Response:
    status = {"unauthenticated": 401, "not-found": 404, "limit": 429}.get(error.kind, 403)
    body = {"title": error.message, "status": status, "next_step": error.step}
    headers = {"WWW-Authenticate": 'Bearer realm="Emporion"'} if status == 401 else {}
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


application = AgentServers()
