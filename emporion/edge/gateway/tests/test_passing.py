"""The official SDKs of OpenAI and Anthropic, pointed at the gateway and otherwise as they are, and a plain API behind it."""

from typing import TYPE_CHECKING

import httpx
import pytest

from emporion.edge.gateway.tests.provider import chunks
from emporion.edge.gateway.tests.scene import ASK, CHAT, UPSTREAM_KEY, Scene, id_of

if TYPE_CHECKING:  # both are slow, so only who runs these tests imports them
    from anthropic import Anthropic
    from openai import OpenAI

pytestmark = [pytest.mark.requirement("NEX-02")]

QUESTION = [{"role": "user", "content": "Grüezi?"}]
COST = 12 * 150_000 + 5 * 600_000  # picos: 0.15 and 0.60 USD a million tokens


def of_openai(scene: Scene, api: str = "openai", key: str = "emp_alice") -> "OpenAI":
    from openai import OpenAI

    return OpenAI(base_url=f"{scene.url}/{api}/v1", api_key=key, max_retries=0)


def of_anthropic(scene: Scene, api: str = "anthropic") -> "Anthropic":
    from anthropic import Anthropic

    return Anthropic(base_url=f"{scene.url}/{api}", api_key="emp_alice", max_retries=0)


def test_openais_chat_is_answered_and_accounted_for(scene: Scene) -> None:
    tags = {"x-emporion-customer": "Zo%C3%AB AG", "x-emporion-feature": "Suche", "x-emporion-team": "shop"}
    with of_openai(scene) as client:
        raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=QUESTION, extra_headers=tags)
    assert raw.parse().choices[0].message.content == "Grüezi"
    event = scene.event(raw.http_response)
    assert (event.outcome, event.status, event.operation, event.model) == ("ok", 200, "chat", "gpt-4o-mini")
    assert (event.input_tokens, event.output_tokens, event.cost_picos, event.price_source) == (12, 5, COST, "list")
    assert (event.customer, event.feature, event.team) == ("Zoë AG", "Suche", "shop")
    assert (event.api_id, event.key_id, event.attempts) == (id_of("openai"), id_of("emp_alice"), 1)
    assert 0 < event.own_us < event.duration_us
    seen = scene.provider.last("well").headers
    assert seen["authorization"] == f"Bearer {UPSTREAM_KEY}"
    assert not [name for name in seen if name.startswith("x-emporion")]


def test_a_stream_of_openais_comes_as_it_was_sent_and_is_counted_although_nobody_asked_for_its_usage(scene: Scene) -> None:
    with of_openai(scene) as client, client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION, stream=True) as told:
        pieces = list(told)
        event = scene.event(told.response)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "Grüezi"
    assert all(piece.choices for piece in pieces), "the frame with the usage alone is taken out again"
    assert (event.is_stream, event.outcome, event.finish_reason) == (True, "ok", "stop")
    assert (event.input_tokens, event.output_tokens, event.cost_picos) == (12, 5, COST)
    assert 0 < event.first_token_us <= event.duration_us


def test_a_caller_who_asks_for_the_usage_of_a_stream_gets_every_byte(scene: Scene) -> None:
    asked = ASK | {"stream": True, "stream_options": {"include_usage": True}}
    response = scene.post(f"openai/{CHAT}", asked)
    assert response.content == b"".join(chunks(with_usage=True))
    assert scene.event(response).input_tokens == 12


def test_openais_responses_embeddings_and_models(scene: Scene) -> None:
    with of_openai(scene) as client:
        raw = client.responses.with_raw_response.create(model="gpt-4o-mini", input="Grüezi?")
        event = scene.event(raw.http_response)
        assert raw.parse().output_text == "Grüezi"
        assert (event.operation, event.cache_read_tokens, event.reasoning_tokens) == ("responses", 2, 1)
        with client.responses.create(model="gpt-4o-mini", input="Grüezi?", stream=True) as told:
            assert [one.type for one in told][-1] == "response.completed"
            event = scene.event(told.response)
        assert (event.is_stream, event.outcome, event.input_tokens, event.output_tokens) == (True, "ok", 12, 5)
        embedded = client.embeddings.with_raw_response.create(model="text-embedding-3-small", input="é", encoding_format="float")
        assert embedded.parse().data[0].embedding == [0.5, -0.25]
        assert scene.event(embedded.http_response).cost_picos == 3 * 20_000
        assert client.models.list().data == []


