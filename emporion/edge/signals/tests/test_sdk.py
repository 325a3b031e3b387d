"""The official OpenTelemetry SDK and its OTLP/HTTP exporters as the client that everybody has."""

import logging
from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from emporion.edge.tests.world import World
from emporion.store.schemas import ApiCalled, LogSeen, MetricSeen

from .wire import KEY, OPENAI, PROJECT, STRIPE, listening

pytestmark = pytest.mark.requirement("NEX-01")
RESOURCE = Resource.create({"service.name": "checkout", "deployment.environment.name": "staging", "cloud.region": "eu-1"})
HEADERS = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with listening(world) as address:
        yield address


@pytest.fixture
def tracer(address: str) -> Iterator[TracerProvider]:
    provider = TracerProvider(resource=RESOURCE)
    exporter = OTLPSpanExporter(f"{address}/otlp/v1/traces", headers=HEADERS, compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    yield provider
    provider.shutdown()


def test_a_model_s_call_is_counted_once_with_its_tokens_and_its_cost(world: World, tracer: TracerProvider) -> None:
    tracing = tracer.get_tracer("shop")
    model = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 200,
        "gen_ai.usage.cache_read.input_tokens": 400,
        "gen_ai.input.messages": '[{"role":"user","content":"my secret plan"}]',
        "server.address": "api.openai.com",
        "emporion.feature": "answers",
        "emporion.customer": "acme",
    }
    request = {
        "http.request.method": "POST",
        "url.full": "https://api.openai.com/v1/chat/completions",
        "http.response.status_code": 200,
    }
    with (
        tracing.start_as_current_span("invoke_agent", attributes={"gen_ai.operation.name": "invoke_agent"}),
        tracing.start_as_current_span("chat gpt-4o", kind=SpanKind.CLIENT, attributes=model),
        tracing.start_as_current_span("POST", kind=SpanKind.CLIENT, attributes=request),
    ):
        pass
    tracer.force_flush()
    (call,) = world.events()
    assert isinstance(call, ApiCalled)
    assert (call.api_id, call.project_id, call.origin, call.outcome) == (OPENAI, PROJECT, "trace", "ok")
    assert (call.model, call.answered_model, call.provider) == ("gpt-4o", "gpt-4o-2024-08-06", "openai")
    assert (call.input_tokens, call.output_tokens, call.cache_read_tokens) == (1_000, 200, 400)
    # 600 fresh at $2.50, 400 cached at $1.25 and 200 written at $10 a million
    assert call.cost_picos == 600 * 2_500_000 + 400 * 1_250_000 + 200 * 10_000_000
    assert (call.feature, call.customer, call.team, call.environment) == ("answers", "acme", "search", "production")
    assert (call.first_token_us, call.is_stream, call.region) == (250_000, True, "eu-1")
    assert "secret plan" not in repr(call)


def test_the_names_of_last_year_mean_the_same(world: World, tracer: TracerProvider) -> None:
    tracing = tracer.get_tracer("old")
    attributes = {
        "gen_ai.system": "openai",
        "llm.request.type": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 10,
        "gen_ai.usage.completion_tokens": 5,
        "gen_ai.usage.cache_creation.input_tokens": 3,
    }
    with tracing.start_as_current_span("openai.chat", kind=SpanKind.CLIENT, attributes=attributes):
        pass
    old = {"http.method": "GET", "http.url": "https://api.stripe.com/v1/charges?limit=3", "http.status_code": 503}
    with tracing.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes=old) as span:
        span.set_status(Status(StatusCode.ERROR, "unavailable"))
    tracer.force_flush()
    chat, charge = sorted((event for event in world.events() if isinstance(event, ApiCalled)), key=lambda call: call.method)
    assert (chat.api_id, chat.input_tokens, chat.output_tokens, chat.cache_write_tokens) == (OPENAI, 10, 5, 3)
    assert (charge.api_id, charge.status, charge.outcome, charge.operation) == (STRIPE, 503, "overloaded", "charges")
    assert charge.path == "/v1/charges"


