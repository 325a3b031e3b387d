"""Streams as the providers send them, built around a usage: the same call, asked for with `stream`."""

import json
from typing import Any

TEXT = ["Gre", "ek for ", "“trading post”", "."]


def sse(data: Any, event: str = "") -> bytes:
    name = f"event: {event}\n" if event else ""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"{name}data: {text}\n\n".encode()


def chat(usage: dict[str, Any], model: str, reason: str = "stop", tier: str = "") -> list[bytes]:
    """OpenAI's chat: the role, the words, the reason, and the usage in a frame without choices."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, **({"service_tier": tier} if tier else {})}

    def choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": None}

    frames = [choice({"role": "assistant", "content": ""}), *(choice({"content": word}) for word in TEXT), choice({}, reason)]
    return [*(sse(frame) for frame in frames), sse({**base, "choices": [], "usage": usage}), sse("[DONE]")]


def responses(usage: dict[str, Any], model: str, state: str = "completed") -> list[bytes]:
    """OpenAI's responses: named events, the last of which holds the whole answer."""
    answer = {"id": "resp_1", "object": "response", "model": model, "status": "in_progress", "usage": None, "output": []}
    done = {**answer, "status": state, "usage": usage, "output": [{"type": "message"}]}
    names = [("response.created", {"response": answer}), ("response.output_item.added", {"item": {"type": "message"}})]
    names += [("response.output_text.delta", {"delta": word}) for word in TEXT]
    names += [("response.output_text.done", {"text": "".join(TEXT)}), (f"response.{state}", {"response": done})]
    return [sse({"type": name, "sequence_number": number, **body}, name) for number, (name, body) in enumerate(names)]


def messages(usage: dict[str, Any], model: str, reason: str = "end_turn") -> list[bytes]:
    """Anthropic's messages: the input is told at the start, the output at the end as a running total."""
    start = {**usage, "output_tokens": min(1, usage["output_tokens"])}
    totals = {key: usage[key] for key in ("output_tokens", "server_tool_use", "output_tokens_details") if key in usage}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": start}
    names: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": message}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        ("ping", {}),
        *(("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": word}}) for word in TEXT),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": totals}),
        ("message_stop", {}),
    ]
    return [sse({"type": name, **body}, name) for name, body in names]


def google(usage: dict[str, Any], model: str) -> list[bytes]:
    """Google's `alt=sse`: whole answers, the input told from the first on, everything in the last."""
    first = {key: usage[key] for key in usage if key.startswith("prompt")}

    def frame(word: str, told: dict[str, Any], **more: str) -> bytes:
        candidate = {"content": {"role": "model", "parts": [{"text": word}]}, "index": 0, **more}
        return sse({"candidates": [candidate], "usageMetadata": told, "modelVersion": model})

    return [*(frame(word, first) for word in TEXT[:-1]), frame(TEXT[-1], usage, finishReason="STOP")]


def cohere(usage: dict[str, Any], model: str) -> list[bytes]:
    """Cohere's chat: typed frames, the usage in the last one's delta."""
    words = [sse({"type": "content-delta", "delta": {"message": {"content": {"text": word}}}}) for word in TEXT]
    return [*words, sse({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}})]


def converse(usage: dict[str, Any], model: str) -> list[bytes]:
    """The payloads of Bedrock's ConverseStream, as a gateway hands them on: deltas, then the metadata."""
    words = [sse({"contentBlockIndex": 0, "delta": {"text": word}}) for word in TEXT]
    return [*words, sse({"stopReason": "end_turn"}), sse({"usage": usage, "metrics": {"latencyMs": 1}})]


def around(body: dict[str, Any], model: str) -> tuple[str, list[bytes]] | None:
    """Operation and frames of the stream that would have carried this usage; `None` where nothing is streamed."""
    usage = body.get("usage") or {}
    if "usageMetadata" in body:
        return "generate_content", google(body["usageMetadata"], model)
    if "billed_units" in usage:
        return "chat", cohere(usage, model)
    if "inputTokens" in usage:
        return "converse", converse(usage, model)
    if "completion_tokens" in usage:
        return "chat", chat(usage, model)
    if "cache_creation_input_tokens" in usage or "server_tool_use" in usage:
        return "messages", messages(usage, model)
    return ("responses", responses(usage, model)) if "output_tokens" in usage else None
