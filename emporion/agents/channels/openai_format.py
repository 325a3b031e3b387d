"""OpenAI's chat completions on the wire: its requests, answers, chunks and errors, with the agent as the model."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID, uuid5

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from emporion.agents.channels.repeating import conversation_of
from emporion.agents.channels.streams import Answer, Events
from emporion.agents.channels.types import KeyHolder
from emporion.agents.runtime.types import Channel, Delta, Failed, Finished, Speaker, Turn
from emporion.kernel.errors import DomainError, Invalid, NotFound
from emporion.plumbing.problems import CHALLENGE

MOST_REMEMBERED = 6
LONGEST_REMEMBERED = 4000
STATUS = {
    "unauthenticated": 401,
    "denied": 403,
    "not-found": 404,
    "method": 405,
    "conflict": 409,
    "too-large": 413,
    "limit": 429,
    "unavailable": 503,
}
TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error", 503: "api_error"}


class Part(msgspec.Struct):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class Message(msgspec.Struct):
    """A message of the conversation so far."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(msgspec.Struct):
    """Whether the last chunk tells the usage."""

    include_usage: bool = False


class ResponseFormat(msgspec.Struct):
    """In which form the answer is to come."""

    type: str = "text"


class Request(msgspec.Struct):
    """A request; fields that steer a model's sampling are accepted and have no effect, those that ask for another answer have."""

    model: str
    messages: list[Message]
    stream: bool = False
    user: str = ""
    stream_options: StreamOptions | None = None
    n: int | None = None
    logprobs: bool | None = None
    response_format: ResponseFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What all chunks of one completion share."""

    id: str
    created: int
    model: str


def turn_of(body: Request, holder: KeyHolder, *, key: str) -> Turn:
    """The question is the last message of the user; what went before is the request's own, never taken from our store.

    A conversation of a named `user` is known again by how it began, so that its questions stand together in the inbox.
    """
    asked = [number for number, message in enumerate(body.messages) if message.role == "user" and message.text.strip()]
    if not asked:
        raise Invalid(
            "There is no message of the user.", next_step="Send at least one message with role `user` and text.", field="messages"
        )
    if _is_other_agent(body.model, holder):
        raise NotFound(
            f"The model {body.model} does not exist for this key.", next_step=f"Use the model {holder.agent_id}.", field="model"
        )
    _require_possible(body)
    began = f"{body.user}\x00{body.messages[asked[0]].text}"
    return Turn(
        agent_id=holder.agent_id,
        text=body.messages[asked[-1]].text,
        channel=Channel.OPENAI,
        conversation_id=uuid5(holder.key_id, began) if body.user else conversation_of(key, holder, channel=Channel.OPENAI),
        may_begin=True,
        customer_id=body.user[:200],
        key=key,
        history=tuple(_said(body.messages[: asked[-1]])),
    )


def _require_possible(body: Request) -> None:
    """Refuse what would be answered as if it had not been asked: several answers, figures of a model, another form."""
    if body.n not in {None, 1}:
        raise Invalid(f"An agent gives one answer, not {body.n}.", next_step="Leave out `n`, or send 1.", field="n")
    if body.logprobs:
        raise Invalid("An agent's answer has no log probabilities.", next_step="Leave out `logprobs`.", field="logprobs")
    if body.response_format is not None and body.response_format.type != "text":
        raise Invalid(
            "An agent answers in text.", next_step="Leave out `response_format`, or send text.", field="response_format.type"
        )


def _said(messages: list[Message]) -> Iterator[tuple[Speaker, str]]:
    for message in messages[-MOST_REMEMBERED:]:
        if message.role in {"user", "assistant"} and message.text.strip():
            yield (Speaker.VISITOR if message.role == "user" else Speaker.AGENT), message.text[:LONGEST_REMEMBERED]


def _is_other_agent(model: str, holder: KeyHolder) -> bool:
    """Whether the model is another agent's id; names such as `gpt-4o`, which clients fill in, mean the key's agent."""
    try:
        return UUID(model) != holder.agent_id
    except ValueError:
        return False


def whole(answer: Answer | Failed, made: Completion, body: Request) -> HttpResponse:
    """A completion at once; sources stand as annotations of the message."""
    if isinstance(answer, Failed):
        field = "messages" if answer.problem.kind == "invalid" else ""
        return _error(answer.problem.kind, answer.problem.message, answer.problem.next_step, field=field)
    annotations = [
        {"type": "file_citation", "file_citation": {"filename": source.title, "heading": source.heading, "quote": source.quote}}
        for source in answer.sources
    ]
    message = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": annotations}
    return JsonResponse(
        {
            "id": made.id,
            "object": "chat.completion",
            "created": made.created,
            "model": made.model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": _usage(body, answer.text),
        }
    )


async def chunks(events: Events, made: Completion, body: Request) -> AsyncIterator[bytes]:
    """A completion as it is written; the final text follows where it differs from what was written before."""
    yield _chunk(made, {"role": "assistant", "content": ""})
    said = ""
    async with aclosing(events):
        async for event in events:
            match event:
                case Delta():
                    said += event.text
                    yield _chunk(made, {"content": event.text})
                case Finished():
                    if event.text and event.text != said:
                        yield _chunk(made, {"content": ("\n\n" if said else "") + event.text})
                    yield _chunk(made, {}, finish="stop")
                case Failed():
                    yield _line({"error": _described(event.problem.kind, event.problem.message, event.problem.next_step)})
                case _:
                    pass
    if body.stream_options and body.stream_options.include_usage:
        shared = {"id": made.id, "object": "chat.completion.chunk", "created": made.created, "model": made.model}
        yield _line({**shared, "choices": [], "usage": _usage(body, said)})
    yield b"data: [DONE]\n\n"


def error_of(error: DomainError) -> HttpResponse:
    """A refusal in OpenAI's shape."""
    return _error(error.kind, error.message, error.step, field=str(error.facts.get("field", "")))


def method_refused(request: HttpRequest, refused: HttpResponseNotAllowed) -> HttpResponse:
    """A wrong method in OpenAI's shape, with the header that names the right one."""
    allowed = refused["Allow"]
    answer = _error("method", f"{request.method} is not taken here.", f"Send {allowed}.")
    answer["Allow"] = allowed.replace("GET", "GET, HEAD")
    return answer


def _error(kind: str, message: str, next_step: str, *, field: str = "") -> HttpResponse:
    status = STATUS.get(kind, 400)
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    return JsonResponse({"error": _described(kind, message, next_step, field=field)}, status=status, headers=headers)


def _described(kind: str, message: str, next_step: str, *, field: str = "") -> dict[str, str | None]:
    status = STATUS.get(kind, 400)
    words = f"{message} {next_step}".strip()
    return {"message": words, "type": TYPES.get(status, "invalid_request_error"), "param": field or None, "code": kind}


def _chunk(made: Completion, delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _line(
        {"id": made.id, "object": "chat.completion.chunk", "created": made.created, "model": made.model, "choices": [choice]}
    )


def _line(data: object) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def _usage(body: Request, said: str) -> dict[str, int]:
    asked, answered = sum(_tokens(message.text) for message in body.messages), _tokens(said)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _tokens(text: str) -> int:
    """A rough count, four characters a token, as no model's tokenizer was asked."""
    return max(1, len(text) // 4)
