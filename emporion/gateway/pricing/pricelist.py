"""The list of prices that costs are worked out with: the data of `genai-prices`, compiled to exact rates and kept per model.

The list is imported at the first use, not at the start of the server: it is 30,000 lines of data (half a second, cold). `warm`
is for a thread of the data plane's start. What is found is kept, misses too, in a dictionary that cannot grow without end:
callers choose the names of models.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from emporion.gateway.pricing.rates import Kind, Rates, Tier, rates_of

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

# Names that traces and registered APIs use for providers that the list calls otherwise.
PROVIDERS = {
    "aws.bedrock": "aws",
    "bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure_openai": "azure",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "gcp.gen_ai": "google",
    "gemini": "google",
    "vertex": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
KEPT = 4096
# The list has no field for it: Groq bills at least ten seconds of sound.
SHORTEST_SECONDS = {"audio_seconds": 10, "input_audio_seconds": 10}
GROQ_WHISPER = {"whisper-large-v3", "whisper-large-v3-turbo"}


class Found(msgspec.Struct, frozen=True):
    """Rates of a model at a moment, under the names of the list."""

    provider: str
    model: str
    rates: Rates


class _Model(msgspec.Struct):
    """A model of the list; `by_moment` keeps what was compiled, by whatever its price depends on."""

    provider: str
    info: Any
    has_variants: bool
    by_hour: bool
    is_constant: bool
    by_moment: dict[tuple[object, ...], Found]


_models: dict[tuple[str, str], _Model | None] = {}


@cache
def version() -> str:
    """The name and version of the list."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - read once

    return f"genai-prices {installed('genai-prices')}"


def warm() -> None:
    """Import the list now."""
    _providers()


def find(provider: str, model: str, at: datetime, context: tuple[tuple[str, str], ...] = ()) -> Found | None:
    """The rates of a model as they were at that moment; `None` where the list does not have it.

    Without a provider, the one whose models are named like that.
    """
    key = (provider, model)
    try:
        entry = _models[key]
    except KeyError:
        if len(_models) >= KEPT:
            _models.clear()
        entry = _models[key] = _look_up(provider, model)
    if entry is None:
        return None
    if entry.is_constant:
        moment: tuple[object, ...] = ()
    else:
        moment = (at.date(), (at.hour, at.minute) if entry.by_hour else 0)
    if entry.has_variants:
        moment += context
    found = entry.by_moment.get(moment)
    if found is None:
        if len(entry.by_moment) >= KEPT:
            entry.by_moment.clear()
        found = entry.by_moment[moment] = _compile(entry, at, dict(context) if entry.has_variants else {})
    return found


def _look_up(provider: str, model: str) -> _Model | None:
    providers = _providers()
    name = provider.strip().lower()
    supplier = _supplier(PROVIDERS.get(name, name), model.lower())
    if supplier is None or not model:
        return None
    info: ModelInfo | None = supplier.find_model(model, all_providers=providers)
    if info is None and "/" in model:  # `openai/gpt-5` is how routers and traces name it
        info = supplier.find_model(model.rsplit("/", 1)[1], all_providers=providers)
    if info is None:
        return None
    conditions = info.prices if isinstance(info.prices, list) else []
    constraints = [row.constraint for row in (*conditions, *(info.price_variants or ())) if row.constraint is not None]
    return _Model(
        provider=supplier.id,
        info=info,
        # A variant is the supplier's own: another provider that sells the model does not honour it.
        has_variants=bool(info.price_variants) and any(info is own for own in supplier.models),
        by_hour=any(hasattr(constraint, "start_time") for constraint in constraints),
        is_constant=not constraints,
        by_moment={},
    )


def _supplier(provider: str, model: str) -> "Provider | None":
    from genai_prices.data_snapshot import find_provider_by_id  # noqa: PLC0415 - heavy

    providers = _providers()
    if provider:
        return find_provider_by_id(providers, provider)
    bare = model.rsplit("/", 1)[-1]
    return next((row for row in providers if row.model_match is not None and row.model_match.is_match(bare)), None)


def _providers() -> "list[Provider]":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - heavy

    return get_snapshot().providers


@cache
def _kinds() -> Mapping[str, Kind]:
    from genai_prices.data_units import unit_data  # noqa: PLC0415 - comes with the list

    return {
        str(row.get("price_key", name)): Kind(name, int(row["per"]), frozenset(row["dimensions"].items()))
        for name, row in unit_data.items()
    }


def _compile(entry: _Model, at: datetime, context: Mapping[str, str]) -> Found:
    prices: ModelPrice = entry.info.get_prices(at, context)
    kinds = _kinds()
    rows: list[tuple[Kind, Decimal, tuple[Tier, ...]]] = []
    for key, value in vars(prices).items():
        if value is None or key not in kinds:
            continue
        if isinstance(value, Decimal):
            rows.append((kinds[key], value, ()))
        else:
            rows.append((kinds[key], value.base, tuple(Tier(tier.start, tier.price) for tier in value.tiers)))
    floors = SHORTEST_SECONDS if entry.provider == "groq" and entry.info.id in GROQ_WHISPER else None
    return Found(entry.provider, entry.info.id, rates_of(rows, at_least=floors))


def extractors_of(provider: str) -> list[tuple[str, tuple[Any, ...], list[tuple[tuple[Any, ...], str, bool]], str]]:
    """How a provider's answers say what was used: flavour, root, (path, kind, required), key of the model."""
    from genai_prices.data_snapshot import find_provider_by_id  # noqa: PLC0415 - heavy

    supplier = find_provider_by_id(_providers(), provider)
    return [
        (
            row.api_flavor,
            _path(row.root),
            [(_path(mapping.path), mapping.dest, mapping.required) for mapping in row.mappings],
            row.model_path if isinstance(row.model_path, str) else "",
        )
        for row in (supplier.extractors if supplier and supplier.extractors else ())
    ]


def _path(path: Any) -> tuple[Any, ...]:
    """A path of the list as keys and (field, value) of a list's item."""
    steps = [path] if isinstance(path, str) else path
    return tuple(step if isinstance(step, str) else (step.field, step.match.equals) for step in steps)


def changes(provider: str, model: str) -> list[date]:
    """The days on which the list lets another price of a model begin."""
    if find(provider, model, datetime.now(tz=UTC)) is None:
        return []
    entry = _models[(provider, model)]
    conditions = entry.info.prices if entry is not None and isinstance(entry.info.prices, list) else []
    starts = (getattr(row.constraint, "start_date", None) for row in conditions)
    return [day for day in starts if isinstance(day, date)]
