"""How long the cost pages take at ten million calls, and what pricing a call takes of it.

`EMPORION_BENCH_CALLS` changes how many there are.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.harness import Figure
from emporion.gateway.pricing import rules
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.pricing.tests import frames
from emporion.gateway.pricing.usage import extract

TITLE = "Costs"
CALLS = int(os.environ.get("EMPORION_BENCH_CALLS", "10000000"))
LOOKS = int(os.environ.get("EMPORION_BENCH_LOOKS", "40"))
ROUNDS = 20_000
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
USAGE = {
    "input_tokens": 3,
    "cache_read_input_tokens": 9511,
    "cache_creation_input_tokens": 1956,
    "cache_creation": {"ephemeral_5m_input_tokens": 1956, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 44,
}
MODEL = "claude-sonnet-4-5-20250929"


def measure() -> list[Figure]:
    """The slowest twentieth of each page, and microseconds of a call."""
    with tempfile.TemporaryDirectory() as folder:
        found = _pages(Path(folder))
    how = f"{CALLS:,} calls in 180 days, 40 features, 8 models, 5,000 customers; {found['hours']:,.0f} rows by the hour; a month"
    return [
        *(_page(name, found[key], how) for name, key in PAGES.items()),
        _micros("price a call by both lists", 60, _priced(), "Anthropic's usage with a cache; list, second list, four lines"),
        _micros("read the usage of an answer", 60, _read(), "the same usage as JSON"),
        _micros("read a streamed answer of 40 frames", 400, _streamed(), "OpenAI's chat, fed frame by frame"),
    ]


PAGES = {
    "cost page, p95": "page",
    "cost page by feature, p95": "by_feature",
    "cost page by customer, p95": "by_customer",
    "cost page of one team, p95": "narrowed",
    "calls behind a number, p95": "calls",
    "prices, p95": "prices",
}


def _page(name: str, milliseconds: float, conditions: str) -> Figure:
    against = "requirement; LiteLLM's spend page: 30 s at 300,000 rows"
    return Figure(
        name=name, value=round(milliseconds), unit="ms", due=300, at_least=False, compared_with=against, conditions=conditions
    )


def _micros(name: str, due: float, value: float, conditions: str) -> Figure:
    return Figure(
        name=name, value=round(value, 1), unit="µs", due=due, at_least=False, compared_with="requirement", conditions=conditions
    )


def _priced() -> float:
    usage = extract(provider="anthropic", operation="messages", response={"usage": USAGE})
    rules.price(provider="anthropic", model=MODEL, usage=usage, at=AT)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        rules.price(provider="anthropic", model=MODEL, usage=usage, at=AT)
    return (time.perf_counter() - began) / ROUNDS * 1e6


def _read() -> float:
    body = json.dumps({"model": MODEL, "usage": USAGE}).encode()
    extract(provider="anthropic", operation="messages", response=body)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        extract(provider="anthropic", operation="messages", response=body)
    return (time.perf_counter() - began) / ROUNDS * 1e6


def _streamed() -> float:
    chunks = frames.chat({"prompt_tokens": 9, "completion_tokens": 40}, "gpt-4o")
    chunks = [*chunks[:2], *([chunks[2]] * 33), *chunks[2:]]
    began = time.perf_counter()
    for _ in range(ROUNDS // 20):
        reader = StreamReader(provider="openai", operation="chat")
        for at, chunk in enumerate(chunks):
            reader.feed(chunk, at)
        reader.answer()
    return (time.perf_counter() - began) / (ROUNDS // 20) * 1e6


def _pages(folder: Path) -> dict[str, float]:
    environment = {
        **os.environ,
        "EMPORION_HOME": str(folder),
        "EMPORION_SECRET_KEY": "bench",
        "EMPORION_EVENTS_URL": f"chdb://{folder}/events",
        "DJANGO_SETTINGS_MODULE": "emporion.config.settings",
    }
    command = [sys.executable, "-m", "bench.costs_world", str(CALLS), str(LOOKS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
