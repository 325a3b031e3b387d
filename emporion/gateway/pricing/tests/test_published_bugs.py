"""One test for each cost bug that others published: the same answer of the provider must cost here what the invoice says."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from emporion.gateway.pricing.rules import price
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.pricing.tests import frames
from emporion.gateway.pricing.types import Priced, PriceRule, PriceSource, Usage
from emporion.gateway.pricing.usage import extract, whole

pytestmark = pytest.mark.requirement("NEX-02", "NEX-11")

OURS = UUID(int=1)
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def dollars(text: str) -> int:
    return int(Decimal(text) * 10**12)


def priced(provider: str, model: str, operation: str, usage: dict[str, Any], *rules: PriceRule, **more: Any) -> Priced:
    read = extract(provider=provider, operation=operation, response={"model": model, "usage": usage, **more})
    return price(provider=provider, model=model, usage=read, at=AT, overrides=rules)


def own(model: str, **prices: str) -> PriceRule:
    return PriceRule(organisation_id=OURS, provider="", model=model, **prices)


def test_reasoning_is_part_of_the_output_and_is_not_paid_twice() -> None:
    """litellm#18599 and opencode#17566: 14,746 in at $30, 1,944 out at $180 of which 1,360 reasoning: $0.7923, not $1.04."""
    usage = {"input_tokens": 14_746, "output_tokens": 1944, "output_tokens_details": {"reasoning_tokens": 1360}}
    cost = priced("openai", "gpt-5.4-pro", "responses", usage)
    assert cost.cost_picos == dollars("0.7923")
    assert [part.kind for part in cost.parts] == ["input_tokens", "output_tokens"]


def test_reasoning_that_has_its_own_price_is_taken_out_of_the_output() -> None:
    """phoenix#15164: 10,000 out of which 9,000 reasoning at $3 instead of the output's $8."""
    told = {"input_tokens": 1, "output_tokens": 10_000, "output_reasoning_tokens": 9_000}
    cost = price(provider="perplexity", model="sonar-deep-research", usage=Usage(counts=told), at=AT)
    by_kind = {part.kind: part for part in cost.parts}
    assert by_kind["output_reasoning_tokens"].cost_picos == dollars("0.027")
    assert by_kind["output_tokens"].cost_picos == dollars("0.008")


def test_googles_thoughts_are_paid_as_output() -> None:
    """logfire#1316: thoughts stand beside the candidates, not in them."""
    told = {"promptTokenCount": 100, "candidatesTokenCount": 12, "thoughtsTokenCount": 264, "totalTokenCount": 376}
    read = extract(provider="google", response={"modelVersion": "gemini-2.5-pro", "usageMetadata": told})
    cost = price(provider="google", model="gemini-2.5-pro", usage=read, at=AT)
    assert {part.kind: part.units for part in cost.parts} == {"input_tokens": 100, "output_tokens": 276}
    assert cost.cost_picos == dollars("0.000125") + dollars("0.00276")


def test_anthropics_cache_is_paid_at_its_own_prices() -> None:
    """litellm#11364: 66,360 read, 32,435 written, 10 fresh, 5,120 out of Opus 4.5 were shown as $0.047."""
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 66_360,
        "cache_creation_input_tokens": 32_435,
        "output_tokens": 5120,
    }
    cost = priced("anthropic", "claude-opus-4-5-20251101", "messages", usage)
    expected = 10 * Decimal(5) + 66_360 * Decimal("0.5") + 32_435 * Decimal("6.25") + 5120 * Decimal(25)
    assert cost.cost_picos == expected * 10**6


def test_openais_cached_tokens_are_not_paid_in_full_as_well() -> None:
    """litellm#29145 (first seen as #6215): 2,006 in of which 1,920 cached."""
    usage = {"prompt_tokens": 2006, "completion_tokens": 300, "prompt_tokens_details": {"cached_tokens": 1920}}
    cost = priced("openai", "gpt-4o", "chat", usage)
    assert cost.cost_picos == (86 * Decimal("2.5") + 1920 * Decimal("1.25") + 300 * 10) * 10**6


def test_cached_tokens_of_a_model_with_own_prices_have_their_own_price() -> None:
    """litellm#31594 and #28009: a cache-heavy call by own prices was charged in full, 67 % too much."""
    usage = {"prompt_tokens": 6074, "completion_tokens": 285, "prompt_tokens_details": {"cached_tokens": 3456}}
    rule = own("house-model", input="2", output="8", cache_read="0.2")
    assert priced("openai", "house-model", "chat", usage, rule).cost_picos == (2618 * 2 + 3456 * Decimal("0.2") + 285 * 8) * 10**6


def test_what_openai_writes_to_its_cache_is_paid_and_only_once() -> None:
    """litellm#33772: `cache_write_tokens` was dropped; 172k in, of which 155k read and 3k written."""
    details = {"cached_tokens": 155_000, "cache_write_tokens": 3_000}
    rule = own("gpt-*", input="5", output="30", cache_read="0.5", cache_write="6.25")
    usage = {"input_tokens": 172_000, "output_tokens": 0, "input_tokens_details": details}
    assert priced("openai", "gpt-5.6-sol", "responses", usage, rule).cost_picos == dollars("0.16625")
    listed = priced("openai", "gpt-5.6-sol", "responses", usage)
    assert {part.kind: part.units for part in listed.parts} == {
        "cache_read_tokens": 155_000,
        "cache_write_tokens": 3_000,
        "input_tokens": 14_000,
    }


