"""Streams are read while they pass, cut anywhere, and cost what the same answer in one piece costs."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from emporion.gateway.pricing import rules
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.pricing.tests import frames
from emporion.gateway.pricing.tests.goldens import Golden, goldens
from emporion.gateway.pricing.types import Answer
from emporion.gateway.pricing.usage import extract

pytestmark = pytest.mark.requirement("NEX-02")

Build = Callable[[dict[str, Any], str], list[bytes]]
TODAY = datetime(2026, 11, 28, tzinfo=UTC)
# Which of the readings of a recorded answer are those of the operation that is streamed.
NATIVE = {
    "chat": {"chat", "default", "tokens"},
    "responses": {"responses"},
    "messages": {"anthropic", "default"},
    "generate_content": {"default"},
    "converse": {"default"},
}
SAMPLE = {"prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306, "prompt_tokens_details": {"cached_tokens": 1920}}


def read(chunks: list[bytes], provider: str = "openai", operation: str = "chat") -> Answer:
    reader = StreamReader(provider=provider, operation=operation)
    for at, chunk in enumerate(chunks):
        reader.feed(chunk, at)
    return reader.answer()


def cost(golden: Golden, answer: Answer) -> int:
    return rules.price(provider=golden.provider, model=golden.model, usage=answer.usage, at=TODAY).cost_picos


def test_every_recorded_usage_reads_and_costs_the_same_when_it_is_streamed() -> None:
    read_as: Counter[str] = Counter()
    numbers: set[int] = set()
    for golden in goldens():
        streamed = frames.around(golden.body, golden.model or "unnamed")
        if streamed is None or golden.flavour not in NATIVE[streamed[0]]:
            continue
        operation, chunks = streamed
        if golden.provider == "cohere" and golden.flavour != "tokens":
            operation = golden.flavour
        answer = read(chunks, golden.provider, operation)
        whole = extract(provider=golden.provider, operation=operation, response=golden.body)
        assert {kind: count for kind, count in answer.usage.counts.items() if count} == {
            kind: count for kind, count in whole.counts.items() if count
        }, golden
        assert cost(golden, answer) == rules.price(provider=golden.provider, model=golden.model, usage=whole, at=TODAY).cost_picos
        assert answer.has_content
        assert answer.first_token_at is not None
        read_as[operation] += 1
        numbers.add(golden.number)
    # What is left are embeddings, which nobody streams.
    assert len(numbers) == 1570, read_as


@pytest.mark.parametrize("size", [1, 2, 7, 64])
@pytest.mark.parametrize("build", [frames.chat, frames.responses, frames.messages])
def test_frames_may_be_cut_anywhere(size: int, build: Build) -> None:
    operation = build.__name__
    usage = SAMPLE if build is frames.chat else {"input_tokens": 9, "output_tokens": 5}
    whole = b"".join(build(usage, "gpt-5"))
    for stream in (whole, whole.replace(b"\n", b"\r\n")):
        cut = read([stream[at : at + size] for at in range(0, len(stream), size)], operation=operation)
        assert cut.usage.input_tokens in {2006, 9}
        assert (cut.model, cut.is_complete, cut.is_malformed) == ("gpt-5", True, False)


def test_the_first_token_is_the_first_word_and_not_the_first_frame() -> None:
    assert read(frames.chat(SAMPLE, "gpt-5")).first_token_at == 1  # frame 0 says only the role
    assert read(frames.responses({"input_tokens": 1, "output_tokens": 1}, "gpt-5"), operation="responses").first_token_at == 2
    assert (
        read(frames.messages({"input_tokens": 1, "output_tokens": 1}, "claude-opus-5"), "anthropic", "messages").first_token_at
        == 3
    )


def test_a_tool_call_and_thinking_are_answers_too() -> None:
    call = {"choices": [{"delta": {"tool_calls": [{"function": {"name": "f", "arguments": ""}}]}, "finish_reason": None}]}
    assert read([frames.sse(call)]).has_content
    thought = {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "Hm"}}
    assert read([frames.sse(thought)], "anthropic", "messages").has_content


def test_a_stream_that_breaks_off_is_not_complete_and_its_words_are_counted_for_an_estimate() -> None:
    reader = StreamReader(provider="openai", operation="chat")
    for chunk in frames.chat(SAMPLE, "gpt-5")[:4]:
        reader.feed(chunk, 0)
    answer = reader.answer()
    assert (answer.is_complete, answer.has_content, answer.usage.is_known) == (False, True, False)
    assert reader.characters == len("Greek for “trading post”")


def test_an_error_in_the_middle_of_a_stream_is_told() -> None:
    chunks = frames.messages({"input_tokens": 25, "output_tokens": 40}, "claude-opus-5")[:5]
    overloaded = frames.sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "error")
    answer = read([*chunks, overloaded], "anthropic", "messages")
    assert (answer.error_code, answer.error_message, answer.is_complete) == ("overloaded_error", "Overloaded", False)
    assert answer.usage.input_tokens == 25, "what was said before still counts"
    answer = read(frames.responses({"input_tokens": 1, "output_tokens": 0}, "gpt-5", "failed"), operation="responses")
    assert (answer.finish_reason, answer.is_complete) == ("failed", False)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"<html><body>Bad gateway</body></html>\n\n",
        b'data: {"choices": [\n\n',
        b"data: 7\n\n",
        b"data: null\n\n",
        b"\xff\xfe\x00\n\n",
    ],
)
def test_nonsense_in_a_stream_breaks_nothing(nonsense: bytes) -> None:
    answer = read([nonsense + b"\n\n", *frames.chat(SAMPLE, "gpt-5")])
    assert answer.usage.input_tokens == 2006
    assert answer.is_complete


def test_a_line_without_end_is_given_up() -> None:
    reader = StreamReader(provider="openai", operation="chat")
    for _ in range(40):
        reader.feed(b"x" * 65_536, 0)
    assert reader.answer().is_malformed
