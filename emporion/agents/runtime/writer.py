"""Has a language model write an answer, streaming; the library for it is imported at the first use (it takes seconds)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Self
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings

from emporion.agents.runtime.calling import Way, is_gateway_away
from emporion.agents.runtime.errors import ModelAway
from emporion.agents.runtime.prompt import Brief

if TYPE_CHECKING:
    from pydantic_ai import Agent as ModelAgent
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import Model

log = structlog.get_logger()
FIRST_WORDS_SECONDS = 30.0
PAUSE_SECONDS = 20.0
MODEL_CALLS = 4
_models: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[ModelSettings, Model]]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which model writes; the key never leaves the HTTP header."""

    url: str
    name: str
    key: str
    protocol: str
    first_words_seconds: float = FIRST_WORDS_SECONDS
    pause_seconds: float = PAUSE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolBelt:
    """What granted tools do, by name; a tool that is not here does not exist for the model."""

    tools: dict[str, Callable[..., Awaitable[str]]]


def configured() -> ModelSettings | None:
    """The model of this installation, if one is set."""
    environment = settings.ENVIRONMENT
    if not environment.model_name:
        return None
    return ModelSettings(
        url=environment.model_url, name=environment.model_name, key=environment.model_key, protocol=environment.model_protocol
    )


async def write(*, brief: Brief, model: ModelSettings, belt: ToolBelt, way: Way | None = None) -> AsyncIterator[str]:
    """The pieces of the answer as they are written, by the gateway where a way is given; `ModelAway` when the provider is
    slow, wrong or away.
    """
    pieces: asyncio.Queue[str | Exception | None] = asyncio.Queue()
    # A task of its own holds the provider's connection, so that whoever reads us may leave at any time, from any task.
    task = asyncio.create_task(_run(_Order(brief=brief, model=model, belt=belt, way=way), pieces))
    seconds = model.first_words_seconds
    try:
        while (piece := await _next(pieces, seconds)) is not None:
            seconds = model.pause_seconds
            yield piece
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _next(pieces: "asyncio.Queue[str | Exception | None]", seconds: float) -> str | None:
    try:
        piece = await asyncio.wait_for(pieces.get(), seconds)
    except TimeoutError as error:
        log.warning("model_slow", seconds=seconds)
        raise ModelAway(reason="no words in time") from error
    if isinstance(piece, Exception):
        log.warning("model_away", error=type(piece).__name__)
        raise ModelAway(reason=type(piece).__name__) from piece
    return piece


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be written, by which model, and the way to it."""

    brief: Brief
    model: ModelSettings
    belt: ToolBelt
    way: Way | None

    @property
    def direct(self) -> Self:
        """The same without the gateway."""
        return replace(self, way=None)


async def _run(order: _Order, pieces: "asyncio.Queue[str | Exception | None]") -> None:
    errors = await asyncio.to_thread(_provider_errors)
    said = False
    try:
        async for piece in _stream(order):
            said = True
            pieces.put_nowait(piece)
    except errors as error:
        if order.way is None or said or not is_gateway_away(error):
            pieces.put_nowait(error)
            return
        log.warning("gateway_away", error=type(error).__name__, url=order.way.url)
        await _run(order.direct, pieces)
    else:
        pieces.put_nowait(None)


async def _stream(order: _Order) -> AsyncIterator[str]:
    from pydantic_ai import UsageLimits  # noqa: PLC0415 - takes two seconds, so only where a model is used
    from pydantic_ai.settings import ModelSettings as RunSettings  # noqa: PLC0415

    way, told = order.way, order.brief
    agent = _agent(told, replace(order.model, url=way.url, key="") if way else order.model, order.belt)
    settings_ = RunSettings(extra_headers=dict(way.headers)) if way else None
    limits = UsageLimits(request_limit=MODEL_CALLS)
    async with agent.run_stream(
        told.question, message_history=_history(told), usage_limits=limits, model_settings=settings_
    ) as run:
        async for piece in run.stream_text(delta=True, debounce_by=None):
            yield piece


def load_library() -> None:
    """Import what the first answer would otherwise wait for."""
    _provider_errors()


@cache
def _provider_errors() -> tuple[type[Exception], ...]:
    import anthropic  # noqa: PLC0415
    import httpx  # noqa: PLC0415
    import openai  # noqa: PLC0415
    from pydantic_ai.exceptions import AgentRunError, UserError  # noqa: PLC0415

    return (AgentRunError, UserError, openai.OpenAIError, anthropic.AnthropicError, httpx.HTTPError, ValueError, OSError)


def _agent(brief: Brief, model: ModelSettings, belt: ToolBelt) -> "ModelAgent[object, str]":
    from pydantic_ai import Agent, Tool  # noqa: PLC0415

    tools = [Tool(belt.tools[name], name=name, takes_ctx=False) for name in brief.tools if name in belt.tools]
    return Agent(_model(model), instructions=brief.instructions, tools=tools, retries=0)


def _model(model: ModelSettings) -> "Model":
    # Connections belong to the event loop that opened them.
    kept = _models.setdefault(asyncio.get_running_loop(), {})
    if model not in kept:
        kept[model] = _connected(model)
    return kept[model]


def _connected(model: ModelSettings) -> "Model":
    if model.protocol == "anthropic":
        from anthropic import AsyncAnthropic  # noqa: PLC0415
        from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
        from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

        client = AsyncAnthropic(
            api_key=model.key or "none", base_url=model.url or None, max_retries=0, timeout=model.first_words_seconds
        )
        return AnthropicModel(model.name, provider=AnthropicProvider(anthropic_client=client))
    from openai import AsyncOpenAI  # noqa: PLC0415
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    openai = AsyncOpenAI(
        api_key=model.key or "none", base_url=model.url or None, max_retries=0, timeout=model.first_words_seconds
    )
    return OpenAIChatModel(model.name, provider=OpenAIProvider(openai_client=openai))


def _history(brief: Brief) -> "list[ModelMessage]":
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart  # noqa: PLC0415

    return [
        ModelResponse(parts=[TextPart(content=said.text)])
        if said.by_agent
        else ModelRequest(parts=[UserPromptPart(content=said.text)])
        for said in brief.history
    ]
