"""What upstreams and callers do wrong, each against a real server: named for what it is, and nobody is taken down with it."""

import http.client
import json
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from emporion.edge.gateway.asking import LARGEST_BODY
from emporion.edge.gateway.tests.scene import ASK, CHAT, UPSTREAM_KEY, Scene

pytestmark = [pytest.mark.requirement("NEX-02")]

NO_ANSWER = [
    ("hang", "timeout", "no_answer", 504),
    ("closes", "unreachable", "closed", 502),
    ("refused-port", "unreachable", "connect", 502),
    ("tls-expired", "unreachable", "certificate", 502),
    ("tls-other-name", "unreachable", "certificate", 502),
    ("cut", "cut_short", "cut_short", 502),
    ("not-http", "malformed", "not_http", 502),
    ("endless-head", "malformed", "not_http", 502),
]
STRANGE_ANSWER = [
    ("long-length", "malformed", "false_length"),
    ("short-length", "malformed", "not_json"),
    ("html", "malformed", "html"),
    ("html-stream", "malformed", "html"),
    ("empty", "empty", "empty_body"),
    ("silent", "empty", "no_content"),
    ("deep", "malformed", "not_json"),
    ("inside", "quota_exhausted", "insufficient_quota"),
    ("deep-error", "bad_request", "http_400"),
    ("quota", "quota_exhausted", "insufficient_quota"),
    ("spent", "quota_exhausted", "billing_error"),
    ("throttled", "throttled", "rate_limit_exceeded"),
    ("wrong-key", "key_refused", "invalid_api_key"),
    ("broken", "provider_error", "server_error"),
    ("bad-request", "bad_request", "model_not_found"),
]


@pytest.fixture(scope="module")
def answers(scene: Scene) -> Mapping[str, httpx.Response]:
    """What each of these APIs led to, several asked at once: to ask again takes the gateway most of a second."""
    apis = [api for api, *_ in (*NO_ANSWER, *STRANGE_ANSWER)]
    with ThreadPoolExecutor(8) as callers:
        return dict(zip(apis, callers.map(scene.ask, apis), strict=True))


@pytest.mark.parametrize(("api", "outcome", "code", "status"), NO_ANSWER)
def test_an_upstream_that_gives_no_answer(
    scene: Scene, answers: Mapping[str, httpx.Response], api: str, outcome: str, code: str, status: int
) -> None:
    response = answers[api]
    error = response.json()["error"]
    assert response.status_code == status
    assert set(error) == {"message", "type", "param", "code"}, "the error is one that OpenAI's SDK knows"
    assert error["code"].startswith("upstream_")
    assert api in error["message"]
    assert response.headers["x-emporion-refused"] == "gateway"
    event = scene.last(api)
    assert (event.outcome, event.error_code) == (outcome, code)
    assert (event.input_tokens, event.cost_picos) == (0, 0)
    assert code not in {"address", "certificate"} or event.attempts == 1, "what trying again does not cure is not tried again"


def test_an_expired_certificate_is_named_and_a_good_one_of_the_same_authority_is_taken(
    scene: Scene, answers: Mapping[str, httpx.Response]
) -> None:
    assert "expired" in answers["tls-expired"].json()["error"]["message"]
    assert scene.ask("tls-good").json()["choices"][0]["message"]["content"] == "Grüezi"


@pytest.mark.parametrize(("api", "outcome", "code"), STRANGE_ANSWER)
def test_an_answer_that_is_none_passes_as_it_is_and_is_recorded_as_what_it_is(
    scene: Scene, answers: Mapping[str, httpx.Response], api: str, outcome: str, code: str
) -> None:
    response = answers[api]
    event = scene.event(response)
    assert "x-emporion-refused" not in response.headers
    assert (event.outcome, event.error_code, event.status) == (outcome, code, response.status_code)
    assert UPSTREAM_KEY not in event.error_message


def test_what_the_provider_sent_is_what_the_client_gets_to_the_byte(answers: Mapping[str, httpx.Response]) -> None:
    assert answers["quota"].json()["error"]["code"] == "insufficient_quota"
    assert answers["html"].text.startswith("<!DOCTYPE html>")
    assert answers["deep"].content == b"[" * 200_000
    assert answers["throttled"].headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("api", "outcome", "breaks_off"),
    [("dies", "cut_short", True), ("stall", "timeout", True), ("half-frame", "malformed", False), ("no-end", "cut_short", False)],
)
def test_a_stream_that_stops_in_the_middle_stops_for_its_caller_too_and_is_charged_as_an_estimate(
    scene: Scene, api: str, outcome: str, breaks_off: bool
) -> None:
    pieces, broke_off = [], False
    with httpx.stream(
        "POST",
        f"{scene.url}/{api}/{CHAT}",
        json=ASK | {"stream": True},
        headers={"authorization": "Bearer emp_alice"},
        timeout=20,
    ) as response:
        try:
            pieces += response.iter_raw()
        except httpx.RemoteProtocolError:
            broke_off = True
    assert broke_off is breaks_off
    assert "Gr\\u00fc" in b"".join(pieces).decode(), "what had come was passed on"
    event = scene.event(response)
    assert (event.outcome, event.is_stream, event.price_source) == (outcome, True, "estimate")
    assert event.output_tokens > 0


