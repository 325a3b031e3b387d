"""What the specification says of the wire, and what people send who have not read it."""

import gzip
import json
import time
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

from emporion.edge.signals import bodies
from emporion.edge.signals.answers import _varint
from emporion.edge.tests.world import Reply, World
from emporion.store.schemas import ApiCalled, Heartbeat, LogSeen, MetricSeen
from emporion.store.types import NOBODY, SpoolLimits

from .wire import BEAT, HEARTBEAT, KEY, OPENAI, STRIPE, furnish

pytestmark = pytest.mark.requirement("NEX-01")
NOW = time.time_ns()
JSON, PROTOBUF = "application/json", "application/x-protobuf"


def span(**changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174",
        "name": "GET",
        "kind": 3,
        "startTimeUnixNano": str(NOW - 2_000_000_000),
        "endTimeUnixNano": NOW,
        "attributes": [
            {"key": "http.request.method", "value": {"stringValue": "GET"}},
            {
                "key": "url.full",
                "value": {"stringValue": "https://api.stripe.com/v1/charges/ch_3MtwBwLkdIwHu7ix28a3tqPa?key=sk_live_x"},
            },
            {"key": "http.response.status_code", "value": {"intValue": "200"}},
        ],
        "status": {},
        "links": [{"traceId": "nonsense"}],
        "inventedYesterday": {"deep": [1, 2, {"er": None}]},
    }
    return told | changes


def request(*spans: object, resource: object = None) -> dict[str, object]:
    return {
        "resourceSpans": [{"resource": resource or {"attributes": []}, "scopeSpans": [{"spans": list(spans), "x": 1}]}],
        "y": 2,
    }


async def send(world: World, body: object, *, path: str = "/v1/traces", kind: str = JSON, key: str = KEY, **more: str) -> Reply:
    return await world.send(body, path=path, content_type=kind, authorization=f"Bearer {key}", **more)


def rejected(reply: Reply) -> tuple[int, str]:
    told = reply.json["partialSuccess"]
    return int(told["rejectedSpans"]), told["errorMessage"]


async def test_json_with_hex_ids_whole_numbers_as_text_and_fields_that_nobody_knows_is_taken(world: World) -> None:
    reply = await send(world, request(span()))
    assert (reply.status, reply.json, reply.headers["content-type"]) == (200, {}, JSON)
    (call,) = world.events()
    assert isinstance(call, ApiCalled)
    assert (call.api_id, call.trace_id, call.duration_us) == (STRIPE, "5b8efff798038103d269b633813fc60c", 2_000_000)
    assert call.path == "/v1/charges/…"
    assert "sk_live" not in repr(call)


async def test_the_same_span_sent_again_counts_once(world: World) -> None:
    await send(world, request(span(), span()))
    await send(world, request(span()), path="/otlp/v1/traces")
    assert len(world.events()) == 1


async def test_protobuf_is_answered_in_protobuf(world: World) -> None:
    wrong = ExportTraceServiceRequest()
    bad = wrong.resource_spans.add().scope_spans.add().spans.add()
    bad.trace_id, bad.span_id, bad.start_time_unix_nano, bad.end_time_unix_nano = b"\x01" * 4, b"\x02" * 8, NOW, NOW
    reply = await send(world, wrong.SerializeToString(), kind=PROTOBUF)
    assert (reply.status, reply.headers["content-type"]) == (200, PROTOBUF)
    told = ExportTraceServiceResponse.FromString(reply.body).partial_success
    assert (told.rejected_spans, told.error_message) == (1, "1: a trace id is not 16 bytes")
    empty = await send(world, b"", kind=PROTOBUF)
    assert (empty.status, empty.body) == (200, b"")


async def test_what_is_wrong_with_one_span_leaves_the_others_alone(world: World) -> None:
    many = [{"key": f"a{number}", "value": {"intValue": number}} for number in range(10_000)]
    huge = {"key": "huge", "value": {"stringValue": "x" * 3_000_000}}
    deep: dict[str, object] = {"stringValue": "x"}
    for _ in range(60):
        deep = {"arrayValue": {"values": [deep]}}
    reply = await send(
        world,
        request(
            span(traceId="xyz"),
            span(spanId=""),
            span(spanId="EEE19B7EC3C1B1"),
            span(startTimeUnixNano=0),
            span(endTimeUnixNano=5),
            span(attributes=many),
            span(attributes=[{"key": "k", "value": deep}]),
            span(attributes="none"),
            "not a span",
            span(spanId="EEE19B7EC3C1B175", attributes=[*span()["attributes"], huge]),
            span(),
        ),
    )
    count, why = rejected(reply)
    assert (reply.status, count) == (200, 9)
    assert "a trace id is not" in why or "an id is not written in hex" in why
    assert len(world.events()) == 2


