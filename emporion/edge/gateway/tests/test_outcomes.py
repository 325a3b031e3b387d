"""Every way in which providers say that something is wrong, told apart by who has to act."""

import json

import pytest

from emporion.edge.gateway.calling import of_fault
from emporion.edge.gateway.outcomes import fault_in, is_markup, of_answer, of_fault_inside, of_refusal, scrubbed
from emporion.edge.gateway.retrying import Breaker, Failed, may_repeat, wait_seconds
from emporion.edge.gateway.wire import CutShort, Hung, NoConnection, NotHttp
from emporion.gateway.routing.types import Outcome, Protocol

pytestmark = [pytest.mark.requirement("NEX-02", "NEX-04")]

O, A, H = Protocol.OPENAI, Protocol.ANTHROPIC, Protocol.HTTP  # noqa: E741 - the table's columns


def openai(code: str | None, kind: str = "", message: str = "x") -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def anthropic(kind: str, message: str = "x") -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "r"}).encode()


REFUSALS = [
    # Money: waiting never helps
    (429, openai("insufficient_quota", "insufficient_quota"), O, Outcome.QUOTA_EXHAUSTED),
    (429, openai("credit_balance_exhausted", "insufficient_quota"), O, Outcome.QUOTA_EXHAUSTED),
    (429, openai("organization_spend_limit_exceeded", "insufficient_quota"), O, Outcome.QUOTA_EXHAUSTED),
    (429, openai("project_spend_limit_exceeded"), O, Outcome.QUOTA_EXHAUSTED),
    (429, openai(None, "billing_hard_limit_reached"), O, Outcome.QUOTA_EXHAUSTED),
    (429, openai(None, "", "You exceeded your current quota, please check your plan"), O, Outcome.QUOTA_EXHAUSTED),
    (400, anthropic("invalid_request_error", "Your credit balance is too low to access the API."), A, Outcome.QUOTA_EXHAUSTED),
    (402, anthropic("billing_error"), A, Outcome.QUOTA_EXHAUSTED),
    (402, b"", H, Outcome.QUOTA_EXHAUSTED),
    (403, b'{"error":"insufficient credits"}', H, Outcome.QUOTA_EXHAUSTED),
    # Pace: waiting helps
    (429, openai("rate_limit_exceeded", "tokens"), O, Outcome.THROTTLED),
    (429, openai("rate_limit_exceeded", "requests"), O, Outcome.THROTTLED),
    (429, anthropic("rate_limit_error"), A, Outcome.THROTTLED),
    (429, b"", H, Outcome.THROTTLED),
    (429, b"<html>slow down</html>", O, Outcome.THROTTLED),
    # Our key
    (401, openai("invalid_api_key", "invalid_request_error"), O, Outcome.KEY_REFUSED),
    (401, anthropic("authentication_error"), A, Outcome.KEY_REFUSED),
    (403, anthropic("permission_error"), A, Outcome.KEY_REFUSED),
    (403, b"forbidden", H, Outcome.KEY_REFUSED),
    # Theirs
    (529, anthropic("overloaded_error"), A, Outcome.OVERLOADED),
    (503, openai(None, "server_error", "The engine is currently overloaded"), O, Outcome.OVERLOADED),
    (503, b"", O, Outcome.OVERLOADED),
    (503, b"<html>maintenance</html>", H, Outcome.PROVIDER_ERROR),
    (503, b"We are at capacity", H, Outcome.OVERLOADED),
    (429, openai("engine_overloaded", "overloaded"), O, Outcome.OVERLOADED),
    (500, anthropic("overloaded_error"), A, Outcome.OVERLOADED),
    (500, openai(None, "server_error"), O, Outcome.PROVIDER_ERROR),
    (500, anthropic("api_error"), A, Outcome.PROVIDER_ERROR),
    (502, b"<html>", O, Outcome.PROVIDER_ERROR),
    (504, b"", O, Outcome.TIMEOUT),
    (408, b"", O, Outcome.TIMEOUT),
    (524, b"", A, Outcome.TIMEOUT),
    (521, b"", A, Outcome.UNREACHABLE),
    (526, b"", A, Outcome.UNREACHABLE),
    # An answer, if no welcome one
    (400, openai("context_length_exceeded", "invalid_request_error"), O, Outcome.BAD_REQUEST),
    (404, anthropic("not_found_error"), A, Outcome.BAD_REQUEST),
    (413, anthropic("request_too_large"), A, Outcome.BAD_REQUEST),
    (422, b"{}", H, Outcome.BAD_REQUEST),
    (409, b"", H, Outcome.BAD_REQUEST),
]


@pytest.mark.parametrize(("status", "body", "protocol", "outcome"), REFUSALS)
def test_a_refusal_is_told_by_who_has_to_act(status: int, body: bytes, protocol: Protocol, outcome: Outcome) -> None:
    assert of_refusal(status, body, protocol).outcome is outcome