@pytest.mark.parametrize("provider", ["anthropic", "google"])
def test_a_streamed_answer_costs_what_the_same_answer_costs_in_one_piece(provider: str) -> None:
    """litellm#37923: every streamed call to Claude on Vertex was logged as 0, EUR 830 on the invoice; `usage.cost` said 0."""
    usage = {"input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 412, "cost": 0}
    model = "claude-sonnet-4-6"
    reader = StreamReader(provider=provider, operation="messages")
    for chunk in frames.messages(usage, model):
        reader.feed(chunk, 0)
    streamed = price(provider=provider, model=model, usage=reader.answer().usage, at=AT)
    assert streamed.cost_picos == priced(provider, model, "messages", usage).cost_picos == dollars("0.006207")


def test_a_stream_without_usage_is_unknown_and_not_free() -> None:
    """litellm#37923 again, the other half: what was not reported must not be booked as nothing."""
    reader = StreamReader(provider="openai", operation="chat")
    for chunk in frames.chat({"prompt_tokens": 1, "completion_tokens": 1}, "gpt-5")[:-2]:
        reader.feed(chunk, 0)
    cost = price(provider="openai", model="gpt-5", usage=reader.answer().usage, at=AT)
    assert (cost.source, cost.is_known, cost.parts) == (PriceSource.UNKNOWN, False, ())


def test_claude_on_bedrock_costs_what_amazon_bills_and_not_three_times_as_much() -> None:
    """litellm#12313: with prompt caching the shown spend was three times the bill."""
    told = {"inputTokens": 40, "outputTokens": 300, "cacheReadInputTokens": 20_000, "cacheWriteInputTokens": 500}
    cost = priced("aws.bedrock", "anthropic.claude-sonnet-4-20250514-v1:0", "converse", told)
    expected = 40 * Decimal(3) + 20_000 * Decimal("0.3") + 500 * Decimal("3.75") + 300 * Decimal(15)
    assert cost.cost_picos == expected * 10**6


def test_an_own_price_holds_for_every_call_and_text_zero_is_a_price() -> None:
    """litellm#21023: a model with own prices ($5 and $25) was logged as 0 now and then."""
    rule = own("claude-opus-4.6*", input="5", output="25")
    usage = {"input_tokens": 1000, "output_tokens": 200, "cache_read_input_tokens": 0}
    for model in ("claude-opus-4.6", "Claude-Opus-4.6-thinking", "claude-opus-4.6"):
        cost = priced("anthropic", model, "messages", usage, rule)
        assert (cost.cost_picos, cost.source) == (dollars("0.01"), PriceSource.OWN)
    free = priced("anthropic", "local", "messages", usage, own("local", input="0", output="0"))
    assert (free.cost_picos, free.source) == (0, PriceSource.OWN)


def test_a_model_that_no_list_knows_is_unknown_and_not_free() -> None:
    """litellm#35691 and #25874: a model that is not in the map counted as costing nothing, and no budget held."""
    cost = priced("openai", "our-own-llama", "chat", {"prompt_tokens": 10, "completion_tokens": 10})
    assert (cost.source, cost.is_known) == (PriceSource.UNKNOWN, False)


def test_a_trace_that_leaves_the_cache_out_of_the_input_is_not_charged_for_the_cache_as_if_it_were_fresh() -> None:
    """phoenix#10036: 3 in, 25 written, 13,216 read, 12 out cost $0.0048 on Bedrock and were shown as $0.20, 42 times that."""
    told = {"input_tokens": 3, "cache_write_tokens": 25, "cache_read_tokens": 13_216, "output_tokens": 12}
    cost = price(provider="aws", model="us.anthropic.claude-sonnet-4-5-20250929-v1:0", usage=Usage(counts=whole(told)), at=AT)
    expected = 3 * Decimal("3.3") + 25 * Decimal("4.125") + 13_216 * Decimal("0.33") + 12 * Decimal("16.5")
    assert cost.cost_picos == expected * 10**6
    assert not cost.doubt


def test_output_is_what_was_reported_and_not_the_total_less_the_input() -> None:
    """phoenix#10783: 442 out were charged as 8,709, because the total holds the cached tokens and the input did not."""
    told = {
        "inputTokens": 3,
        "outputTokens": 442,
        "totalTokens": 8712,
        "cacheReadInputTokens": 7917,
        "cacheWriteInputTokens": 350,
    }
    cost = priced("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "converse", told)
    assert {part.kind: part.cost_picos for part in cost.parts}["output_tokens"] == dollars("0.00663")


def test_a_cheaper_tier_of_service_is_charged_at_its_own_price() -> None:
    """litellm#21171: the tier that the answer names was read and then forgotten."""
    usage = {"input_tokens": 1_000, "output_tokens": 1_000}
    standard = priced("openai", "gpt-5", "responses", usage).cost_picos
    assert priced("openai", "gpt-5", "responses", usage, service_tier="flex").cost_picos * 2 == standard
    assert priced("openai", "gpt-5", "responses", usage, service_tier="priority").cost_picos > standard


def test_a_long_prompt_is_charged_at_the_price_for_long_prompts() -> None:
    """litellm#38615: prompts over the threshold were logged at the short price, half of the invoice."""
    rate = {
        size: priced("openai", "gpt-5.4", "responses", {"input_tokens": size, "output_tokens": 0}).parts[0].price
        for size in (272_000, 272_001)
    }
    assert rate[272_001] == 2 * rate[272_000]


def test_parts_that_exceed_their_whole_are_charged_once_and_doubted() -> None:
    cost = priced(
        "openai", "gpt-4o", "chat", {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}
    )
    assert cost.doubt == "input_tokens"
    assert cost.cost_picos == (9 * Decimal("1.25") + 10) * 10**6
