"""Upstreams that mean harm, to the gateway or to the secrets that pass through it."""

import json
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest

from emporion.edge.application import Edge
from emporion.edge.gateway import asking, proxy
from emporion.edge.gateway.answers import Answers, Kept
from emporion.edge.gateway.tests.scene import ASK, CHAT, SECRET, UPSTREAM_KEY, Scene, api, key
from emporion.edge.types import EdgeSettings
from emporion.gateway.pricing import usage
from emporion.gateway.pricing.streams import MAX_FRAME, StreamReader
from emporion.gateway.routing.types import GatewaySnapshot
from emporion.store import Spool

pytestmark = [pytest.mark.requirement("NEX-02", "SEC-02")]


@pytest.mark.parametrize("slug", ["endless-trailers", "endless-mark"])
def test_what_brings_nothing_of_an_answer_is_not_gathered_for_ever(scene: Scene, slug: str) -> None:
    assert scene.ask(slug).status_code == 502
    assert (scene.last(slug).outcome, scene.last(slug).error_code) == ("malformed", "not_http")


def test_a_key_that_a_provider_quotes_is_not_recorded(scene: Scene) -> None:
    event = scene.event(scene.ask("quotes-key"))
    assert event.outcome == "key_refused"
    assert UPSTREAM_KEY not in f"{event.error_code} {event.error_message}"


def test_a_frame_without_end_is_given_up_whatever_its_lines() -> None:
    reader = StreamReader(provider="openai", operation="chat")
    for _turn in range(40):
        reader.feed(b"data: " + b"x" * 100_000 + b"\n", 0)
    assert sum(map(len, reader._data)) <= MAX_FRAME
    assert reader.answer().is_malformed


@pytest.mark.parametrize("told", ["1e20000000", "1e99999999", "-1", "123456789012345678901234567890"])
def test_a_count_that_nobody_can_have_used_is_not_worked_out(told: str) -> None:
    body = b'{"usage":{"prompt_tokens":%s,"completion_tokens":1}}' % told.encode()
    assert usage.read(provider="openai", operation="chat", response=body).usage.input_tokens == 0


def test_kept_answers_take_no_more_memory_than_they_may_whatever_they_are_made_of() -> None:
    kept = Answers(most_bytes=100_000)
    for number in range(50):
        head = ((b"x-large", b"x" * 10_000),)
        kept.keep(b"%d" % number, Kept(status=200, headers=head, body=b"", until=float("inf")))
    assert [number for number in range(50) if kept.find(b"%d" % number)] == list(range(41, 50))


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ASK | {"stream": None}).encode(),
        b"\xef\xbb\xbf" + json.dumps(ASK).encode(),
        json.dumps(ASK | {"n": "many"}).encode(),
    ],
)
def test_a_field_that_is_not_what_it_should_be_hides_neither_model_nor_limit(body: bytes) -> None:
    read = asking.read(body, {})
    assert (read.model, read.most_output_tokens) == ("gpt-4o-mini", 50)


def test_a_question_that_only_an_upstream_can_read_gets_around_no_hard_budget(scene: Scene) -> None:
    refused = scene.post(f"openai/{CHAT}", json.dumps(ASK).encode("utf-16"), key="emp_tight")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "question_unreadable")
    assert scene.last("openai").error_code == "question_unreadable"


def wide(names: int, **more: object) -> dict[str, object]:
    told = ASK | more
    return told | {f"x{number}": number for number in range(names - len(told))}


def test_a_question_of_too_many_names_is_written_anew_for_nobody(scene: Scene) -> None:
    for slug, most in (("well", wide(1_000, stream=True)), ("falling-back", wide(1_000))):
        assert scene.post(f"{slug}/{CHAT}", most).status_code == 200
        refused = scene.post(f"{slug}/{CHAT}", most | {"one too many": 1})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "too_many_names"), slug
    options = {"include_usage": False} | {str(number): number for number in range(1_000)}
    assert scene.post(f"well/{CHAT}", ASK | {"stream": True, "stream_options": options}).status_code == 400
    assert scene.post(f"well/{CHAT}", wide(1_001)).status_code == 200  # goes on as it came, unread


def test_reading_of_names_ends_at_the_first_one_too_many() -> None:
    broken_behind = b"{" + b",".join(b'"x%d":1' % number for number in range(1_001)) + b', "and here it is no JSON'
    with pytest.raises(asking.TooManyNames):
        asking.with_model(broken_behind, "gpt-4.1-mini")


async def test_many_large_questions_at_once_are_asked_to_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "LARGEST_IN_FLIGHT", 1_000)
    told = GatewaySnapshot(number=1, upstreams=(api("openai", "http://127.0.0.1:9"),), keys=(key("emp_alice"),))
    settings = EdgeSettings(spool=tmp_path / "spool", folder=tmp_path, secret=SECRET)
    settings.gateway_snapshot.write_bytes(msgspec.msgpack.encode(told))
    with Spool(settings.spool) as spool:
        edge = Edge(settings, spool)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://edge.example") as client:
            ask = partial(client.post, f"/gateway/openai/{CHAT}", headers={"x-api-key": "emp_alice"})
            large, small = await ask(content=b"x" * 1_001), await ask(content=b"x" * 900)
            assert (large.status_code, large.json()["error"]["code"]) == (503, "gateway_full")
            assert (small.json()["error"]["code"], (await ask(content=b"x" * 900)).status_code) == ("upstream_unreachable", 502)
        edge.stop()
