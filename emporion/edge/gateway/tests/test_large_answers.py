"""Answers of many megabytes, and small ones that unpack to many: read off the loop and within a bound, and nobody else waits."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from emporion.edge.application import Edge
from emporion.edge.gateway.tests.provider import Provider, answer, completion
from emporion.edge.gateway.tests.scene import ASK, CHAT, SECRET, api, key
from emporion.edge.types import EdgeSettings
from emporion.gateway.pricing import usage
from emporion.gateway.routing.types import GatewaySnapshot
from emporion.store import Spool

pytestmark = [pytest.mark.requirement("NEX-02", "SEC-02")]
LONG = json.dumps(completion(text="Grüezi " * 200_000)).encode()


@cache
def shapes() -> dict[str, dict[str, Any]]:
    bomb = gzip.compress(b'{"choices":[' + b"[]," * 10_000_000 + b'0],"usage":{"prompt_tokens":3}}', compresslevel=1)
    return {
        "long": {"body": LONG},
        "bomb": {"body": bomb, "content_encoding": "gzip"},
        "small": {"body": json.dumps(completion()).encode()},
    }


@pytest.fixture
def upstream() -> "AsyncIterator[Provider]":
    made = Provider()
    for name, told in shapes().items():
        made.behaviours[name] = _says(made, **told)
    yield made.start()
    made.stop()


def _says(provider: Provider, body: bytes, **headers: str):
    async def behaviour(request, writer: asyncio.StreamWriter) -> bool:
        provider.held.set()  # the first question is there
        writer.write(answer(200, body, **headers))
        return True

    return behaviour


@pytest.mark.parametrize("name", ["long", "bomb"])
async def test_a_call_is_answered_while_a_large_answer_is_still_being_read(tmp_path: Path, upstream: Provider, name: str) -> None:
    apis = tuple(api(shape, upstream.url(shape)) for shape in shapes())
    settings = EdgeSettings(spool=tmp_path / "spool", folder=tmp_path, secret=SECRET)
    settings.gateway_snapshot.write_bytes(msgspec.msgpack.encode(GatewaySnapshot(number=1, upstreams=apis, keys=(key("emp_a"),))))
    with Spool(settings.spool) as spool:
        edge, go_on = Edge(settings, spool), threading.Event()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://edge.example") as client:
            ask = partial(client.post, json=ASK, headers={"x-api-key": "emp_a"}, timeout=60)
            for _reader in range(8):  # as if other large answers were being read already
                edge.gateway.readers.submit(go_on.wait)
            large = asyncio.create_task(ask(f"/gateway/{name}/{CHAT}"))
            await asyncio.to_thread(upstream.held.wait)
            small = await ask(f"/gateway/small/{CHAT}")
            assert (small.status_code, large.done()) == (200, False)
            go_on.set()
            assert (await large).status_code == 200
            assert upstream.counts[name] == 1, "what is too large to be read is not asked for again"
        edge.stop()


@pytest.mark.parametrize(
    ("operation", "body", "counts", "has_content"),
    [
        ("embeddings", {"data": [{"embedding": [0.25] * 40_000}], "usage": {"prompt_tokens": 3, "total_tokens": 3}},
         {"input_tokens": 3}, True),
        ("chat", completion(text="ü" * 40_000), {"input_tokens": 12, "output_tokens": 5}, True),
        ("messages", {"type": "message", "content": [{"type": "text", "text": "x" * 70_000}], "stop_reason": "end_turn",
                      "usage": {"input_tokens": 7, "output_tokens": 9}}, {"input_tokens": 7, "output_tokens": 9}, True),
        ("chat", {"noise": ["x" * 70_000], "choices": [], "usage": {"prompt_tokens": 3}}, {"input_tokens": 3}, False),
    ],
)  # fmt: skip
def test_what_a_long_answer_used_is_read_as_that_of_a_short_one(
    operation: str, body: dict, counts: dict, has_content: bool
) -> None:
    provider = "anthropic" if operation == "messages" else "openai"
    told = usage.read(provider=provider, operation=operation, response=json.dumps(body).encode())
    assert (told.usage.counts, told.has_content, told.is_malformed) == (counts, has_content, False)
    reasons = {"chat": "stop" if has_content else "", "messages": "end_turn", "embeddings": ""}
    assert told.finish_reason == reasons[operation]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[' + b"[]," * 300_000 + b'0],"usage":{"prompt_tokens":3}}',
        b"{" + b",".join(b'"k%d":0' % number for number in range(50_000)) + b',"usage":{"prompt_tokens":3}}',
    ],
)
def test_of_an_answer_of_a_million_parts_only_the_few_that_count_are_made_into_objects(body: bytes) -> None:
    told = usage.parsed(body)
    assert told is not None
    assert {**told, "data": ["…"]} == {"usage": {"prompt_tokens": 3}, "data": ["…"]}


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"usage":' + b"[" * 100_000, b"[1]" + b" " * 70_000, b'{"a":"' + b"x" * 70_000]
)
def test_a_long_answer_that_is_no_object_is_none(body: bytes) -> None:
    assert usage.parsed(body) is None