async def test_an_answer_that_is_no_request_is_refused_in_the_type_that_was_sent(world: World) -> None:
    for body, kind in ((b"{", JSON), (b"[]", JSON), (b"\xff\xff\xff", PROTOBUF), (b"[" * 100_000, JSON), (b"\xff", JSON)):
        reply = await send(world, body, kind=kind)
        assert (reply.status, reply.headers["content-type"]) == (400, kind)
    assert (await send(world, b"x", kind="text/plain")).status == 415
    assert (await send(world, b"x", content_encoding="br")).status == 415
    assert (await send(world, b"x", content_encoding="gzip")).status == 400
    assert (await send(world, gzip.compress(json.dumps(request(span())).encode())[:-9], content_encoding="gzip")).status == 400
    assert (await send(world, {}, key="emp_gw_nobody")).status == 401
    assert (await world.send({}, path="/v1/traces", method="GET", content_type=JSON)).status == 405
    assert world.events() == []


async def test_too_much_is_too_much_packed_and_unpacked(world: World) -> None:
    bomb = gzip.compress(b"\0" * (bodies.LARGEST_BODY + 1))
    assert len(bomb) < 100_000
    assert (await send(world, bomb, kind=PROTOBUF, content_encoding="gzip")).status == 413
    assert (await send(world, b"", kind=PROTOBUF, content_length=str(bodies.LARGEST_BODY + 1))).status == 413


async def test_a_body_of_very_many_parts_is_refused_before_any_is_made(world: World) -> None:
    def within(number: int, body: bytes) -> bytes:
        return bytes([number << 3 | 2]) + _varint(len(body)) + body

    spans = within(1, within(2, b"\x12\x00" * 1_100_000))
    packed = gzip.compress(spans)
    assert len(packed) < 10_000
    assert (await send(world, packed, kind=PROTOBUF, content_encoding="gzip")).status == 413
    deep = within(1, within(2, within(2, b"\x4a\x00" * 1_100_000)))
    assert (await send(world, deep, kind=PROTOBUF)).status == 413
    assert (await send(world, b'{"resourceSpans":[' + b"{}," * 1_100_000 + b"{}]}", kind=JSON)).status == 413


async def test_a_full_disk_asks_to_send_the_same_again_and_then_counts_it(tmp_path: Path) -> None:
    world = furnish(World(home=tmp_path, limits=SpoolLimits(max_bytes=10)))
    try:
        reply = await send(world, request(span()))
        assert (reply.status, reply.headers["retry-after"], reply.headers["content-type"]) == (503, "1", JSON)
        beat = await world.send(b"", path=f"/beat/{BEAT}")
        assert (beat.status, beat.headers["retry-after"]) == (503, "5")
        world.spool.limits = SpoolLimits()
        assert (await send(world, request(span()))).status == 200
        assert len(world.events()) == 1
    finally:
        world.close()


async def test_more_than_the_memory_holds_is_asked_to_come_later(world: World) -> None:
    world.edge.signals._room = bodies.Room(10)
    reply = await send(world, request(span()))
    assert (reply.status, reply.headers["retry-after"]) == (429, "2")


async def test_a_call_of_an_api_that_nobody_registered_is_kept_under_its_host_and_ours_and_internal_ones_are_not(
    world: World,
) -> None:
    def to(url: str, number: int) -> dict[str, object]:
        attributes = [
            {"key": "http.request.method", "value": {"stringValue": "POST"}},
            {"key": "url.full", "value": {"stringValue": url}},
        ]
        return span(spanId=f"{number:016x}", attributes=attributes)

    urls = (
        "https://api.apollo.io/v1/people/search",
        "http://inventory.local/x",
        "http://10.0.0.8/x",
        "https://us.example/gateway/openai/v1/x",
    )
    reply = await send(world, request(*(to(url, number + 1) for number, url in enumerate(urls))), host="us.example")
    assert (reply.status, reply.json) == (200, {})
    (call,) = world.events()
    assert isinstance(call, ApiCalled)
    assert (call.api_id, call.provider, call.operation) == (NOBODY, "api.apollo.io", "people")


