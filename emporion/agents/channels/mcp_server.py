"""Each agent as an MCP server: one ASGI application for all agents.

The agent is in the path and its key in the header; both are checked before the protocol begins.
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import mcp_types as types
import msgspec
from mcp.server.lowlevel import Server
from starlette.types import Scope

from emporion.agents.channels import queries
from emporion.agents.channels.endpoints import PER_KEY
from emporion.agents.channels.streams import Answer, answered
from emporion.agents.channels.types import KeyHolder
from emporion.agents.runtime.types import Channel, Failed, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.plumbing.limits import count
from emporion.plumbing.mcp import CheckedServer, Context, caller_of, refused

ASK = types.Tool(
    name="ask",
    title="Ask the agent",
    description=(
        "Ask the agent a question. It answers from what it was taught and names its sources, or says that it does not know and "
        "names the place in them that comes closest, if any, which is not an answer. "
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
            "closest": {"type": ["object", "null"]},
        },
        "required": ["conversation_id", "text", "answered", "sources"],
    },
    annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
)


class _Arguments(msgspec.Struct, forbid_unknown_fields=True):
    question: str
    conversation_id: UUID | None = None


async def _list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[ASK])


async def _call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
    if params.name != ASK.name:
        return refused(f"There is no tool {params.name!r}. The one tool is `ask`.")
    try:
        given = msgspec.convert(params.arguments or {}, _Arguments)
    except msgspec.ValidationError as error:
        return refused(str(error))
    holder = cast("KeyHolder", caller_of(context))
    turn = Turn(agent_id=holder.agent_id, text=given.question, channel=Channel.MCP, conversation_id=given.conversation_id)
    made = await answered(turn, now=utcnow())
    if isinstance(made, Failed):
        return refused(f"{made.problem.message} {made.problem.next_step}".strip())
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=_with_sources(made))], structured_content=msgspec.to_builtins(made)
    )


def _with_sources(made: Answer) -> str:
    lines = [made.text]
    if made.sources:
        lines += ["", "Sources:"]
        lines += [f"[{source.number}] {source.title}, {source.heading}".rstrip(", ") for source in made.sources]
    return "\n".join(lines)


def _check(scope: Scope, token: str, now: datetime) -> KeyHolder:
    """Whose key it is; it opens its own agent only."""
    holder = queries.holder_of(token, now=now)
    if scope["path"].removeprefix("/mcp/").strip("/") != str(holder.agent_id):
        raise NotFound("This key belongs to another agent.", next_step="Use the address that is shown beside the key.")
    count(PER_KEY, str(holder.key_id), now=now)
    return holder


_server: Server[Any] = Server(
    "emporion-agent",
    version="1",
    title="An agent on Emporion",
    instructions="Use `ask` for questions that this agent's documents may answer. Cite the sources that it names.",
    on_list_tools=_list_tools,
    on_call_tool=_call_tool,
)
application = CheckedServer(_server, _check)
