"""The APIs that can be registered by choosing them: what is known of each, so that a person enters only a key.

Addresses end before `/v1`: what follows `/gateway/<name>/` is put behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from emporion.gateway.routing.types import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What is known of an API. `probe` is what the test call asks for, empty where nothing can be asked without a cost.

    `example` is the path of a first call; `model` one that its examples use; `feed` the JSON of a Statuspage, where there is one.
    """

    key: str
    name: str
    line: str
    tile: str
    protocol: Protocol = Protocol.HTTP
    provider: str = ""
    base_url: str = ""
    auth_header: str = "Authorization"
    auth_prefix: str = "Bearer "
    needs_key: bool = True
    key_looks_like: str = ""
    probe: str = ""
    probe_headers: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    model: str = ""
    status_page_url: str = ""
    docs_url: str = ""
    keys_url: str = ""


ANTHROPIC_VERSION = MappingProxyType({"anthropic-version": "2023-06-01"})
PRESETS: tuple[Preset, ...] = (
    Preset(
        key="openai",
        name="OpenAI",
        line="GPT models, embeddings, speech and images",
        tile="chat",
        protocol=Protocol.OPENAI,
        provider="openai",
        base_url="https://api.openai.com",
        key_looks_like="sk-…",
        probe="/v1/models",
        example="v1/chat/completions",
        model="gpt-4o-mini",
        status_page_url="https://status.openai.com",
        docs_url="https://platform.openai.com/docs/api-reference",
        keys_url="https://platform.openai.com/api-keys",
    ),
    Preset(
        key="anthropic",
        name="Anthropic",
        line="Claude models",
        tile="digest",
        protocol=Protocol.ANTHROPIC,
        provider="anthropic",
        base_url="https://api.anthropic.com",
        auth_header="x-api-key",
        auth_prefix="",
        key_looks_like="sk-ant-…",
        probe="/v1/models",
        probe_headers=ANTHROPIC_VERSION,
        example="v1/messages",
        model="claude-3-5-haiku-latest",
        status_page_url="https://status.anthropic.com",
        docs_url="https://docs.anthropic.com/en/api/overview",
        keys_url="https://console.anthropic.com/settings/keys",
    ),
    Preset(
        key="apollo",
        name="Apollo",
        line="People and companies for sales",
        tile="people",
        base_url="https://api.apollo.io",
        auth_header="x-api-key",
        auth_prefix="",
        probe="/v1/auth/health",
        example="api/v1/mixed_people/search",
        status_page_url="https://status.apollo.io",
        docs_url="https://docs.apollo.io/reference",
        keys_url="https://developer.apollo.io/keys/",
    ),
    Preset(
        key="stripe",
        name="Stripe",
        line="Payments and subscriptions",
        tile="ledger",
        base_url="https://api.stripe.com",
        key_looks_like="rk_live_… or sk_live_…",
        probe="/v1/balance",
        example="v1/balance",
        status_page_url="https://status.stripe.com",
        docs_url="https://docs.stripe.com/api",
        keys_url="https://dashboard.stripe.com/apikeys",
    ),
    Preset(
        key="mistral",
        name="Mistral",
        line="Mistral models",
        tile="night",
        protocol=Protocol.OPENAI,
        provider="mistral",
        base_url="https://api.mistral.ai",
        probe="/v1/models",
        example="v1/chat/completions",
        model="mistral-small-latest",
        status_page_url="https://status.mistral.ai",
        docs_url="https://docs.mistral.ai/api/",
        keys_url="https://console.mistral.ai/api-keys/",
    ),
    Preset(
        key="groq",
        name="Groq",
        line="Open models, fast",
        tile="flow",
        protocol=Protocol.OPENAI,
        provider="groq",
        base_url="https://api.groq.com/openai",
        key_looks_like="gsk_…",
        probe="/v1/models",
        example="v1/chat/completions",
        model="llama-3.1-8b-instant",
        status_page_url="https://groqstatus.com",
        docs_url="https://console.groq.com/docs/api-reference",
        keys_url="https://console.groq.com/keys",
    ),
    Preset(
        key="openrouter",
        name="OpenRouter",
        line="Many models behind one address",
        tile="bridge",
        protocol=Protocol.OPENAI,
        provider="openrouter",
        base_url="https://openrouter.ai/api",
        key_looks_like="sk-or-…",
        probe="/v1/key",
        example="v1/chat/completions",
        model="openai/gpt-4o-mini",
        status_page_url="https://status.openrouter.ai",
        docs_url="https://openrouter.ai/docs",
        keys_url="https://openrouter.ai/settings/keys",
    ),
    Preset(
        key="azure-openai",
        name="Azure OpenAI",
        line="OpenAI models in your Azure resource",
        tile="data",
        protocol=Protocol.OPENAI,
        provider="azure",
        auth_header="api-key",
        auth_prefix="",
        probe="/openai/v1/models",
        example="openai/v1/chat/completions",
        model="your-deployment",
        status_page_url="https://azure.status.microsoft",
        docs_url="https://learn.microsoft.com/azure/ai-services/openai/reference",
        keys_url="https://portal.azure.com",
    ),
    Preset(
        key="local",
        name="Local model",
        line="Ollama, vLLM or another OpenAI-compatible server",
        tile="code",
        protocol=Protocol.OPENAI,
        base_url="http://127.0.0.1:11434",
        needs_key=False,
        probe="/v1/models",
        example="v1/chat/completions",
        model="llama3.2",
        docs_url="https://github.com/ollama/ollama/blob/main/docs/openai.md",
    ),
    Preset(key="http", name="Any HTTP API", line="By its address and, where it has one, its key", tile="box", needs_key=False),
)
BY_KEY = MappingProxyType({preset.key: preset for preset in PRESETS})
PLATFORM = Preset(
    key="platform",
    name="Emporion models",
    line="What the agents of this project ask of the language model of this installation",
    tile="coach",
    protocol=Protocol.OPENAI,
)


def preset_of(key: str) -> Preset:
    """What is known of an API; of one that is not known, that it speaks HTTP."""
    return PLATFORM if key == PLATFORM.key else BY_KEY.get(key, BY_KEY["http"])
