"""One table of names: what today's conventions call a thing, and what older ones and other people called it.

Names are still moving, so the table carries a version; a name is added here and nowhere else. Sources: the OpenTelemetry semantic
conventions for generative AI (`semantic-conventions-genai`, schema 1.42.0, and its migration notes) and for HTTP (1.44.0), and
the names that OpenLLMetry wrote before there was a convention.
"""

from collections.abc import Mapping
from typing import Final

VERSION: Final = "2026-11"

# What is read of a span or its resource. Earlier names in a line win.
SPAN: Final[Mapping[str, tuple[str, ...]]] = {
    "operation": ("gen_ai.operation.name", "llm.request.type"),
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.vendor"),
    "model": ("gen_ai.request.model", "llm.request.model"),
    "answered_model": ("gen_ai.response.model", "llm.response.model"),
    "finish_reasons": ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason"),
    "is_stream": ("gen_ai.request.stream", "gen_ai.request.streaming", "gen_ai.request.is_stream", "llm.is_streaming"),
    "first_chunk_seconds": ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "cache_read_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens",
    ),
    "cache_write_tokens": (
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
    ),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "audio_input_tokens": ("gen_ai.usage.audio.input_tokens",),
    "audio_output_tokens": ("gen_ai.usage.audio.output_tokens",),
    "method": ("http.request.method", "http.method"),
    "url": ("url.full", "http.url"),
    "template": ("url.template", "http.route"),
    "path": ("url.path", "http.target"),
    "host": ("server.address", "net.peer.name", "http.host", "net.peer.ip"),
    "port": ("server.port", "net.peer.port"),
    "status": ("http.response.status_code", "http.status_code"),
    "resends": ("http.request.resend_count", "http.resend_count"),
    "request_bytes": ("http.request.body.size", "http.request_content_length"),
    "response_bytes": ("http.response.body.size", "http.response_content_length"),
    "error": ("error.type",),
    "team": ("emporion.team",),
    "feature": ("emporion.feature",),
    "customer": ("emporion.customer",),
    "service": ("service.name",),
    "environment": ("deployment.environment.name", "deployment.environment"),
    "region": ("cloud.region",),
}

# Operations that call a model. Those of agents and tools stand around such calls and would count them twice.
MODEL_OPERATIONS: Final = frozenset(
    {"chat", "completion", "text_completion", "generate_content", "embeddings", "embedding", "responses", "messages", "rerank"}
)

PROVIDERS: Final[Mapping[str, str]] = {
    "az.ai.openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "aws_bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google_generativeai": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "mistralai": "mistral_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "moonshot": "moonshot_ai",
    "watsonx": "ibm.watsonx.ai",
}

# Other names of today's conventions for the same metric: (name, kind of token where the old one said it in an attribute).
METRICS: Final[Mapping[str, str]] = {
    "gen_ai.client.operation.duration": "gen_ai.client.inference.duration",
    "gen_ai.client.operation.time_to_first_chunk": "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.operation.time_per_output_chunk": "gen_ai.client.inference.time_per_output_chunk",
    "gen_ai.server.time_to_first_token": "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.server.time_per_output_token": "gen_ai.client.inference.time_per_output_chunk",
    "gen_ai.client.inference.usage.cache_creation.input_tokens": "gen_ai.client.inference.usage.cache_write.input_tokens",
    "gen_ai.client.inference.usage.detailed.input_tokens": "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.detailed.output_tokens": "gen_ai.client.inference.usage.output_tokens",
    "llm.openai.chat_completions.duration": "gen_ai.client.inference.duration",
    "http.client.duration": "http.client.request.duration",
}
# The one histogram of all kinds of tokens that was taken apart: by the attribute that named the kind.
TOKEN_METRICS: Final = frozenset({"gen_ai.client.token.usage", "llm.openai.chat_completions.tokens"})
TOKEN_KIND: Final = ("gen_ai.token.type", "llm.usage.token_type")
TOKEN_KINDS: Final[Mapping[str, str]] = {
    "input": "gen_ai.client.inference.operation.input_tokens",
    "prompt": "gen_ai.client.inference.operation.input_tokens",
    "output": "gen_ai.client.inference.operation.output_tokens",
    "completion": "gen_ai.client.inference.operation.output_tokens",
}

# Attributes of metrics and logs under today's names.
ATTRIBUTES: Final[Mapping[str, str]] = {
    "gen_ai.system": "gen_ai.provider.name",
    "gen_ai.usage.prompt_tokens": "gen_ai.usage.input_tokens",
    "gen_ai.usage.completion_tokens": "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "gen_ai.usage.cache_write.input_tokens",
    "http.method": "http.request.method",
    "http.status_code": "http.response.status_code",
    "http.url": "url.full",
    "net.peer.name": "server.address",
    "net.peer.port": "server.port",
    "deployment.environment": "deployment.environment.name",
}

# What was said to and by a model. Bodies are kept only where an owner switched that on, and never by this way.
CONTENT: Final = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.definitions",
    "traceloop.entity.input",
    "traceloop.entity.output",
)


def is_content(name: str) -> bool:
    """Whether an attribute holds what was said; `gen_ai.prompt.0.content` does, `gen_ai.prompt.name` does not."""
    if name in {"gen_ai.prompt.name", "gen_ai.prompt.version"}:
        return False
    return name.startswith(CONTENT)


def provider_of(name: str) -> str:
    """Today's name of a provider."""
    plain = name.strip().lower()
    return PROVIDERS.get(plain, plain)


def metric_of(name: str, attributes: Mapping[str, str]) -> str:
    """Today's name of a metric."""
    if name in TOKEN_METRICS:
        kind = next((attributes[key] for key in TOKEN_KIND if key in attributes), "")
        return TOKEN_KINDS.get(kind, name)
    return METRICS.get(name, name)
