"""How soon an agent without a language model says its first word while many people talk with it at once."""

import asyncio
import itertools
import random
import time
from pathlib import Path

import httpx

from bench.harness import Figure
from bench.installation import Installation, installed, load, percentile

TITLE = "Chat"

KNOWLEDGE = Path(__file__).parents[1] / "catalogue" / "docs-agent" / "knowledge"
LONGEST_READING_SECONDS = 120
CHATS = 32
TURNS = 8
READING_SECONDS = (2.0, 6.0)
BURSTS = 3
SUBJECTS = (
    "my call limit", "a refund", "the widget", "an API key", "another person in my team", "the yearly plan", "an invoice",
    "a new document", "the persona", "my logo", "a sitemap", "MCP", "a receipt", "cancelling", "the trial", "the wallet",
)  # fmt: skip
FORMS = (
    "What happens when I reach {}?", "How do I change {}?", "Where do I find {}?", "Who may see {}?", "Can I pause {}?",
    "How much does {} cost?", "What do I need for {}?", "When is {} ready?", "Is there a limit to {}?", "How do I set up {}?",
    "What is the quickest way to {}?", "Why would I want {}?", "How long does {} take?", "Can I undo {}?", "Tell me about {}.",
    "Do I pay for {}?", "What comes with {}?", "How do I remove {}?", "May a member touch {}?", "What do visitors see of {}?",
    "Does {} work offline?", "How often may I change {}?", "Which plan brings {}?", "What is best for {}?", "How do I test {}?",
)  # fmt: skip


def measure() -> list[Figure]:
    """Time to the first `delta` event over the agent's API: people who read what they are told, and all at one moment."""
    with installed() as one:
        one.start()
        bought = one.shop("taught")
        _teach(one, bought)
        busy = load()
        chatting, bursts, alone = asyncio.run(_talk(one, bought))
    server = "emporion serve in one process, SQLite with synchronous=FULL, no model, every question new"
    return [
        Figure(
            name="first word, 95th percentile, 32 chats at once",
            value=percentile(chatting, 0.95) * 1000,
            unit="ms",
            due=150,
            at_least=False,
            compared_with="our promise",
            conditions=f"{CHATS} open chats, each asks {TURNS} questions and reads {READING_SECONDS[0]:.0f} to "
            f"{READING_SECONDS[1]:.0f} s between; median {percentile(chatting, 0.5) * 1000:.0f} ms; {server}; "
            f"clients on the same machine; {busy} before",
        ),
        Figure(
            name="first word, 95th percentile, 32 questions in one instant",
            value=percentile(bursts, 0.95) * 1000,
            unit="ms",
            due=1_000,
            at_least=False,
            compared_with="what feels immediate",
            conditions=f"{BURSTS} bursts of {CHATS} questions sent together; "
            f"median {percentile(bursts, 0.5) * 1000:.0f} ms; {server}",
        ),
        Figure(
            name="first word, 95th percentile, one chat",
            value=percentile(alone, 0.95) * 1000,
            unit="ms",
            due=150,
            at_least=False,
            compared_with="our promise",
            conditions=f"{CHATS} questions one after the other; median {percentile(alone, 0.5) * 1000:.0f} ms; {server}",
        ),
    ]


def _teach(one: Installation, bought: dict[str, str]) -> None:
    """The agent reads our own documentation, which the questions are about, as its buyer would give it."""
    training = f"/agents/{bought['agent']}/training/"
    with httpx.Client(base_url=one.url, cookies={"sessionid": bought["session"]}, timeout=60) as client:
        client.get(training).raise_for_status()
        headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": one.url}
        sent = [("files", (path.name, path.read_bytes())) for path in sorted(KNOWLEDGE.glob("*.md"))]
        client.post(f"{training}files/", files=sent, headers=headers, follow_redirects=False)
        for _ in range(LONGEST_READING_SECONDS):
            if "every 1s" not in client.get(f"{training}sources/").text:
                return
            time.sleep(1)
    raise TimeoutError("the documents were not read in time")


async def _talk(one: Installation, bought: dict[str, str]) -> tuple[list[float], list[float], list[float]]:
    chance = random.Random(7)
    new = [form.format(subject) for form, subject in itertools.product(FORMS, SUBJECTS)]
    chance.shuffle(new)
    questions = iter(new)
    limits = httpx.Limits(max_connections=CHATS * 2, max_keepalive_connections=CHATS * 2)
    headers = {"Authorization": f"Bearer {bought['key']}"}
    async with httpx.AsyncClient(base_url=one.url, limits=limits, headers=headers, timeout=60) as client:
        address = f"/api/agents/{bought['agent']}/chat"
        await _first_word(client, address, "Is anybody there?")
        alone = [await _first_word(client, address, next(questions)) for _ in range(CHATS)]
        bursts: list[float] = []
        for _ in range(BURSTS):
            bursts += await asyncio.gather(*(_first_word(client, address, next(questions)) for _ in range(CHATS)))
            await asyncio.sleep(1)
        chats = [_chat(client, address, list(itertools.islice(questions, TURNS)), chance.random()) for _ in range(CHATS)]
        chatting = [took for chat in await asyncio.gather(*chats) for took in chat]
    return chatting, bursts, alone


async def _chat(client: httpx.AsyncClient, address: str, questions: list[str], seed: float) -> list[float]:
    chance = random.Random(seed)
    took = []
    for question in questions:
        await asyncio.sleep(chance.uniform(*READING_SECONDS))
        took.append(await _first_word(client, address, question))
    return took


async def _first_word(client: httpx.AsyncClient, address: str, question: str) -> float:
    """The seconds from the question to the first event `delta`; the answer is read to its end."""
    began = time.perf_counter()
    first = 0.0
    last = ""
    async with client.stream("POST", address, json={"message": question}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for line in answer.aiter_lines():
            if line == "event: delta" and not first:
                first = time.perf_counter() - began
            if line.startswith("event: "):
                last = line
    assert first, question
    assert last == "event: finished", last
    return first
