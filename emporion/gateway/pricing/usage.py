"""Reads from a provider's answer what the call used, by the rules of the price list, whatever shape the provider gives it.

Where the list has a rule for the provider and the operation, that rule is followed; otherwise the shape of the answer says
which rule fits, so that a local server that speaks like OpenAI is counted like OpenAI.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from emporion.gateway.pricing import large
from emporion.gateway.pricing.pricelist import PROVIDERS, extractors_of
from emporion.gateway.pricing.types import Answer, Count, Usage

RAW_BYTES = 8_000  # what the event store keeps of it
MOST_COUNTED = 10**12  # of anything in one answer; `1e99999999` would be worked out for minutes, and cost all there is
CHARACTERS_PER_TOKEN = 4  # English prose, by the providers' own rule of thumb; only estimates use it
FLAVOURS = {
    "chat": ("chat", "default"),
    "completions": ("chat", "default"),
    "responses": ("responses", "default"),
    "embeddings": ("embeddings", "default"),
    "images": ("images", "default"),
    "messages": ("anthropic", "default"),
    "generate_content": ("default",),
    "converse": ("default",),
}
SAID = ("content", "tool_calls", "refusal", "audio", "function_call")
LOOKED_AT = (
    "usage",
    "usageMetadata",
    "model",
    "modelVersion",
    "error",
    "service_tier",
    "stop_reason",
    "status",
    "incomplete_details",
)
NOTHING = Usage()
# Usage with a fraction in it (seconds of sound, dollars) must not pass through a float on its way to a price.
_decode_exact = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode

Step = str | tuple[str, str]  # a key, or a list's item whose field has a value


class Mapped(msgspec.Struct, frozen=True):
    """One count: where it stands under the root and which kind it adds to."""

    path: tuple[Step, ...]
    kind: str
    is_required: bool


class Reading(msgspec.Struct, frozen=True):
    """How one shape of answer is read."""

    root: tuple[Step, ...]
    mapped: tuple[Mapped, ...]
    model_key: str


def extract(*, provider: str, operation: str = "", response: bytes | str | Mapping[str, Any]) -> Usage:
    """What an answer says was used; `Usage()` where it says nothing that can be read."""
    body = parsed(response)
    if body is None:
        return NOTHING
    for reading in _readings(provider, operation, body):
        counts = _counts(reading, body)
        if counts is not None:
            context, kept = _context(body, reading)
            return Usage(counts=counts, context=context, raw=kept)
    return NOTHING


def read(*, provider: str, operation: str = "", response: bytes | str | Mapping[str, Any]) -> Answer:
    """Everything that an answer in one piece says of itself."""
    body = parsed(response)
    if body is None:
        return Answer(usage=NOTHING, is_malformed=True)
    usage = extract(provider=provider, operation=operation, response=body)
    code, message = error_in(body)
    reason, has_content = _ending(body)
    return Answer(
        usage=usage,
        model=model_in(body),
        finish_reason=reason,
        has_content=has_content,
        is_complete=not code and not message,
        error_code=code,
        error_message=message,
    )


def estimated(*, asked_characters: int, answered_characters: int) -> Usage:
    """A guess for an answer that broke off before its usage was said; whoever shows its cost says that it is one."""
    counts: dict[str, Count] = {
        "input_tokens": -(-asked_characters // CHARACTERS_PER_TOKEN),
        "output_tokens": -(-answered_characters // CHARACTERS_PER_TOKEN),
    }
    return Usage(counts=counts, is_estimate=True)


def whole(counts: Mapping[str, Count]) -> dict[str, Count]:
    """Counts from a trace, whose input includes what was cached, as it should, or does not, as many libraries have it.

    A part cannot be greater than its whole: where the cached tokens are more than the input, they were left out of it.
    """
    complete = dict(counts)
    cached = counts.get("cache_read_tokens", 0) + counts.get("cache_write_tokens", 0)
    if cached > counts.get("input_tokens", 0):
        complete["input_tokens"] = counts.get("input_tokens", 0) + cached
    return complete


def parsed(response: bytes | str | Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The answer as a mapping; `None` where it is not one."""
    if isinstance(response, Mapping):
        return response
    if len(response) > large.LONGEST:
        return large.parsed(response, names=_told())
    try:
        body = _decode_exact(response)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def model_in(body: Mapping[str, Any]) -> str:
    """The model that answered, by its own word."""
    model = body.get("model") or body.get("modelVersion")
    return model if isinstance(model, str) else ""


