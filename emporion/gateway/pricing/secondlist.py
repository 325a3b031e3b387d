"""A second opinion on prices: the data of `model-prices`, which takes its dated prices from elsewhere than the first list.

Only its data is read (with decimals; its own code reckons in floats). It knows what the labs charge for their own APIs, not
what clouds and routers charge for the same models, and says nothing of those. A provider whose prices follow the hour is left
out: an opinion that ignores the hour would only raise false doubts.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version as installed
from importlib.resources import files
from typing import Any

import msgspec

from emporion.gateway.pricing.pricelist import KEPT, PROVIDERS
from emporion.gateway.pricing.rates import Kind, Rates, Tier, rates_of

NAMES = {"x-ai": "xai", "aws": "", "azure": ""}  # what the first list calls otherwise, or what this one does not know
DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")
TOKENS = 1_000_000
INPUT = frozenset({("family", "tokens"), ("direction", "input")})
KINDS = {
    "input": Kind("input_tokens", TOKENS, INPUT),
    "output": Kind("output_tokens", TOKENS, frozenset({("family", "tokens"), ("direction", "output")})),
    "cache_read": Kind("cache_read_tokens", TOKENS, INPUT | {("type", "read")}),
    "cache_write": Kind("cache_write_tokens", TOKENS, INPUT | {("type", "write")}),
    "cache_write_1h": Kind("cache_write_1h_tokens", TOKENS, INPUT | {("type", "write"), ("ttl", "1h")}),
}
# How the context of a call chooses among the modes that this list has.
MODES = {("processing", "batch"): "batch", ("speed", "fast"): "fast", ("service_tier", "priority"): "priority"}


class Dated(msgspec.Struct, frozen=True):
    """A model's rates from a moment on, and where they were read."""

    since: datetime
    rates: Rates
    source: str


_models: dict[tuple[str, str, str], tuple[Dated, ...]] = {}


@cache
def version() -> str:
    """The name and version of this list."""
    return f"model-prices {installed('model-prices')}"


@cache
def _data() -> Mapping[str, Any]:
    text = files("model_prices").joinpath("snapshot.json").read_text(encoding="utf-8")
    data: Mapping[str, Any] = json.loads(text, parse_float=Decimal)
    return data


def warm() -> None:
    """Read the list now."""
    _data()


def find(provider: str, model: str, at: datetime, context: tuple[tuple[str, str], ...] = ()) -> Rates | None:
    """The rates of a model at that moment; `None` where this list has no opinion."""
    history = history_of(provider, model, next((MODES[pair] for pair in context if pair in MODES), "standard"))
    index = bisect_right(history, at, key=lambda row: row.since)
    return history[index - 1].rates or None if index else None


def history_of(provider: str, model: str, mode: str = "standard") -> tuple[Dated, ...]:
    """All prices that a model has had, oldest first."""
    key = (provider, model, mode)
    try:
        return _models[key]
    except KeyError:
        if len(_models) >= KEPT:
            _models.clear()
        history = _models[key] = _compile(_names(provider, model), mode)
        return history


def _names(provider: str, model: str) -> Mapping[str, Any]:
    data = _data()
    name = PROVIDERS.get(provider.lower(), provider.lower())
    name = NAMES.get(name, name)
    scheduled = {str(row["provider"]) for row in data["schedules"]["schedule"] if "valid_until" not in row}
    labs = [name] if name in data["prices"] and name not in scheduled else []
    if not provider:
        labs = [lab for lab in ("openai", "anthropic", "google", "xai", "mistral", "cohere") if lab in data["prices"]]
    for lab in labs:
        models = data["prices"][lab]
        for candidate in (model, DATED.sub("", model)):
            known = str(data["bases"].get(lab, {}).get(candidate, candidate))
            for wanted in (candidate, known):
                if wanted in models:
                    found: Mapping[str, Any] = models[wanted]
                    return found
    return {}


def _compile(modes: Mapping[str, Any], mode: str) -> tuple[Dated, ...]:
    rows = modes.get(mode, ())
    return tuple(
        Dated(
            datetime.fromisoformat(row["start"]) if row["start"] else datetime.min.replace(tzinfo=UTC),
            _rates(row["rates"]) if row["rates"] else (),
            str(row["rates"]["source"]) if row["rates"] else "",
        )
        for row in rows
    )


def _rates(row: Mapping[str, Any]) -> Rates:
    prices = {name: Decimal(row[name]) for name in KINDS if row.get(name) is not None}
    tiers: dict[str, list[Tier]] = {}
    for tier in row.get("tiers", ()):
        for name in KINDS:
            if tier.get(name) is not None:
                tiers.setdefault(name, []).append(Tier(int(tier["above"]), Decimal(tier[name])))
    if (multiple := row.get("cache_write_1h_multiple")) is not None:
        prices["cache_write_1h"] = prices["input"] * multiple
        tiers["cache_write_1h"] = [Tier(tier.above, tier.price * multiple) for tier in tiers.get("input", ())]
    return rates_of((KINDS[name], price, tuple(tiers.get(name, ()))) for name, price in prices.items())