def test_limits_that_headers_tell_are_recorded(scene: Scene) -> None:
    event = scene.event(scene.ask("throttled"))
    assert (event.limit_requests, event.left_requests, event.limit_tokens, event.left_tokens) == (500, 0, 10_000, 12)
    assert (event.reset_ms, event.retry_after_ms, event.attempts) == (90_000, 30_000, 1)


def test_a_client_that_leaves_in_the_middle_is_metered_with_what_was_seen_and_the_upstream_is_let_go(scene: Scene) -> None:
    headers = {"authorization": "Bearer emp_alice"}
    with httpx.stream("POST", f"{scene.url}/stall/{CHAT}", json=ASK | {"stream": True}, headers=headers) as response:
        next(response.iter_raw())
    event = eventually(lambda: scene.event(response))
    assert (event.outcome, event.price_source, event.status) == ("client_gone", "estimate", 200)
    assert event.duration_us < 1_000_000, "before the upstream's own time was over"


def test_a_client_that_leaves_before_any_answer_is_metered(scene: Scene) -> None:
    before = len(scene.of_outcome("client_gone"))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{scene.url}/hang/{CHAT}", json=ASK, headers={"authorization": "Bearer emp_alice"}, timeout=0.3)
    gone = eventually(lambda: scene.of_outcome("client_gone")[before])
    assert (gone.status, gone.cost_picos) == (0, 0)


def test_bodies_that_are_too_large_are_refused_in_the_dialect_and_deep_ones_passed(scene: Scene) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", scene.port, timeout=10)
    connection.putrequest("POST", f"/gateway/openai/{CHAT}")
    connection.putheader("authorization", "Bearer emp_alice")
    connection.putheader("content-length", str(LARGEST_BODY + 1))
    connection.endheaders()
    refused = connection.getresponse()
    assert (refused.status, json.loads(refused.read())["error"]["code"]) == (413, "request_too_large")
    assert scene.post("shop/deep", b'{"a":' * 100_000).json()["size"] == 500_000
    deep = b'{"model":"gpt-4o-mini","messages":' + b"[" * 100_000
    assert scene.post(f"quota/{CHAT}", deep).status_code == 429


CLIMBING = (
    "%2e%2e/admin",
    "a/..%2f..%2fadmin",
    "a/..;/b/%2E%2E/c",
    "..;/admin",
    "a/..;jsessionid=1/../..;/admin",
    "a/%2e%2e%3bx=y/admin",
    "a/.%2e/",
    "..",
    "a/..%5cadmin",
    "a\\..\\admin",
    "%252e%252e%252fadmin",
    "%25252e%25252e/admin",
    "a/..%00/admin",
    "a/..%20/admin",
    "a/%09../admin",
    "a/..%3fx",
    "a/..%23",
    "%c0%ae%c0%ae/admin",
    "a/..%c0%afadmin",
    "%u002e%u002e/admin",
    "a/...",
    "%2525252525252525252e%2525252525252525252e/admin",
)


@pytest.mark.parametrize("path", CLIMBING)
def test_nobody_climbs_out_of_an_api_however_it_is_written(scene: Scene, path: str) -> None:
    before = scene.provider.counts["echo"]
    response = at(scene, f"shop/{path}")
    problem = response.json()
    assert (response.status_code, problem["code"], problem["status"]) == (400, "path_leaves_api", 400)
    assert response.headers["content-type"] == "application/problem+json"
    assert "without `..`" in problem["next_step"]
    assert scene.provider.counts["echo"] == before, "the upstream was never asked"


@pytest.mark.parametrize(
    "path",
    ["v1..v2", "a/.well-known", "group%2Fproject/x", "a/./b", "b;v=1/c", "100%25/d", "e%20f", "...g/h", "%E2%82%AC", "i/;/j"],
)
def test_a_path_that_stays_below_its_api_passes_as_it_was_sent(scene: Scene, path: str) -> None:
    assert at(scene, f"shop/{path}").json()["path"] == f"/echo/base/{path}"


@pytest.mark.parametrize("path", ["", "/x"])
def test_an_address_that_names_no_api_is_told_so(scene: Scene, path: str) -> None:
    response = at(scene, path)
    assert (response.status_code, response.json()["code"]) == (404, "unknown_address")
    assert re.match("application/problem", response.headers["content-type"])


def at(scene: Scene, path: str) -> httpx.Response:
    """As httpx would answer; but it takes the dots out of a path before it sends it."""
    connection = http.client.HTTPConnection("127.0.0.1", scene.port, timeout=30)
    connection.request("GET", f"/gateway/{path}", headers={"authorization": "Bearer emp_alice"})
    response = connection.getresponse()
    return httpx.Response(response.status, headers=dict(response.getheaders()), content=response.read())


def eventually(ask):
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            return ask()
        except (IndexError, ValueError):
            time.sleep(0.01)
    return ask()