def test_a_call_that_threw_says_who_has_to_act(world: World, tracer: TracerProvider) -> None:
    tracing = tracer.get_tracer("shop")
    failures = {
        "openai.RateLimitError": "throttled",
        "insufficient_quota": "quota_exhausted",
        "openai.AuthenticationError": "key_refused",
        "httpx.ConnectTimeout": "timeout",
        "httpx.ConnectError": "unreachable",
        "500": "provider_error",
        "_OTHER": "provider_error",
    }
    for error in failures:
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
        with tracing.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes=attributes | {"error.type": error}) as span:
            span.set_status(Status(StatusCode.ERROR))
    tracer.force_flush()
    assert {call.error_code or "500": call.outcome for call in world.events() if isinstance(call, ApiCalled)} == failures


def test_metrics_of_every_kind_arrive_under_today_s_names(world: World, address: str) -> None:
    exporter = OTLPMetricExporter(f"{address}/v1/metrics", headers=HEADERS, compression=Compression.Gzip)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    views = [View(instrument_name="queue.wait", aggregation=ExponentialBucketHistogramAggregation())]
    provider = MeterProvider([reader], resource=RESOURCE, views=views)
    meter = provider.get_meter("shop")
    meter.create_counter("orders", unit="1").add(3, {"api_key": "sk-very-secret-key-1234567890", "kind": "card"})
    meter.create_gauge("depth").set(7)
    tokens = meter.create_histogram("gen_ai.client.token.usage")
    tokens.record(30, {"gen_ai.token.type": "input", "gen_ai.system": "openai"})
    tokens.record(12, {"gen_ai.token.type": "input", "gen_ai.system": "openai"})
    meter.create_histogram("gen_ai.client.operation.duration", unit="s").record(1.5)
    meter.create_histogram("queue.wait").record(4)
    provider.shutdown()
    seen = {event.name: event for event in world.events() if isinstance(event, MetricSeen)}
    usage = seen["gen_ai.client.inference.operation.input_tokens"]
    assert (usage.kind, usage.value, usage.count, usage.api_id) == ("histogram", 42.0, 2, OPENAI)
    assert usage.attributes["gen_ai.provider.name"] == "openai"
    assert (seen["gen_ai.client.inference.duration"].value, seen["queue.wait"].value) == (1.5, 4.0)
    assert (seen["orders"].value, seen["orders"].temporality, seen["orders"].service) == (3.0, "cumulative", "checkout")
    assert seen["orders"].attributes == {"kind": "card"}
    assert (seen["depth"].kind, seen["depth"].value) == ("gauge", 7.0)


def test_lines_of_logs_arrive_without_the_keys_in_them(world: World, address: str) -> None:
    provider = LoggerProvider(resource=RESOURCE)
    exporter = OTLPLogExporter(f"{address}/v1/logs", headers={"x-emporion-key": KEY})
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    from opentelemetry._logs import LogRecord, SeverityNumber

    logger = provider.get_logger("shop")
    text = "refused: Authorization: Bearer abcdef1234567890 at https://u:p@api.stripe.com/v1/charges?key=abc"
    logger.emit(LogRecord(body=text, severity_number=SeverityNumber.ERROR, attributes={"password": "hunter22"}))
    provider.shutdown()
    (line,) = world.events()
    assert isinstance(line, LogSeen)
    assert (line.severity, line.service, line.environment) == ("error", "checkout", "production")
    assert line.body == "refused: Authorization: Bearer … at https://api.stripe.com/v1/charges"
    assert line.attributes == {}


def test_a_wrong_key_is_told_and_nothing_is_kept(world: World, address: str, caplog: pytest.LogCaptureFixture) -> None:
    provider = TracerProvider(resource=RESOURCE)
    exporter = OTLPSpanExporter(f"{address}/v1/traces", headers={"authorization": "Bearer emp_gw_nobody"})
    provider.add_span_processor(BatchSpanProcessor(exporter))
    with caplog.at_level(logging.ERROR), provider.get_tracer("x").start_as_current_span("x"):
        pass
    provider.shutdown()
    assert "401" in caplog.text
    assert world.events() == []