def test_anthropics_messages_whole_and_streamed(scene: Scene) -> None:
    asked = {"model": "claude-haiku-4-5-20251001", "max_tokens": 50, "messages": QUESTION}
    with of_anthropic(scene) as client:
        raw = client.messages.with_raw_response.create(**asked)
        assert raw.parse().content[0].text == "Grüezi"
        whole = scene.event(raw.http_response)
        with client.messages.stream(**asked) as told:
            assert told.get_final_text() == "Grüezi"
            streamed = scene.event(told.response)
    for event in (whole, streamed):
        assert (event.outcome, event.operation, event.input_tokens, event.output_tokens) == ("ok", "messages", 19, 5)
        assert (event.cache_read_tokens, event.cache_write_tokens, event.finish_reason) == (4, 3, "end_turn")
    assert whole.cost_picos == streamed.cost_picos > 0
    seen = scene.provider.last("well").headers
    assert seen["x-api-key"] == UPSTREAM_KEY
    assert "authorization" not in seen


def test_the_providers_own_error_reaches_the_sdk_and_no_key_reaches_the_record(scene: Scene) -> None:
    from anthropic import InternalServerError
    from openai import AuthenticationError

    with of_openai(scene, "wrong-key") as client, pytest.raises(AuthenticationError) as raised:
        client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    assert raised.value.body["message"].startswith("Incorrect API key provided")
    event = scene.event(raised.value.response)
    assert (event.outcome, event.error_code, event.attempts) == ("key_refused", "invalid_api_key", 1)
    assert UPSTREAM_KEY not in event.error_message
    with of_anthropic(scene, "claude-overloaded") as client, pytest.raises(InternalServerError) as overloaded:
        client.messages.create(model="claude-haiku-4-5-20251001", max_tokens=9, messages=QUESTION)
    assert scene.event(overloaded.value.response).outcome == "overloaded"


def test_any_api_is_called_by_its_own_paths_with_nothing_of_ours(scene: Scene) -> None:
    sent = {
        "authorization": "Bearer emp_alice",
        "cookie": "sessionid=ours",
        "x-forwarded-for": "1.2.3.4",
        "accept": "a/b",
        "te": "x",
    }
    response = httpx.get(f"{scene.url}/shop/items/a%2Fb/caf%C3%A9?q=%20x&y", headers=sent)
    told = response.json()
    assert told["path"] == "/echo/base/items/a%2Fb/caf%C3%A9?q=%20x&y"
    assert told["headers"]["x-shop-key"] == UPSTREAM_KEY
    assert (told["headers"]["x-fixed"], told["headers"]["accept"]) == ("1", "a/b")
    assert not {"authorization", "cookie", "x-forwarded-for", "te"} & set(told["headers"])
    assert response.headers["x-custom"] == "kept"
    assert "set-cookie" not in response.headers, "an upstream sets no cookies in the name of this host"
    assert "x-private" not in response.headers
    event = scene.event(response)
    assert (event.operation, event.path, event.method, event.outcome) == ("items", "/items/a%2Fb/caf%C3%A9", "GET", "ok")
    assert scene.post("shop/orders", {"é": 1}).json()["size"] == len('{"é":1}'.encode())


def test_bodies_are_kept_where_their_owner_wants_that_and_nowhere_else(scene: Scene) -> None:
    response = scene.ask("keeping")
    streamed = scene.ask("keeping", stream=True)
    plain = scene.ask("openai")
    bodies = {str(event.event_id): event for event in scene.events() if type(event).__name__ == "ApiBody"}
    kept = bodies[response.headers["x-emporion-call"]]
    assert "Grüezi?" in kept.request
    assert '"content": "Gr\\u00fcezi"' in kept.response
    assert "[DONE]" in bodies[streamed.headers["x-emporion-call"]].response
    assert plain.headers["x-emporion-call"] not in bodies


def test_a_server_that_does_not_know_how_to_tell_usage_is_asked_again_without(scene: Scene) -> None:
    for _ in range(2):
        response = scene.ask("no-options", stream=True)
        assert response.content == b"".join(chunks(with_usage=False))
        event = scene.event(response)
        assert (event.outcome, event.price_source) == ("ok", "estimate")
    assert scene.provider.counts["no_options"] == 3, "the second time it is known"
