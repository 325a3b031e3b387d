"""How an agent reaches its model: through this installation's own gateway, so that the call is measured, priced and watched.

Where the gateway itself does not answer, the provider is called directly, and the log says so: an agent does not fall silent
because nobody counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from emporion.agents.runtime.models import Agent, Conversation
from emporion.gateway.routing.queries import key_of_agent, platform_slug

# What the gateway says when it is there, but was not told of this agent yet.
NOT_TOLD_YET = frozenset({"invalid_api_key", "gateway_not_ready", "unknown_api"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The gateway's address for an agent's calls, and the headers that say whose they are."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


def way_of(agent_id: UUID, conversation_id: UUID) -> Way | None:
    """The way of an agent's calls; None for a demo, which belongs to no organisation that could watch it."""
    agent = Agent.objects.filter(pk=agent_id).first()
    slug = platform_slug(agent.project_id) if agent and agent.project_id else None
    if slug is None:
        return None
    environment = settings.ENVIRONMENT
    customer = Conversation.objects.filter(pk=conversation_id).values_list("customer_id", flat=True).first() or ""
    key, is_anthropic = key_of_agent(agent_id), environment.model_protocol == "anthropic"
    path = "/v1" if not is_anthropic and (not environment.model_url or environment.model_url.rstrip("/").endswith("/v1")) else ""
    headers = {"Authorization": f"Bearer {key}", "X-Emporion-Trace": str(conversation_id)}
    if customer and customer.isascii() and customer.isprintable():
        headers["X-Emporion-Customer"] = customer
    return Way(url=f"{environment.own_gateway}/gateway/{slug}{path}", headers=headers)


def is_gateway_away(error: BaseException) -> bool:
    """Whether the gateway did not answer or was not told of the agent yet; what a provider says through it is another matter."""
    import openai  # noqa: PLC0415 - slow to import; here it is loaded already
    from anthropic import APIConnectionError, APITimeoutError  # noqa: PLC0415

    for one in _causes(error):
        if isinstance(one, openai.APITimeoutError | APITimeoutError):
            return False
        if isinstance(one, openai.APIConnectionError | APIConnectionError):
            return True
        response = getattr(one, "response", None)
        if response is not None:
            return _is_not_told(response.headers, response.text)
    return False


def _is_not_told(headers: Mapping[str, str], body: str) -> bool:
    if "x-emporion-refused" in headers:
        return any(code in body for code in NOT_TOLD_YET)
    return "x-emporion-call" not in headers  # somebody else listens at this address


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
