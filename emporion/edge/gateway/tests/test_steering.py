"""Routes, retries, limits, caches, keys and budgets, through the real gateway: where a call goes, and why it does not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from emporion.edge.gateway.budgets import spendings
from emporion.edge.gateway.tests.scene import ASK, CHAT, MICRO_USD, Scene, id_of

pytestmark = [pytest.mark.requirement("NEX-02")]


def test_a_call_that_fails_is_answered_by_the_next_api_and_both_are_on_record(scene: Scene) -> None:
    response = scene.ask("falling-back")
    assert response.json()["model"] == "gpt-4.1-mini", "the route names the model to ask there"
    assert response.headers["x-emporion-api"] == "well"
    event, failed = scene.event(response), scene.last("falling-back")
    assert (event.api_id, event.routed_from, event.outcome) == (id_of("well"), id_of("falling-back"), "ok")
    assert (event.route_id, event.model) == (id_of("route falling-back"), "gpt-4.1-mini")
    assert (failed.outcome, failed.status, failed.attempts) == ("provider_error", 500, 3)
    streamed = scene.ask("falling-back", stream=True)
    assert streamed.content.endswith(b"data: [DONE]\n\n")


def test_fallbacks_pass_over_other_protocols_and_go_on_until_one_answers(scene: Scene) -> None:
    response = scene.ask("quota-falling-back")
    assert response.json()["choices"][0]["message"]["content"] == "Grüezi"
    assert scene.last("quota-falling-back").attempts == 1, "money is not tried again"
    assert scene.last("hang").routed_from == id_of("quota-falling-back")


def test_a_request_that_no_api_would_take_is_not_sent_elsewhere(scene: Scene) -> None:
    assert scene.ask("bad-falling-back").json()["error"]["code"] == "model_not_found"


def test_calls_of_a_feature_are_diverted_and_others_are_not(scene: Scene) -> None:
    diverted = scene.post(f"diverted/{CHAT}", x_emporion_feature="search")
    assert diverted.status_code == 200
    assert scene.event(diverted).routed_from == id_of("diverted")
    assert scene.post(f"diverted/{CHAT}").status_code == 500


def test_calls_are_shed_and_slowed_where_that_is_set_and_no_longer_than_set(scene: Scene) -> None:
    shed = scene.ask("shed")
    assert (shed.status_code, shed.json()["error"]["code"], shed.headers["x-should-retry"]) == (503, "shed", "false")
    assert scene.last("shed").outcome == "limited"
    assert scene.ask("openai").status_code == 200, "that route has ended"
    told = [scene.ask("slowed") for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 429]
    assert int(told[2].headers["retry-after"]) > 1


def test_a_share_of_the_calls_is_shed_and_those_that_wait_their_turn_get_it(scene: Scene) -> None:
    told = [scene.ask("half-shed").status_code for _ in range(60)]
    assert 10 < told.count(503) < 50, "by chance, once in a million runs"
    callers = [threading.Thread(target=scene.ask, args=("waiting",)) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert scene.last("waiting").outcome == "ok"


def test_what_can_succeed_is_tried_again_before_the_caller_sees_anything(scene: Scene) -> None:
    response = scene.ask("flaky")
    assert response.status_code == 200
    assert scene.event(response).attempts == 3
    assert scene.ask("dropping").status_code == 200
    before = scene.provider.counts["broken"]
    assert scene.post("shop-down/orders").status_code == 500
    assert scene.provider.counts["broken"] == before + 1, "an order is not placed twice"
    assert scene.post("shop-down/orders", idempotency_key="1").status_code == 500
    assert scene.provider.counts["broken"] == before + 4


def test_an_error_that_a_stream_begins_with_is_tried_again_like_any_other(scene: Scene) -> None:
    asked = {"model": "claude-haiku-4-5", "max_tokens": 9, "stream": True, "messages": ASK["messages"]}
    response = scene.post("claude-error-first/v1/messages", asked)
    event = scene.event(response)
    assert b"overloaded_error" in response.content
    assert (event.outcome, event.attempts) == ("overloaded", 3)


def test_an_api_that_fails_every_time_is_left_alone_for_a_while(scene: Scene) -> None:
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(scene.ask, ["down"] * 4))
    before = scene.provider.counts["down"]
    response = scene.ask("down")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "circuit_open")
    assert int(response.headers["retry-after"]) >= 1
    assert scene.provider.counts["down"] == before
    event = scene.last("down")
    assert (event.outcome, event.error_code) == ("provider_error", "circuit_open"), "it counts as what it is"


def test_the_same_question_gets_the_kept_answer_for_nothing(scene: Scene) -> None:
    first, second = scene.ask("cached"), scene.ask("cached")
    other, fresh = scene.ask("cached", max_tokens=51), scene.post(f"cached/{CHAT}", cache_control="no-cache")
    assert first.content == second.content
    assert [one.headers.get("x-emporion-cache") for one in (first, second, other, fresh)] == ["miss", "hit", "miss", None]
    somebody = scene.post(f"cached/{CHAT}", x_user_token="bob")
    assert somebody.headers.get("x-emporion-cache") == "miss", "nobody gets what somebody else was told"
    event = scene.event(second)
    assert (event.cache, event.cost_picos, event.attempts, event.outcome, event.status) == ("hit", 0, 0, "ok", 200)
    assert scene.event(first).cost_picos > 0


@pytest.mark.parametrize(
    ("api", "key", "status", "code"),
    [
        ("openai", "emp_nobody", 401, "invalid_api_key"),
        ("openai", "", 401, "invalid_api_key"),
        ("openai", "emp_expired", 401, "key_expired"),
        ("shop", "emp_charlie", 404, "unknown_api"),
        ("elsewhere", "emp_alice", 404, "unknown_api"),
        ("anthropic", "emp_one", 403, "key_not_for_this_api"),
        ("paused", "emp_alice", 503, "api_paused"),
        ("broken-key", "emp_alice", 502, "api_unusable"),
        ("internal-address", "emp_alice", 502, "upstream_unreachable"),
        ("metadata", "emp_alice", 502, "upstream_unreachable"),
    ],
)
def test_who_may_not_call_is_told_why_and_what_to_do(scene: Scene, api: str, key: str, status: int, code: str) -> None:
    before = len(scene.provider.seen)
    response = scene.post(f"{api}/{CHAT}", key=key)
    error = response.json()["error"] if "error" in response.json() else response.json()
    assert (response.status_code, error["code"]) == (status, code)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)
    assert len(error.get("message") or error["next_step"]) > 20
    assert len(scene.provider.seen) == before
    assert "sk-" not in response.text


def test_refusals_are_errors_that_each_sdk_knows(scene: Scene) -> None:
    import anthropic  # both are slow
    import openai

    client = openai.OpenAI(base_url=f"{scene.url}/openai/v1", api_key="emp_nobody", max_retries=3)
    with client, pytest.raises(openai.AuthenticationError, match="does not know this key"):
        client.models.list()
    other = anthropic.Anthropic(base_url=f"{scene.url}/anthropic", api_key="emp_nobody")
    with other, pytest.raises(anthropic.AuthenticationError, match="does not know this key") as raised:
        other.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=ASK["messages"])
    assert raised.value.body["error"]["type"] == "authentication_error"


def test_a_key_makes_as_many_calls_a_minute_as_it_may(scene: Scene) -> None:
    told = [scene.post(f"openai/{CHAT}", key="emp_slow") for _ in range(3)]
    assert [one.status_code for one in told] == [200, 200, 429]
    refused = told[2]
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert (refused.headers["ratelimit-policy"], refused.headers["x-ratelimit-remaining-requests"]) == (
        '"requests";q=2;w=60',
        "0",
    )
    assert 1 <= int(refused.headers["retry-after"]) <= 31
    assert scene.last("openai").outcome == "limited"
    used = [scene.post(f"openai/{CHAT}", key="emp_tokens") for _ in range(2)]
    assert [one.status_code for one in used] == [200, 429], "17 tokens of 10 are used"


def test_what_a_key_is_bound_to_cannot_be_said_otherwise(scene: Scene) -> None:
    tags = {"x_emporion_team": "spenders", "x_emporion_feature": "other", "x_emporion_environment": "staging"}
    event = scene.event(scene.post(f"openai/{CHAT}", key="emp_bound", **tags))
    assert (event.team, event.feature, event.environment) == ("bound", "search", "production")
    trace = "0af7651916cd43dd8448eb211c80319c"
    free = scene.event(scene.post(f"openai/{CHAT}", **tags, traceparent=f"00-{trace}-b7ad6b7169203331-01"))
    assert (free.team, free.environment, free.trace_id) == ("spenders", "staging", trace)


def test_a_hard_budget_that_is_spent_refuses_and_a_soft_one_only_counts(scene: Scene) -> None:
    refused = scene.post(f"openai/{CHAT}", key="emp_tight")
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["code"]) == (429, "insufficient_quota", "budget_spent")
    assert "2026-" in error["message"] or "20" in error["message"]
    assert refused.headers["x-should-retry"] == "false", "the SDK does not try again"
    assert scene.last("openai").outcome == "budget_spent"
    response = scene.post(f"openai/{CHAT}", x_emporion_team="soft")
    [soft] = [one for one in spendings(scene.home / "edge" / "budgets") if one.budget_id == id_of("soft")]
    assert response.status_code == 200
    assert soft.spent_picos == scene.event(response).cost_picos
    assert soft.reserved_picos == 0


def test_two_hundred_calls_at_once_exceed_a_budget_by_one_call_at_most(scene: Scene) -> None:
    one_call = 12 * 150_000 + 5 * 600_000
    told: list[int] = []

    def ask() -> None:
        told.append(scene.post(f"openai/{CHAT}", key="emp_budget").status_code)

    for _ in range(2):
        callers = [threading.Thread(target=ask) for _ in range(100)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    [left] = [one for one in spendings(scene.home / "edge" / "budgets") if one.budget_id == id_of("of a key")]
    assert set(told) <= {200, 429}
    assert left.spent_picos == told.count(200) * one_call
    assert left.spent_picos < 100 * MICRO_USD + one_call
    assert left.reserved_picos == 0