@pytest.mark.parametrize(
    ("body", "is_json", "has_content", "outcome"),
    [
        (b"{}", True, True, Outcome.OK),
        (b" ", False, False, Outcome.EMPTY),
        (b"{}", True, False, Outcome.EMPTY),
        (b"<!doctype html><p>", False, False, Outcome.MALFORMED),
        (b'{"id":', False, False, Outcome.MALFORMED),
    ],
)
def test_an_answer_of_200_is_not_always_one(body: bytes, is_json: bool, has_content: bool, outcome: Outcome) -> None:
    told = of_answer(body, O, is_json=is_json, has_content=has_content, fault=fault_in(b""))
    assert told.outcome is outcome
    assert of_answer(body, H, is_json=is_json, has_content=has_content, fault=fault_in(b"")).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (anthropic("overloaded_error"), Outcome.OVERLOADED),
        (anthropic("rate_limit_error"), Outcome.THROTTLED),
        (anthropic("invalid_request_error"), Outcome.BAD_REQUEST),
        (openai("insufficient_quota"), Outcome.QUOTA_EXHAUSTED),
        (openai("server_error"), Outcome.PROVIDER_ERROR),
        (openai("invalid_api_key"), Outcome.KEY_REFUSED),
    ],
)
def test_an_error_inside_an_answer_that_began_well_counts_as_what_it_is(body: bytes, outcome: Outcome) -> None:
    assert of_fault_inside(fault_in(body)).outcome is outcome


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [
        (NoConnection("certificate: has expired"), Outcome.UNREACHABLE, "certificate"),
        (NoConnection("name: not known"), Outcome.UNREACHABLE, "name"),
        (Hung("x"), Outcome.TIMEOUT, "no_answer"),
        (Hung("x", had_begun=True), Outcome.TIMEOUT, "stalled"),
        (CutShort("x"), Outcome.UNREACHABLE, "closed"),
        (CutShort("x", had_begun=True), Outcome.CUT_SHORT, "cut_short"),
        (NotHttp("x", had_begun=True), Outcome.MALFORMED, "not_http"),
    ],
)
def test_an_answer_that_did_not_come_is_told_by_how(fault: Exception, outcome: Outcome, code: str) -> None:
    verdict = of_fault(fault)
    assert (verdict.outcome, verdict.code) == (outcome, code)


def test_errors_are_read_in_every_shape_and_never_trusted() -> None:
    assert fault_in(b'{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m"}}').code == "429"
    assert fault_in(b'{"error":"access_denied","message":"m"}').message == "m"
    assert fault_in(b'{"title":"Not found","type":"about:blank","status":404}').message == "Not found"
    for body in (b"", b"[]", b"null", b'{"error":7}', b"\xff\xfe", b'{"error":' * 50_000):
        assert fault_in(body).code == ""
    assert is_markup(b"  <HTML>") is True
    assert is_markup(b'{"a":"<html>"}') is False


def test_messages_are_kept_without_keys() -> None:
    said = "Incorrect API key provided: sk-proj-abc123DEF456. Bearer eyJhbGciOiJIUzI1NiJ9 or s3cr3t-of-ours"
    told = scrubbed(said, secret="s3cr3t-of-ours")
    assert told.startswith("Incorrect API key provided: …")
    assert not {"sk-proj-abc123DEF456", "eyJhbGciOiJIUzI1NiJ9", "s3cr3t-of-ours"} & set(told.replace(".", " ").split())
    assert len(scrubbed("é" * 5_000)) == 300


def waits(outcome: Outcome, *, attempt: int = 1, repeatable: bool = True, **changes: object) -> float | None:
    return wait_seconds(Failed(outcome=outcome, **changes), attempt=attempt, repeatable=repeatable, chance=0.5)


def test_only_what_can_succeed_is_tried_again_and_only_while_it_harms_nobody() -> None:
    for hopeless in (Outcome.QUOTA_EXHAUSTED, Outcome.KEY_REFUSED, Outcome.BAD_REQUEST, Outcome.EMPTY, Outcome.CLIENT_GONE):
        assert waits(hopeless, status=400) is None
    assert 0 < waits(Outcome.OVERLOADED, status=529) < waits(Outcome.OVERLOADED, status=529, attempt=2)
    assert waits(Outcome.OVERLOADED, status=529, attempt=3) is None
    assert waits(Outcome.TIMEOUT) is None, "the caller has waited as long as the owner allows"
    assert waits(Outcome.THROTTLED, status=429, retry_after_ms=1_000) >= 1
    assert waits(Outcome.THROTTLED, status=429, retry_after_ms=60_000) is None, "the caller had better know"
    assert waits(Outcome.PROVIDER_ERROR, status=500, repeatable=False) is None, "an order may have been taken"
    assert waits(Outcome.THROTTLED, status=429, repeatable=False) is not None, "nothing was done yet"
    assert waits(Outcome.UNREACHABLE, was_sent=False, repeatable=False) is not None
    assert may_repeat(H, "POST", {}) is False
    assert may_repeat(H, "POST", {b"idempotency-key": b"1"}) is True
    assert may_repeat(H, "GET", {}) is True
    assert may_repeat(O, "POST", {}) is True


def test_a_breaker_opens_after_failures_of_theirs_alone_asks_now_and_then_and_closes_at_any_answer() -> None:
    breaker = Breaker()
    for _ in range(50):
        breaker.note(Outcome.KEY_REFUSED, 0)
    assert breaker.admits(0)
    for _ in range(10):
        breaker.note(Outcome.TIMEOUT, 0)
    assert not breaker.admits(1)
    assert breaker.last is Outcome.TIMEOUT
    assert breaker.admits(2.5), "one asks whether it is back"
    assert not breaker.admits(2.6), "and one only"
    breaker.note(Outcome.PROVIDER_ERROR, 3)
    assert not breaker.admits(6)
    assert breaker.admits(7.5)
    breaker.note(Outcome.BAD_REQUEST, 8)
    assert breaker.admits(8)
    assert breaker.admits(8)
