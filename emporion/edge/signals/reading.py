"""OTLP requests, protobuf or JSON, as the same messages: what is wrong with one item leaves the others alone.

JSON differs from protobuf's own mapping in its ids, which are hex, so items are read one by one: only the keys that we use
are looked at, the rest may be anything.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, cast

import msgspec
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.json_format import ParseError as JsonFault
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from emporion.edge.signals.bodies import Unfit
from emporion.edge.signals.values import Refused, Value, attributes_of
from emporion.edge.signals.weighing import weigh_json, weigh_protobuf

_DEEPEST: Final = 40
_HEX_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


class Signal(StrEnum):
    """What is sent."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How a signal's request is built, in protobuf and in JSON, and which keys of an item are looked at."""

    request: Callable[[], Message]
    item: Callable[[], Message]
    resources: tuple[str, str]
    scopes: tuple[str, str]
    items: tuple[str, str]
    keys: frozenset[str]


_SHAPES: Final[Mapping[Signal, _Shape]] = {
    Signal.TRACES: _Shape(
        request=ExportTraceServiceRequest,
        item=Span,
        resources=("resource_spans", "resourceSpans"),
        scopes=("scope_spans", "scopeSpans"),
        items=("spans", "spans"),
        keys=frozenset(
            {
                "traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes",
                "status", "events",
            }
        ),
    ),
    Signal.METRICS: _Shape(
        request=ExportMetricsServiceRequest,
        item=Metric,
        resources=("resource_metrics", "resourceMetrics"),
        scopes=("scope_metrics", "scopeMetrics"),
        items=("metrics", "metrics"),
        keys=frozenset({"name", "unit", "gauge", "sum", "histogram", "exponentialHistogram", "summary"}),
    ),
    Signal.LOGS: _Shape(
        request=ExportLogsServiceRequest,
        item=LogRecord,
        resources=("resource_logs", "resourceLogs"),
        scopes=("scope_logs", "scopeLogs"),
        items=("log_records", "logRecords"),
        keys=frozenset(
            {
                "timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "body", "attributes", "traceId",
                "spanId", "eventName",
            }
        ),
    ),
}  # fmt: skip

# A Span, Metric or LogRecord by the signal that was asked for; which of them, only the caller knows.
Item: TypeAlias = tuple[Any, Mapping[str, Value], str]


def items_of(signal: Signal, body: bytes, *, is_json: bool) -> Iterator[Item]:
    """Each item with the attributes of its resource, or nothing and the reason against it; `Unfit` for what is no request."""
    return _from_json(_SHAPES[signal], body) if is_json else _from_protobuf(_SHAPES[signal], body)


def _from_protobuf(shape: _Shape, body: bytes) -> Iterator[Item]:
    request = shape.request()
    weigh_protobuf(body, cast("Descriptor", request.DESCRIPTOR))
    try:
        request.ParseFromString(body)  # type: ignore[no-untyped-call]
    except DecodeError as error:
        raise Unfit(status=400, message="The body is no OTLP request in protobuf.") from error
    return _walk(shape, request)


def _walk(shape: _Shape, request: Message) -> Iterator[Item]:
    for group in getattr(request, shape.resources[0]):
        attributes, problem = _resource(group.resource)
        for scope in getattr(group, shape.scopes[0]):
            for item in getattr(scope, shape.items[0]):
                yield (None if problem else item), attributes, problem


def _resource(resource: Resource) -> tuple[Mapping[str, Value], str]:
    try:
        return attributes_of(resource.attributes), ""
    except Refused as error:
        return {}, f"of its resource: {error}"


def _from_json(shape: _Shape, body: bytes) -> Iterator[Item]:
    weigh_json(body)
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unfit(status=400, message="The body is no JSON.") from error
    if not isinstance(told, dict):
        raise Unfit(status=400, message="The body is no OTLP request in JSON: it is not an object.")
    return _walk_json(shape, told)


def _walk_json(shape: _Shape, told: dict[str, object]) -> Iterator[Item]:
    for group in _objects(told.get(shape.resources[1])):
        attributes, problem = _json_resource(group.get("resource"))
        for scope in _objects(group.get(shape.scopes[1])):
            items = scope.get(shape.items[1])
            for item in items if isinstance(items, list) else ():
                yield _json_item(shape, item, attributes, problem)


def _objects(told: object) -> Iterator[dict[str, object]]:
    yield from (one for one in told if isinstance(one, dict)) if isinstance(told, list) else ()


def _json_resource(told: object) -> tuple[Mapping[str, Value], str]:
    pairs = told.get("attributes") if isinstance(told, dict) else None
    resource = Resource()
    try:
        _parse({"attributes": pairs or []}, resource)
    except (JsonFault, RecursionError, TypeError, ValueError, AttributeError):
        return {}, "of its resource: the attributes are not readable"
    return _resource(resource)


def _json_item(shape: _Shape, told: object, attributes: Mapping[str, Value], problem: str) -> Item:
    if problem:
        return None, attributes, problem
    if not isinstance(told, dict):
        return None, attributes, "an item is not an object"
    item = shape.item()
    try:
        known = {key: _bytes_of(value) if key in _HEX_IDS else value for key, value in told.items() if key in shape.keys}
        _parse(known, item)
    except Refused as error:
        return None, attributes, str(error)
    except (JsonFault, RecursionError, TypeError, ValueError, AttributeError) as error:
        return None, attributes, f"an item is not readable: {str(error).splitlines()[0][:120]}"
    return item, attributes, ""


def _parse(told: object, message: Message) -> None:
    ParseDict(told, message, ignore_unknown_fields=True, max_recursion_depth=_DEEPEST)  # type: ignore[no-untyped-call]


def _bytes_of(told: object) -> str:
    """An id in hex as protobuf's JSON mapping has bytes."""
    if not isinstance(told, str) or len(told) > 64:
        raise Refused("an id is not written in hex")
    try:
        return base64.b64encode(bytes.fromhex(told)).decode()
    except (ValueError, binascii.Error) as error:
        raise Refused("an id is not written in hex") from error