async def test_points_without_a_value_or_with_none_that_is_a_number_are_told(world: World) -> None:
    def gauge(**point: object) -> dict[str, object]:
        return {"name": "depth", "gauge": {"dataPoints": [{"timeUnixNano": str(NOW), **point}]}}

    histogram = {
        "dataPoints": [{"timeUnixNano": str(NOW), "count": "3", "sum": 6, "scale": 2, "positive": {"bucketCounts": ["1", "2"]}}]
    }
    metrics = [
        gauge(asDouble=1.5),
        gauge(asInt="7"),
        gauge(),
        gauge(asDouble="NaN"),
        gauge(asInt=1, flags=1),
        {"name": "waits", "exponentialHistogram": histogram | {"aggregationTemporality": 1}},
        {"name": "shape of tomorrow", "cube": {}},
        {"name": "", "gauge": {}},
    ]
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}
    reply = await send(world, body, path="/v1/metrics")
    assert reply.json["partialSuccess"]["rejectedDataPoints"] == "4"
    seen = [(event.name, event.value, event.count) for event in world.events() if isinstance(event, MetricSeen)]
    assert seen == [("depth", 1.5, 1), ("depth", 7.0, 1), ("waits", 6.0, 3)]


async def test_a_line_that_holds_what_was_said_to_a_model_is_kept_without_it(world: World) -> None:
    record = {
        "timeUnixNano": str(NOW),
        "severityNumber": 9,
        "eventName": "gen_ai.user.message",
        "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "my diagnosis"}}]}},
        "attributes": [
            {"key": "gen_ai.system", "value": {"stringValue": "openai"}},
            {"key": "gen_ai.prompt.0.content", "value": {"stringValue": "my diagnosis"}},
        ],
    }
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record, {"traceId": "abcd", "body": {}}]}]}]}
    reply = await send(world, body, path="/otlp/v1/logs")
    assert reply.json["partialSuccess"]["rejectedLogRecords"] == "1"
    (line,) = world.events()
    assert isinstance(line, LogSeen)
    assert (line.body, line.severity, line.api_id) == ("gen_ai.user.message", "info", OPENAI)
    assert "diagnosis" not in repr(line)


async def test_a_key_that_has_run_out_opens_nothing(world: World) -> None:
    import msgspec

    from emporion.kernel.clock import utcnow

    from .wire import snapshot

    old = snapshot()
    old = msgspec.structs.replace(old, number=2, keys=(msgspec.structs.replace(old.keys[0], expires_at=utcnow()),))
    world.settings.gateway_snapshot.write_bytes(msgspec.msgpack.encode(old))
    world.edge.signals.refresh()
    assert (await send(world, request(span()))).status == 401


@pytest.mark.parametrize("damage", [b"", b"\x00garbage", b"\x80"])
async def test_a_damaged_snapshot_leaves_the_last_good_one_in_force(world: World, damage: bytes) -> None:
    world.settings.gateway_snapshot.write_bytes(damage)
    world.edge.signals.refresh()
    assert (await send(world, request(span()))).status == 200


@pytest.mark.requirement("NEX-05")
async def test_a_sign_of_life_is_on_the_disk_when_it_is_acknowledged(world: World) -> None:
    for method, path, body in (
        ("GET", f"/beat/{BEAT}", b""),
        ("HEAD", f"/beat/{BEAT}/", b""),
        ("POST", f"/beat/{BEAT}/start", b""),
        ("POST", f"/beat/{BEAT}/0", b"done in 3 s, password=hunter22"),
        ("POST", f"/beat/{BEAT}/3", b"disk full"),
        ("POST", f"/beat/{BEAT}/fail", b""),
    ):
        assert (await world.send(body, method=method, path=path)).status == 200
    beats = [event for event in world.events() if isinstance(event, Heartbeat)]
    assert [beat.state for beat in beats] == ["ok", "ok", "start", "ok", "fail", "fail"]
    assert {beat.heartbeat_id for beat in beats} == {HEARTBEAT}
    assert (beats[3].detail, beats[4].detail) == ("done in 3 s, password=…", "exit code 3\ndisk full")


@pytest.mark.requirement("NEX-05")
async def test_an_unknown_heartbeat_a_wrong_method_and_a_job_in_a_tight_loop_are_told(world: World) -> None:
    assert (await world.send(b"", method="GET", path="/beat/hb_nobody_nobody_nobody_nobody")).status == 404
    assert (await world.send(b"", method="GET", path="/beat/")).status == 404
    assert (await world.send(b"", method="DELETE", path=f"/beat/{BEAT}")).status == 405
    assert (await world.send(b"x" * 100_000, path=f"/beat/{BEAT}")).status == 413
    statuses = [(await world.send(b"", method="GET", path=f"/beat/{BEAT}")).status for _ in range(70)]
    assert 429 in statuses
    assert statuses[0] == 200
