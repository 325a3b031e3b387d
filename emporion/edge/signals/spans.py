"""Which spans are calls of an API, and what each says of it, whatever convention it was written under."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from emporion.edge.signals import names, scrubbing
from emporion.edge.signals.values import Refused, Value, attributes_of, count, first, number, word

CLIENT: Final = 3  # SpanKind of trace.proto
INTERNAL: Final = frozenset({0, 1})
ERROR: Final = 2  # StatusCode
_EARLIEST_NANOS: Final = 946_684_800 * 10**9  # the year 2000: before it a clock was not set
_AHEAD_NANOS: Final = 24 * 3600 * 10**9
_LONGEST_NANOS: Final = 24 * 3600 * 10**9
TOKENS: Final = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "audio_input_tokens",
    "audio_output_tokens",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSpan:
    """A span that is a call. `is_model` marks those of a model; `tokens` holds only what was told."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    start_nanos: int
    duration_nanos: int
    is_model: bool
    operation: str
    provider: str
    host: str
    port: int
    path: str
    method: str
    status: int
    error: str
    message: str
    has_failed: bool
    attributes: Mapping[str, Value]
    tokens: Mapping[str, int]

    @property
    def key(self) -> bytes:
        """The span's name in the world."""
        return self.trace_id + self.span_id


def call_of(span: Span, resource: Mapping[str, Value], now_nanos: int) -> CallSpan | None:
    """The call that a span is, nothing for any other span; `Refused` for one that cannot be right."""
    trace_id, span_id, start, took = _identity(span, now_nanos)
    own = attributes_of(span.attributes)
    is_model = _is_model(span.kind, own)
    if not is_model and not (span.kind == CLIENT and first(own, "method") is not None):
        return None
    attributes = {**resource, **own}
    url = word(own, "url", scrubbing.LONGEST_TEXT)
    status = count(own, "status", 999) or 0
    return CallSpan(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=span.parent_span_id,
        start_nanos=start,
        duration_nanos=took,
        is_model=is_model,
        operation=word(own, "operation") if is_model else "",
        provider=names.provider_of(word(own, "provider")),
        host=(scrubbing.host_of(url) or _host(word(own, "host"))),
        port=_port(url) or count(own, "port", 65_535) or 443,
        path=scrubbing.path(word(own, "template", 500) or _path(url) or word(own, "path", 2_000))[:500],
        method=word(own, "method", 10).upper(),
        status=status,
        error=word(own, "error"),
        message=_message(span),
        has_failed=span.status.code == ERROR,
        attributes=attributes,
        tokens={kind: told for kind in TOKENS if (told := count(own, kind)) is not None},
    )


def _identity(span: Span, now_nanos: int) -> tuple[bytes, bytes, int, int]:
    trace_id: bytes = span.trace_id
    span_id: bytes = span.span_id
    if len(trace_id) != 16 or not any(trace_id):
        raise Refused("a trace id is not 16 bytes")
    if len(span_id) != 8 or not any(span_id):
        raise Refused("a span id is not 8 bytes")
    start: int = span.start_time_unix_nano
    took: int = span.end_time_unix_nano - start
    if not _EARLIEST_NANOS <= start <= now_nanos + _AHEAD_NANOS:
        raise Refused("a span has no time, or one that is not now")
    if not 0 <= took <= _LONGEST_NANOS:
        raise Refused("a span ends before it begins, or a day later")
    return trace_id, span_id, start, took


def _is_model(kind: int, own: Mapping[str, Value]) -> bool:
    """Whether a span is a call of a model; one that names no operation is, when it names a model and what it used."""
    if kind != CLIENT and kind not in INTERNAL:
        return False
    operation = word(own, "operation").lower()
    if operation:
        return operation in names.MODEL_OPERATIONS and (first(own, "model") or first(own, "provider")) is not None
    return first(own, "model") is not None and (first(own, "input_tokens") is not None or kind == CLIENT)


def _message(span: Span) -> str:
    """What went wrong, by the span's status or by the exception that it recorded."""
    said: str = span.status.message
    if not said:
        for event in span.events[:20]:
            if event.name == "exception":
                told = {pair.key: pair.value.string_value for pair in event.attributes[:20]}
                said = told.get("exception.message") or told.get("exception.type", "")
    return scrubbing.text(said, 1_000)


def _host(told: str) -> str:
    """A host without its port, however it was told."""
    return scrubbing.host_of(told if "://" in told else f"//{told}")


def _port(url: str) -> int:
    try:
        parts = urlsplit(url)
        return parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return 0


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def outermost(calls: Sequence[CallSpan]) -> list[CallSpan]:
    """Each call once: the request that a model's library makes is that model's call, and so is a framework's span around it.

    Of a model's span and the HTTP request inside it the model's one stays, which knows the tokens; of two nested spans of models
    the inner one, which is nearer to the provider.
    """
    by_key = {call.key: call for call in calls}
    wrapped = {call.trace_id + call.parent_id for call in calls if call.is_model}
    return [call for call in calls if not _is_told_by_another(call, by_key, wrapped)]


def _is_told_by_another(call: CallSpan, by_key: Mapping[bytes, CallSpan], wrapped: set[bytes]) -> bool:
    if call.is_model:
        return call.key in wrapped
    parent = by_key.get(call.trace_id + call.parent_id)
    return parent is not None and parent.is_model


def first_chunk_micros(call: CallSpan) -> int:
    """When the first piece of an answer came, in microseconds; 0 where it was not told."""
    seconds = number(call.attributes, "first_chunk_seconds") or 0.0
    return min(int(seconds * 1e6), 2**32 - 1)
