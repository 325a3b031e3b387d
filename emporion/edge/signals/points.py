"""Points of metrics and lines of logs as events: under today's names, with bounds, without secrets."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import isfinite
from typing import Final, TypeAlias
from uuid import UUID

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    SummaryDataPoint,
)

from emporion.edge.collect.visitors import own_id
from emporion.edge.signals import names, scrubbing
from emporion.edge.signals.calls import Sender
from emporion.edge.signals.values import LONGEST_KEPT, Refused, Value, attributes_of, kept, plain, shown, word
from emporion.gateway.routing.types import Upstream
from emporion.store.schemas import LogSeen, MetricSeen
from emporion.store.types import NOBODY

Point: TypeAlias = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_NANOS: Final = 946_684_800 * 10**9
_AHEAD_NANOS: Final = 24 * 3600 * 10**9
_NO_VALUE: Final = 1  # DataPointFlags
_KINDS: Final = {
    "gauge": "gauge",
    "sum": "sum",
    "histogram": "histogram",
    "exponential_histogram": "histogram",
    "summary": "summary",
}
_TEMPORALITY: Final = {1: "delta", 2: "cumulative"}
# Severity numbers 1-24 in six groups of four.
_SEVERITIES: Final = ("trace", "debug", "info", "warn", "error", "fatal")
_MOST_COUNT: Final = 2**63 - 1


def upstream_of(attributes: Mapping[str, Value], sender: Sender) -> Upstream | None:
    """The registered API that a point or line is about, where it names one."""
    provider = names.provider_of(word(attributes, "provider"))
    host = word(attributes, "host").lower().partition(":")[0] or scrubbing.host_of(word(attributes, "url", LONGEST_KEPT))
    return sender.project.upstream(host=host, provider=provider) if provider or host else None


def points_of(metric: Metric) -> Iterator[Point]:
    """The points of a metric of any kind; `Refused` for one without a name, or of a kind that we do not know."""
    kind = metric.WhichOneof("data")
    name: str = metric.name
    if not name or len(name) > 200:
        raise Refused("a metric has no name, or one of more than 200 signs")
    if kind not in _KINDS:
        raise Refused("a metric has no points of a known kind")
    yield from getattr(metric, kind).data_points


def metric_event(
    metric: Metric, point: Point, resource: Mapping[str, Value], sender: Sender, now_nanos: int
) -> MetricSeen | None:
    """One point as it is kept; nothing for one that says that there was no value."""
    if point.flags & _NO_VALUE:
        return None
    kind = metric.WhichOneof("data") or ""
    at = _moment(point.time_unix_nano, now_nanos, "a point")
    told = attributes_of(point.attributes)
    attributes = kept(told)
    value, count = _value(point)
    upstream = upstream_of({**resource, **told}, sender)
    name = names.metric_of(metric.name, attributes)
    service = word(resource, "service")
    instance = resource.get("service.instance.id", "")
    mark = f"{name}|{service}|{instance}|{sorted(attributes.items())}"
    return MetricSeen(
        event_id=_id_of(mark, point.time_unix_nano, sender),
        occurred_at=at,
        organisation_id=sender.grant.organisation_id,
        project_id=sender.grant.project_id,
        name=name,
        unit=metric.unit[:60],
        kind=_KINDS[kind],
        service=service,
        environment=sender.grant.environment or word(resource, "environment", 60),
        api_id=upstream.api_id if upstream else NOBODY,
        attributes=attributes,
        value=value,
        count=count,
        temporality=_TEMPORALITY.get(getattr(getattr(metric, kind), "aggregation_temporality", 0), ""),
    )


def _value(point: Point) -> tuple[float, int]:
    """The value of a point and how many observations it stands for: of a histogram its sum and count."""
    if isinstance(point, NumberDataPoint):
        which = point.WhichOneof("value")
        if which is None:
            raise Refused("a point has no value")
        value = float(getattr(point, which))
        if not isfinite(value):
            raise Refused("a point's value is no number")
        return value, 1
    total = float(point.sum)
    if not isfinite(total):
        raise Refused("a point's value is no number")
    return total, min(int(point.count), _MOST_COUNT)


def log_event(record: LogRecord, at_index: int, resource: Mapping[str, Value], sender: Sender, now_nanos: int) -> LogSeen:
    """One line as it is kept; what was said to a model is left out of it."""
    nanos: int = record.time_unix_nano or record.observed_time_unix_nano or now_nanos
    at = _moment(nanos, now_nanos, "a line")
    told = attributes_of(record.attributes)
    attributes = kept(told)
    name = record.event_name or str(told.get("event.name", ""))
    is_said = name.startswith("gen_ai.")  # older conventions put what was said into the bodies of events
    body = name if is_said else scrubbing.text(shown(plain(record.body)))
    trace_id: bytes = record.trace_id
    if len(trace_id) not in {0, 16}:
        raise Refused("a trace id is not 16 bytes")
    upstream = upstream_of({**resource, **told}, sender)
    service = word(resource, "service")
    mark = f"{service}|{body}|{sorted(attributes.items())}|{trace_id.hex()}|{at_index}"
    return LogSeen(
        event_id=_id_of(mark, nanos, sender),
        occurred_at=at,
        organisation_id=sender.grant.organisation_id,
        project_id=sender.grant.project_id,
        severity=_severity(record),
        service=service,
        environment=sender.grant.environment or word(resource, "environment", 60),
        api_id=upstream.api_id if upstream else NOBODY,
        trace_id=trace_id.hex(),
        body=body,
        attributes=attributes,
    )


def _severity(record: LogRecord) -> str:
    number: int = record.severity_number
    if 1 <= number <= 24:
        return _SEVERITIES[(number - 1) // 4]
    return str(record.severity_text)[:20].lower()


def _moment(nanos: int, now_nanos: int, what: str) -> datetime:
    if not _EARLIEST_NANOS <= nanos <= now_nanos + _AHEAD_NANOS:
        raise Refused(f"{what} has no time, or one that is not now")
    return _EPOCH + timedelta(microseconds=nanos // 1_000)


def _id_of(mark: str, nanos: int, sender: Sender) -> UUID:
    """The same point or line sent again is the same event."""
    key = sender.grant.project_id.bytes
    return own_id(blake2b(f"{nanos}|{mark}".encode("utf-8", "replace"), digest_size=16, key=key).digest())