def error_in(body: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message of an error that an answer carries."""
    error = body.get("error")
    if not error:
        return "", ""
    if not isinstance(error, Mapping):
        return "error", str(error)[:500]
    return str(error.get("code") or error.get("type") or "error"), str(error.get("message") or "")[:500]


def _ending(body: Mapping[str, Any]) -> tuple[str, bool]:
    """Why the answer ended and whether there is anything in it."""
    if isinstance(choices := body.get("choices"), list):  # OpenAI chat
        first = choices[0] if choices and isinstance(choices[0], Mapping) else {}
        message = first.get("message")
        said = [first.get("text"), *(message.get(key) for key in SAID)] if isinstance(message, Mapping) else [first.get("text")]
        return str(first.get("finish_reason") or ""), any(said)
    if isinstance(output := body.get("output"), list):  # OpenAI responses
        details = body.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, Mapping) else body.get("status")
        return str(reason or ""), bool(output)
    if "stop_reason" in body or isinstance(body.get("content"), list):  # Anthropic
        return str(body.get("stop_reason") or ""), bool(body.get("content"))
    return "", bool(body.get("data") or body.get("candidates") or body.get("output"))


def _readings(provider: str, operation: str, body: Mapping[str, Any]) -> list[Reading]:
    name = PROVIDERS.get(provider.lower(), provider.lower())
    own = _compiled(name) if name else {}
    wanted = [own[flavour] for flavour in FLAVOURS.get(operation, (operation, "chat", "default")) if flavour in own]
    return [*wanted, *by_shape(body)]


def by_shape(body: Mapping[str, Any]) -> list[Reading]:
    """The rules that fit what the answer looks like."""
    usage = body.get("usage")
    if isinstance(body.get("usageMetadata"), Mapping):
        return [_compiled("google")["default"]]
    if not isinstance(usage, Mapping):
        return []
    if "prompt_tokens" in usage:
        return [_compiled("openai")["chat"], _compiled("openai")["embeddings"]]
    if "inputTokens" in usage:
        return [_compiled("aws")["default"]]
    if "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage:
        return [_compiled("anthropic")["default"]]
    return [_compiled("openai")["responses"], _compiled("anthropic")["default"]]


@cache
def _told() -> frozenset[str]:
    """Everything on the first level of an answer that some rule looks at."""
    readings = [reading for name in {*PROVIDERS.values()} for reading in _compiled(name).values()]
    return frozenset({*large.SAYS_SOMETHING, *LOOKED_AT, *(str(one.root[0]) for one in readings)})


@cache
def _compiled(provider: str) -> Mapping[str, Reading]:
    return {
        flavour: Reading(root, tuple(Mapped(*row) for row in rows), model_key)
        for flavour, root, rows, model_key in extractors_of(provider)
    }


def _counts(reading: Reading, body: Mapping[str, Any]) -> dict[str, Count] | None:
    """Counts by kind; `None` where what must be there is not, as the list's own rules demand."""
    usage = _walk(reading.root, body)
    if not isinstance(usage, Mapping):
        return None
    counts: dict[str, Count] = {}
    for row in reading.mapped:
        value = usage.get(row.path[0]) if len(row.path) == 1 else _walk(row.path, usage)
        if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or not 0 <= value <= MOST_COUNTED:
            if row.is_required:
                return None
            continue
        count = Decimal(repr(value)) if isinstance(value, float) else value
        counts[row.kind] = counts.get(row.kind, 0) + count
    return counts or None


def _walk(path: tuple[Step, ...], data: Any) -> Any:
    for step in path:
        if isinstance(step, str):
            if not isinstance(data, Mapping):
                return None
            data = data.get(step)
        else:
            field, value = step
            if not isinstance(data, list):
                return None
            data = next((item for item in data if isinstance(item, Mapping) and item.get(field) == value), None)
    return data


def _context(body: Mapping[str, Any], reading: Reading) -> tuple[tuple[tuple[str, str], ...], str]:
    """What else decides the price, and the answer's own words cut down to what is needed to read it again."""
    root = str(reading.root[0])
    said = body.get(root)
    usage: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    kept: dict[str, Any] = {root: said}
    context = []
    tier = body.get("service_tier") or usage.get("service_tier")
    if isinstance(tier, str) and tier:
        kept["service_tier"] = tier
        context.append(("processing", "batch") if tier == "batch" else ("service_tier", tier))
    if isinstance(speed := usage.get("speed"), str):
        context.append(("speed", speed))
    raw = _encode(kept).decode()
    if len(raw) > RAW_BYTES:
        raw = _encode({**kept, root: {key: usage[key] for key in usage if key != "iterations"}}).decode()
    return tuple(context), raw if len(raw) <= RAW_BYTES else ""
