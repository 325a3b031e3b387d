"""The two chat APIs of an agent, both reached with one of its keys: our own with sources, and OpenAI's chat completions."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Annotated, cast
from uuid import UUID

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from emporion.agents.channels import openai_format, queries, repeating
from emporion.agents.channels.bodies import parsed
from emporion.agents.channels.streams import HEADERS, as_server_sent, begun, gathered
from emporion.agents.channels.types import KeyHolder
from emporion.agents.runtime import queries as agents
from emporion.agents.runtime.types import Channel, Failed, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, Invalid, NotFound
from emporion.kernel.ids import new_id
from emporion.plumbing.limits import Window, count
from emporion.plumbing.problems import STATUS, problem, problem_of

PER_KEY = Window(scope="agent-key", limit=600, seconds=60)
LARGEST_BODY = 256 * 1024
CustomerId = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Key = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$")]
AsyncView = Callable[..., Awaitable[HttpResponseBase]]
View = Callable[..., HttpResponseBase]  # how Django's stubs know an address's view, async ones too


class ChatRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a chat: `stream` as server-sent events unless it is false; what has the same `key` is answered once."""

    message: str
    conversation_id: UUID | None = None
    customer_id: CustomerId = ""
    key: Key = ""
    stream: bool = True


def with_key(view: AsyncView) -> View:
    """Let in whoever brings a valid key (`Authorization: Bearer ek_…`); the view gets its holder."""

    @csrf_exempt
    @wraps(view)
    async def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        holder, left = await sync_to_async(_let_in)(bearer(request.headers.get("Authorization", "")), now=utcnow())
        response = await view(request, holder, *args, **kwargs)
        response["RateLimit"] = f'"key";r={left};t={PER_KEY.seconds}'
        return response

    guarded.access = "key"  # type: ignore[attr-defined]  # read by the test that enumerates the addresses
    return cast("View", guarded)


def _let_in(token: str, *, now: datetime) -> tuple[KeyHolder, int]:
    """Whose key it is, and how many more requests it may make this minute."""
    holder = queries.holder_of(token, now=now)
    return holder, count(PER_KEY, str(holder.key_id), now=now)


def bearer(header: str) -> str:
    """The token of an Authorization header; nothing where there is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@require_POST
@with_key
async def chat(request: HttpRequest, holder: KeyHolder, agent_id: UUID) -> HttpResponseBase:
    """Ask the agent something."""
    if agent_id != holder.agent_id:
        raise NotFound("This key belongs to another agent.", next_step="Use the address that is shown beside the key.")
    body = parsed(request, ChatRequest, largest=LARGEST_BODY)
    header = repeating.key_of(request)
    key = _agreed(header, body.key)
    if key and (header or body.conversation_id is None):  # a `key` in a conversation counts there only
        await sync_to_async(repeating.claim)(key, holder, _content(body))
    events = await begun(_turn(holder, body, key), now=utcnow(), is_whole=not body.stream)
    if isinstance(events, Failed):
        return failed(events)
    if body.stream:
        return StreamingHttpResponse(as_server_sent(events), content_type="text/event-stream", headers=HEADERS)
    whole = await gathered(events)
    if isinstance(whole, Failed):
        return failed(whole)
    return HttpResponse(msgspec.json.encode(whole), content_type="application/json")


def _content(body: ChatRequest) -> bytes:
    """What tells one message from another: not how its answer is sent."""
    return msgspec.json.encode([body.message.strip(), body.conversation_id, body.customer_id])


def _agreed(header: str, member: str) -> str:
    if header and member and header != member:
        raise Invalid("The header Idempotency-Key and `key` differ.", next_step="Send one of them.", field="key")
    return header or member


def _turn(holder: KeyHolder, body: ChatRequest, key: str) -> Turn:
    return Turn(
        agent_id=holder.agent_id,
        text=body.message,
        channel=Channel.API,
        conversation_id=body.conversation_id or repeating.conversation_of(key, holder, channel=Channel.API),
        may_begin=body.conversation_id is None,
        customer_id=body.customer_id,
        key=key,
    )


def in_openai_s_form(view: View) -> View:
    """Say refusals in OpenAI's form, which its clients show to people; they make nothing of a problem document."""

    @csrf_exempt
    @wraps(view)
    async def told(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            answer = await cast("AsyncView", view)(request, *args, **kwargs)
        except DomainError as error:
            return openai_format.error_of(error)
        return openai_format.method_refused(request, answer) if isinstance(answer, HttpResponseNotAllowed) else answer

    return cast("View", told)


@in_openai_s_form
@require_GET
@with_key
async def models(request: HttpRequest, holder: KeyHolder) -> HttpResponseBase:
    """OpenAI's list of models: the one agent that the key opens."""
    agent = await sync_to_async(agents.agent_for_channel)(holder.agent_id)
    made = int(agent.created_at.timestamp())
    entry = {"id": str(agent.id), "object": "model", "created": made, "owned_by": "emporion"}
    return JsonResponse({"object": "list", "data": [entry]})


@in_openai_s_form
@require_POST
@with_key
async def completions(request: HttpRequest, holder: KeyHolder) -> HttpResponseBase:
    """OpenAI's chat completions, answered by the agent."""
    now, key = utcnow(), repeating.key_of(request)
    body = parsed(request, openai_format.Request, largest=LARGEST_BODY)
    turn = openai_format.turn_of(body, holder, key=key)
    if key:
        await sync_to_async(repeating.claim)(key, holder, msgspec.json.encode([body.model, body.messages, body.user]))
    made = openai_format.Completion(
        id=f"chatcmpl-{(repeating.conversation_of(key, holder, channel=Channel.OPENAI) or new_id()).hex}",
        created=int(now.timestamp()),
        model=body.model,
    )
    events = await begun(turn, now=now, is_whole=not body.stream)
    if isinstance(events, Failed):
        return openai_format.whole(events, made, body)
    if body.stream:
        return StreamingHttpResponse(openai_format.chunks(events, made, body), content_type="text/event-stream", headers=HEADERS)
    return openai_format.whole(await gathered(events), made, body)


@in_openai_s_form
@with_key
async def not_offered(request: HttpRequest, holder: KeyHolder) -> HttpResponseBase:
    """OpenAI's other addresses, which an agent does not have."""
    step = "An agent answers at /v1/chat/completions and is listed at /v1/models."
    raise NotFound(f"There is no {request.path} here.", next_step=step)


def about(refusal: DomainError, field: str) -> DomainError:
    """A refusal of what was asked, with the name that the question has among the members here."""
    if isinstance(refusal, Invalid):
        refusal.facts["field"] = field
    return refusal


def failed(event: Failed) -> HttpResponse:
    """A refused turn as a problem document; what does not make sense in it is its message."""
    if event.refusal is not None:
        return problem_of(about(event.refusal, "message"))
    said = event.problem
    return problem(STATUS.get(said.kind, 500), kind=said.kind, title=said.message, next_step=said.next_step)
